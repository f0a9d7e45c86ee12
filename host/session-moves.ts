import { ask, askWhenFree } from './asking.js';
import { findAgent, SHORTEST_ID_PREFIX } from './find-agent.js';
import { incompatibility } from './migration/compatibility.js';
import type { MigrationView } from './migration/report.js';
import type { RestorePreview } from './migration/restore-preview.js';
import type { VacantBoardView } from './migration/vacant-boards.js';
import type { MoveLog } from './move-log.js';
import { Refusal } from './operations.js';
import type {
  BoardRow,
  MoveOperations,
  MoveStarted,
  MoveView,
  RestorePreviewView,
  RetainedState,
  RollbackStarted,
  StatsView,
} from './operations-moves.js';
import type { HostSessions } from './sessions/host-sessions.js';
import type { AgentRecord, HistoryPoint, StateAt, Store } from './store/store.js';

/** What a running host has besides its sessions. */
export interface RunningParts {
  /** The sessions' clock. */
  nowMs(): number;
  readonly log: MoveLog;
}

/** No link has this number. */
const NO_LINK = -1;

/** Moves of agents, and what can be told about them, over a store and the sessions that use it. */
export class SessionMoves implements MoveOperations {
  readonly #store: Store;
  readonly #sessions: HostSessions;
  /** Undefined: the host does not run. */
  readonly #running: RunningParts | undefined;
  /** Boards of moves that are being begun. */
  readonly #claimed = new Set<string>();

  constructor(store: Store, sessions: HostSessions, running: RunningParts | undefined) {
    this.#store = store;
    this.#sessions = sessions;
    this.#running = running;
  }

  async boards(): Promise<BoardRow[]> {
    const records = await this.#records();
    const nowMs = this.#tellTime();
    const vacant = this.#sessions.vacantBoards();
    const lost = new Map(records.filter((record) => hasLost(this.#sessions, record)).map(({ boardId, agentId }) => [boardId, agentId]));
    const owned = records.filter(({ boardId, agentId }) => lost.get(boardId) !== agentId).map((record) => this.#ownedRow(record, nowMs));
    return [...owned, ...vacant.map((board) => vacantRow(board, lost.get(board.boardId) ?? '', nowMs))];
  }

  async previewRestore(agent: string, atSequence: number): Promise<RestorePreviewView> {
    const { agentId, agentName } = await this.#find(agent);
    const preview = await ask<RestorePreview | undefined>((done) => this.#sessions.previewRestore(agentId, atSequence, done));
    if (preview === undefined || preview.sequence === 0) throw await this.#notRetained(agentId, agentName, atSequence);
    const outputs = preview.outputs.map(({ sequence, index, bytes }) => ({
      sequence,
      index,
      base64: Buffer.from(bytes).toString('base64'),
    }));
    return { ...preview, agentId, agentName, outputs };
  }

  async restore(
    agent: string,
    board: string,
    options: { readonly atSequence?: number; readonly isConfirmed?: boolean } = {},
  ): Promise<MoveStarted> {
    this.#needsHost();
    const { agentId, agentName } = await this.#find(agent);
    const { atSequence } = options;
    if (atSequence !== undefined) {
      const { sequence, headSequence } = await this.previewRestore(agentId, atSequence);
      if (options.isConfirmed !== true)
        throw new Refusal(
          'unconfirmed',
          `this undoes what ${agentName} did from sequence ${sequence} to ${headSequence}: say that it is meant`,
        );
    }
    const boardId = await this.#boardId(board);
    const wish = atSequence === undefined ? {} : { atSequence };
    await this.#begin(agentId, agentName, boardId, (done) => this.#sessions.restore(agentId, boardId, wish, done));
    return { agentId, agentName, boardId };
  }

  async migrate(agent: string, board: string | undefined, options: { readonly maxDowntimeMs?: number } = {}): Promise<MoveStarted> {
    this.#needsHost();
    const record = await this.#find(agent);
    const { agentId, agentName } = record;
    const boardId = board === undefined ? this.#anyBoard(record) : await this.#boardId(board);
    await this.#begin(agentId, agentName, boardId, (done) => this.#sessions.migrate(agentId, boardId, options, done));
    return { agentId, agentName, boardId };
  }

  async rollback(agent: string): Promise<RollbackStarted> {
    this.#needsHost();
    const { agentId, agentName } = await this.#find(agent);
    const before = this.#sessions.migration(agentId);
    const isAbort = before !== undefined && isOpen(before);
    await askWhenFree<void>((done) => this.#sessions.rollback(agentId, done));
    const after = this.#sessions.migration(agentId)!;
    return { agentId, agentName, boardId: isAbort ? after.source : after.target, isAbort };
  }

  async move(agent: string): Promise<MoveView> {
    // Asked for again and again while a move is shown: by id no list of all agents is read.
    const { agentId, agentName } = this.#sessions.agent(agent) ?? (await this.#find(agent));
    this.#tellTime();
    const view = this.#sessions.migration(agentId);
    if (view === undefined) throw new Refusal('nothing', `${agentName} was not moved since the host's start`);
    return this.#moveView(view, agentName);
  }

  async stats(): Promise<StatsView> {
    this.#tellTime();
    const stats = this.#sessions.migrationStats;
    const { fullCount, fullBytes, incrementalCount, incrementalBytes, uncompressedBytes, compressedBytes, totalMs } = stats;
    const { savedBytes, compressionRatio, throughputBytesPerSecond } = stats;
    const counted = { fullCount, fullBytes, incrementalCount, incrementalBytes, uncompressedBytes, compressedBytes, totalMs };
    const names = new Map((await this.#records()).map(({ agentId, agentName }) => [agentId, agentName]));
    return {
      migration: { ...counted, savedBytes, compressionRatio, throughputBytesPerSecond },
      moves: this.#sessions.migrations().map((view) => this.#moveView(view, names.get(view.agentId) ?? '')),
      counters: { ...this.#sessions.counters },
    };
  }

  async stateAt(agent: string, atSequence: number): Promise<RetainedState> {
    const { agentId, agentName, fingerprint, sequence: headSequence } = await this.#find(agent);
    const found = await ask<StateAt | undefined>((done) => this.#store.stateAt(agentId, atSequence, done));
    if (found === undefined || found.sequence === 0) throw await this.#notRetained(agentId, agentName, atSequence);
    const { sequence, epoch, state } = found;
    return { agentId, agentName, sequence, epoch, headSequence, fingerprint, base64: Buffer.from(state).toString('base64') };
  }

  #records(): Promise<readonly AgentRecord[]> {
    return ask<readonly AgentRecord[]>((done) => this.#store.list(done));
  }

  async #find(agent: string): Promise<AgentRecord> {
    return findAgent(await this.#records(), agent);
  }

  /** The sessions learn the time from what their links bring: where all are silent, from here. */
  #tellTime(): number {
    const nowMs = this.#running?.nowMs() ?? 0;
    if (this.#running !== undefined) this.#sessions.poll(nowMs, NO_LINK);
    return nowMs;
  }

  #needsHost(): void {
    this.#tellTime();
    if (this.#running === undefined)
      throw new Refusal('offline', 'no host runs on this data folder: start one with "godwit up", its boards are to be asked');
  }

  #ownedRow({ agentId, agentName, boardId, fingerprint, sizeBytes }: AgentRecord, nowMs: number): BoardRow {
    const live = this.#sessions.agent(agentId);
    const isHeard = live !== undefined && live.lastHeardMs > 0 && live.boardId === boardId;
    const silentMs = isHeard ? nowMs - live.lastHeardMs : undefined;
    return { boardId, link: live?.linkName ?? '', agentId, isVacant: false, agentName, fingerprint, stateBytes: sizeBytes, silentMs };
  }

  /** Of a board that is vacant, or was once granted an agent. */
  async #boardId(board: string): Promise<string> {
    const rows = await this.boards();
    const id = board.toLowerCase();
    const idsOf = (isMeant: (row: BoardRow) => boolean): string[] => [...new Set(rows.filter(isMeant).map(({ boardId }) => boardId))];
    const exact = idsOf(
      ({ boardId, link }) => boardId === id || (link !== '' && (link === board || link.slice(link.indexOf(':') + 1) === board)),
    );
    const meant = exact.length > 0 || board.length < SHORTEST_ID_PREFIX ? exact : idsOf(({ boardId }) => boardId.startsWith(id));
    if (meant.length === 0) throw new Refusal('unknown', `there is no board "${board}": "godwit boards" lists those that are there`);
    if (meant.length > 1)
      throw new Refusal('ambiguous', `${meant.length} boards are called "${board}": give the id of one (${meant.slice(0, 4).join(', ')})`);
    return meant[0]!;
  }

  #anyBoard(record: AgentRecord): string {
    const vacant = this.#sessions.vacantBoards();
    const board = vacant.find((each) => this.#claimantOf(each.boardId) === undefined && incompatibility(record, each) === undefined);
    if (board !== undefined) return board.boardId;
    const found =
      vacant.length === 0 ? 'no board is vacant' : `none of the ${vacant.length} vacant boards can run ${record.agentName}, or is free`;
    throw new Refusal('absent', `${found}: flash and enrol one with its firmware, without an agent ("godwit boards" lists them)`);
  }

  /** The agent that is on its way to this board. */
  #claimantOf(boardId: string): string | undefined {
    if (this.#claimed.has(boardId)) return 'another agent';
    const move = this.#sessions.migrations().find((view) => view.target === boardId && isOpen(view));
    return move && `agent ${move.agentId}`;
  }

  async #begin(agentId: string, agentName: string, boardId: string, start: Parameters<typeof askWhenFree<void>>[0]): Promise<void> {
    const running = this.#sessions.migration(agentId);
    if (running !== undefined && isOpen(running))
      throw new Refusal('moving', `${agentName} is on its way to board ${running.target}: "godwit rollback ${agentName}" gives that up`);
    const claimant = this.#claimantOf(boardId);
    if (claimant !== undefined) throw new Refusal('occupied', `${claimant} is on its way to board ${boardId}: choose another one`);
    this.#claimed.add(boardId);
    try {
      await askWhenFree(start);
    } finally {
      this.#claimed.delete(boardId);
    }
  }

  #moveView(view: MigrationView, agentName: string): MoveView {
    return { ...view, agentName, phases: this.#running?.log.phases(view.agentId) ?? [] };
  }

  async #notRetained(agentId: string, agentName: string, atSequence: number): Promise<Refusal> {
    const points = await ask<readonly HistoryPoint[]>((done) => this.#store.history(agentId, done));
    const kept = points.length === 0 ? 'nothing is' : `${points[0]!.sequence} to ${points.at(-1)!.sequence} are`;
    return new Refusal('unknown', `sequence ${atSequence} of ${agentName} is not retained: ${kept}`);
  }
}

function isOpen({ phase }: MigrationView): boolean {
  return phase !== 'done' && phase !== 'aborted';
}

/** Whether the board that has this agent, by the record, says that it has none; not while a move is about to change that. */
export function hasLost(sessions: HostSessions, { agentId, boardId }: Pick<AgentRecord, 'agentId' | 'boardId'>): boolean {
  const move = sessions.migration(agentId);
  if ((move !== undefined && isOpen(move)) || sessions.agent(agentId)?.linkName) return false;
  return sessions.vacantBoards().some((board) => board.boardId === boardId);
}

function vacantRow(board: VacantBoardView, agentId: string, nowMs: number): BoardRow {
  const { boardId, linkName: link, agentName, fingerprint, sizeBytes: stateBytes, heardMs } = board;
  return { boardId, link, agentId, isVacant: true, agentName, fingerprint, stateBytes, silentMs: nowMs - heardMs };
}
