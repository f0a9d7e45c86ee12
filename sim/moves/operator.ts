import { agentIdOf, type MoveBoard } from './move-board.js';
import type { MoveWorld } from './world.js';

/** How long an operator looks on before doing something that cannot be undone. */
const PATIENCE_MS = 35_000;

/** What a person does about a fleet that does not come to rest by itself. */
export class Operator {
  readonly #world: MoveWorld;
  #nextMs: number;
  /** Boards that were told to take an agent that the record names them for. */
  readonly #asked = new Set<MoveBoard>();

  constructor(world: MoveWorld, quietMs: number) {
    this.#world = world;
    this.#nextMs = quietMs + PATIENCE_MS;
  }

  /** A clone that is not the owner goes; a fenced board is switched off and on, or enrolled anew if it takes the store for an old one. */
  tend(nowMs: number): void {
    const world = this.#world;
    world.endClone();
    for (const board of world.boards) {
      if (!board.program?.link.isFenced) continue;
      if (board.program.link.counters.oldStores > 0) this.#enrol(board);
      else restart(board);
    }
    for (const agent of world.agentIds.keys()) {
      const isMoving = world.isMovingAgent(agent);
      if (nowMs <= this.#nextMs || (world.ownerOf(agent) !== undefined && !isMoving)) continue;
      this.#nextMs = nowMs + PATIENCE_MS;
      if (isMoving) world.order('abort', 0, agent);
      this.#help(agent);
    }
  }

  /**
   * Of boards that the store forgot the one with the newest epoch goes on. An agent whose board is vacant (two hosts at once, a torn record
   * or an old store can leave it so) is restored to it; if the board does not take it, because it gave it up later than the store knows of,
   * it is enrolled anew first. One of which nothing is left, neither pages nor a head, starts anew.
   */
  #help(agent: number): void {
    const world = this.#world;
    const ahead = world.boards.filter((board) => this.#isAhead(board, agent));
    ahead.sort((a, b) => b.program!.link.epoch - a.program!.link.epoch);
    if (ahead.length > 0 && !world.isMovingAgent(agent)) {
      for (const board of ahead.slice(1)) this.#enrol(board);
      this.#forget(agent);
      return;
    }
    const named = world.boards.findIndex(({ boardId }) => boardId === world.recordOf(agent)?.boardId);
    const board = world.boards[named];
    if (!board?.program?.link.isVacant) return;
    if (world.recordOf(agent)!.sequence === 0) {
      this.#enrol(board, agentIdOf(agent));
    } else if (this.#asked.delete(board)) {
      this.#enrol(board);
    } else {
      this.#asked.add(board);
      world.order('restore', named, agent);
    }
  }

  /** The board holds the agent's state in an epoch that the store has not heard of. */
  #isAhead(board: MoveBoard, agent: number): boolean {
    const link = board.program?.link;
    return link?.hasState === true && board.agent === agent && link.epoch > (this.#world.recordOf(agent)?.epoch ?? 0);
  }

  /** A board of which the store knows nothing goes on with its pages then. */
  #forget(agent: number): void {
    const world = this.#world;
    const sessions = world.hosts.find(({ running }) => running)?.sessions;
    sessions?.forget(world.agentIds[agent]!, (error) => world.count(error === undefined ? 'agent forgotten' : 'agent not forgotten'));
  }

  /** With this agent, or as a vacant board. */
  #enrol(board: MoveBoard, agentId?: Uint8Array): void {
    this.#world.count('board enrolled anew');
    board.flash.enrol(agentId);
    restart(board);
  }
}

function restart({ device }: MoveBoard): void {
  device.powerLoss();
  device.powerOn();
}
