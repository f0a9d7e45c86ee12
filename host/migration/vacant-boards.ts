import { HELLO_RUNTIME_BLOCK } from '../../src/wire/constants.js';
import type { HelloMessage } from '../../src/wire/hello.js';
import { toHex } from '../sessions/hex.js';
import type { LinkState } from '../sessions/link-state.js';

/** A vacant board says hello at least so often; one that was silent for three times as long is gone. */
export const VACANT_RETRY_MS = 30_000;

/** A board that runs no agent, as its hello told: what it could run. */
export interface VacantBoard {
  readonly boardId: string;
  readonly link: LinkState;
  readonly bootNonce: number;
  /** The agent that its firmware holds the program of. */
  readonly agentName: string;
  readonly fingerprint: string;
  readonly sizeBytes: number;
  readonly runtimeBlock: boolean;
  readonly leaseMs: number;
  readonly heardMs: number;
}

/** For tables and the API. */
export type VacantBoardView = Omit<VacantBoard, 'link' | 'bootNonce'> & { readonly linkName: string };

/** The vacant boards that said hello and are still there. */
export class VacantBoards {
  readonly #boards = new Map<string, VacantBoard>();
  readonly #decoder = new TextDecoder();

  heard(nowMs: number, link: LinkState, hello: HelloMessage): VacantBoard {
    this.leave(link);
    const board = {
      boardId: toHex(hello.boardId),
      link,
      bootNonce: hello.bootNonce,
      agentName: this.#decoder.decode(hello.name.subarray(0, hello.nameBytes)),
      fingerprint: toHex(hello.fingerprint),
      sizeBytes: hello.sizeBytes,
      runtimeBlock: (hello.flags & HELLO_RUNTIME_BLOCK) !== 0,
      leaseMs: hello.leaseMs,
      heardMs: nowMs,
    };
    this.#boards.set(board.boardId, board);
    return board;
  }

  /** This link is gone, or another board speaks on it, or the one that was vacant has an agent now. */
  leave(link: LinkState): void {
    for (const [boardId, board] of this.#boards) if (board.link === link) this.#boards.delete(boardId);
  }

  find(nowMs: number, boardId: string): VacantBoard | undefined {
    const board = this.#boards.get(boardId);
    return board !== undefined && isThere(nowMs, board) ? board : undefined;
  }

  isOn(boardId: string, link: LinkState): boolean {
    return this.#boards.get(boardId)?.link === link;
  }

  isAnyOn(link: LinkState): boolean {
    for (const board of this.#boards.values()) if (board.link === link) return true;
    return false;
  }

  leaseMsOf(boardId: string): number | undefined {
    return this.#boards.get(boardId)?.leaseMs;
  }

  views(nowMs: number): VacantBoardView[] {
    const views: VacantBoardView[] = [];
    for (const board of this.#boards.values()) {
      const { link, bootNonce: _bootNonce, ...view } = board;
      if (isThere(nowMs, board)) views.push({ ...view, linkName: link.end.name });
    }
    return views;
  }
}

function isThere(nowMs: number, board: VacantBoard): boolean {
  return board.link.guest !== undefined || nowMs < board.heardMs + 3 * VACANT_RETRY_MS;
}
