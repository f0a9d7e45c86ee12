import type { MigrationView } from '../../host/migration/report.js';
import { VirtualClock } from '../clock.js';
import { type Direction, DOWN, UP } from '../links/port.js';
import { SimHost } from '../sim-host.js';
import { AGENT_ID, type AgentShape, byteMs, type LinkKind, MeasuredBoard, MeasuredLink } from './move-rig.js';

/** One move of a running agent. */
export interface MoveFigures {
  /** From the instant at which the source stands still to that from which the target may run a turn. */
  readonly downtimeMs: number;
  /** As the host reports it: with FREEZE's way to the source, and the target's hello. */
  readonly reportedMs: number;
  /**
   * The last delta over both links, two round trips and two syncs, from the links' own figures, whatever the protocol did: from the
   * source it is half a round trip, the target has one and a half, for the delta, its answer and ACTIVATE. Less is possible where the
   * host had the last delta already when the source stood still.
   */
  readonly lowerBoundMs: number;
  /** Sent to the target after the source was told to stand still. */
  readonly lastDeltaBytes: number;
  readonly rounds: number;
  /** Frames to and from the target, without what the medium adds. */
  readonly bytesDown: number;
  readonly bytesUp: number;
  readonly totalMs: number;
  /** The whole state over one link and then the other, as measured in this run, with the same round trips and syncs. */
  readonly stopAndCopyMs: number;
}

/** Moves between the same links, ordered at different instants between two turns of the agent. */
export interface MigrationFigures {
  readonly from: LinkKind;
  readonly to: LinkKind;
  readonly stateBytes: number;
  readonly moves: number;
  /** The move that the agent stood still longest for. */
  readonly longest: MoveFigures;
  /** Downtime over its lower bound, the largest of all moves. */
  readonly ratio: number;
  /** How many times longer stop-and-copy takes, at least; and than the lower bound. */
  readonly stopAndCopyTimes: number;
  readonly boundTimes: number;
}

const STATE_SIZES = [65_536, 262_144];
const PAIRS = [
  ['serial', 'serial'],
  ['mqtt', 'mqtt'],
  ['serial', 'mqtt'],
  ['mqtt', 'serial'],
] as const;
const MOVES = 8;
const TURN_EVERY_MS = 100;
const WORDS_PER_TURN = 4;
const SYNC_MS = 1;
const POOL_PAGES = 2048;
/** The shortest frame that is checked: an acknowledgement. */
const CONTROL_BYTES = 8;
const SETTLE_MS = 3000;
const LIMIT_MS = 600_000;
const AGENT = Buffer.from(AGENT_ID).toString('hex');

const watch = {
  hostSends: () => undefined,
  hostReceives: (_link: unknown, _bytes: Uint8Array, _at: number, _count: number, deliver: () => void) => deliver(),
  onEvent: () => undefined,
  onOutput: () => undefined,
  inputAccepted: () => undefined,
  hostCrashed: () => undefined,
};

/** What the shortest frame takes to the board and back. */
export function roundTripMs(kind: LinkKind): number {
  const clock = new VirtualClock();
  const { link } = new MeasuredLink(clock, kind, 1);
  const nobody = { opened: () => undefined, closed: () => undefined, drained: () => undefined, frame: () => undefined };
  const frame = new Uint8Array(CONTROL_BYTES).fill(1);
  let answeredMs = Number.NEGATIVE_INFINITY;
  link.board.listener = { ...nobody, frame: () => link.board.send(frame, 0, frame.length) };
  link.host.listener = { ...nobody, frame: () => (answeredMs = clock.nowMs()) };
  link.hostRunning(true);
  link.boardPowered(true);
  while (clock.step(SETTLE_MS));
  const sentMs = clock.nowMs();
  link.host.send(frame, 0, frame.length);
  while (answeredMs < sentMs) if (!clock.step(sentMs + SETTLE_MS)) throw new Error(`no answer over ${kind}`);
  return answeredMs - sentMs;
}

class MeasuredMove {
  readonly #clock = new VirtualClock();
  readonly #host: SimHost;
  readonly #boards: readonly MeasuredBoard[];

  constructor(from: LinkKind, to: LinkKind, shape: AgentShape) {
    const clock = this.#clock;
    this.#boards = [from, to].map((kind, index) => new MeasuredBoard(clock, index, new MeasuredLink(clock, kind, index + 1), shape));
    const options = { poolPages: POOL_PAGES, disk: { syncMinMs: SYNC_MS, syncMaxMs: SYNC_MS, readMs: 0.1 } };
    this.#host = new SimHost(
      clock,
      1,
      options,
      this.#boards.map(({ wire }) => wire.link),
      watch,
    );
    this.#host.start();
  }

  /** When the whole state is durable, from the board's first commit. */
  begin(afterMs: number): number {
    const [source, target] = this.#boards as [MeasuredBoard, MeasuredBoard];
    source.powerOn();
    this.#until('session', () => source.link.sequence > 0);
    const beganMs = this.#clock.nowMs();
    this.#until('first commit', () => source.link.acknowledgedSequence > 0);
    const wholeMs = this.#clock.nowMs() - beganMs;
    target.powerOn();
    const settledMs = this.#clock.nowMs() + SETTLE_MS + afterMs;
    this.#clock.at(settledMs, () => undefined);
    this.#until('rest', () => this.#clock.nowMs() >= settledMs);
    return wholeMs;
  }

  /** Moves the agent; what it took. */
  move() {
    const [source, target] = this.#boards as [MeasuredBoard, MeasuredBoard];
    const clock = this.#clock;
    const sessions = this.#host.sessions!;
    const targetId = Buffer.from(target.boardId).toString('hex');
    let isOrdered = false;
    sessions.migrate(AGENT, targetId, {}, (error) => {
      if (error !== undefined) throw error;
      isOrdered = true;
    });
    this.#until('order', () => isOrdered);
    const view = () => sessions.migration(AGENT)!;
    this.#until('fill', () => target.wire.deltaBytes[DOWN] > 0);
    const filledFromMs = clock.nowMs();
    this.#until('first round', () => view().rounds > 0);
    const fillMs = clock.nowMs() - filledFromMs;
    this.#until('freeze', () => view().phase === 'freezing');
    const roundBytes = target.wire.deltaBytes[DOWN];
    this.#until('stop', () => source.link.isFrozen);
    const stoppedMs = clock.nowMs();
    const up = delta(source.wire, UP, stoppedMs);
    const down = delta(target.wire, DOWN, stoppedMs);
    this.#until('activation', () => !target.link.isVacant && target.link.mayRunTurn(clock.nowMs()));
    const runsMs = clock.nowMs();
    const lastDeltaMs = up() + down();
    const lastDeltaBytes = target.wire.deltaBytes[DOWN] - roundBytes;
    this.#until('end', () => isOver(view()));
    if (view().phase !== 'done') throw new Error(`the move ended as ${view().phase}: ${view().reason}`);
    return { fillMs, downtimeMs: runsMs - stoppedMs, lastDeltaMs, lastDeltaBytes, view: view() };
  }

  #until(what: string, done: () => boolean): void {
    const endMs = this.#clock.nowMs() + LIMIT_MS;
    while (!done()) if (!this.#clock.step(endMs)) throw new Error(`${what}: not within ${LIMIT_MS} ms`);
  }
}

const isOver = ({ phase, isRetired }: MigrationView) => isRetired || phase === 'aborted';

/**
 * What the line carries of deltas from this instant on, in ms: the rest of what is under way, and what the call of the result finds sent
 * since, beyond the shortest frame, whose time is in the round trip.
 */
function delta({ kind, deltaBytes, deltaEndMs }: MeasuredLink, direction: Direction, nowMs: number): () => number {
  const beforeBytes = deltaBytes[direction];
  const underWayMs = Math.max(0, deltaEndMs[direction] - nowMs);
  return () => underWayMs + Math.max(0, deltaBytes[direction] - beforeBytes - CONTROL_BYTES) * byteMs(kind);
}

/** @param afterMs how much later than in other moves it is ordered */
export function measureMove(from: LinkKind, to: LinkKind, shape: AgentShape, afterMs = 0): MoveFigures {
  const move = new MeasuredMove(from, to, shape);
  const wholeMs = move.begin(afterMs);
  const { fillMs, downtimeMs, lastDeltaMs, lastDeltaBytes, view } = move.move();
  const fixedMs = roundTripMs(from) / 2 + 1.5 * roundTripMs(to) + 2 * SYNC_MS;
  return {
    downtimeMs,
    reportedMs: view.downtimeMs,
    lowerBoundMs: fixedMs + lastDeltaMs,
    lastDeltaBytes,
    rounds: view.rounds,
    bytesDown: view.bytesDown,
    bytesUp: view.bytesUp,
    totalMs: view.totalMs,
    stopAndCopyMs: wholeMs + fillMs + fixedMs,
  };
}

/** An agent with a sparse state, which goes on changing it, is moved over serial lines and MQTT, `moves` times over each pair of links. */
export function measureMigration(sizes: readonly number[] = STATE_SIZES, moves = MOVES): readonly MigrationFigures[] {
  return sizes.flatMap((stateBytes) => PAIRS.map(([from, to]) => compare(from, to, stateBytes, moves)));
}

function compare(from: LinkKind, to: LinkKind, stateBytes: number, moves: number): MigrationFigures {
  const shape = { stateBytes, turnEveryMs: TURN_EVERY_MS, wordsPerTurn: WORDS_PER_TURN };
  const all = Array.from({ length: moves }, (_, index) => measureMove(from, to, shape, (index * TURN_EVERY_MS) / moves));
  return {
    from,
    to,
    stateBytes,
    moves,
    longest: all.reduce((longest, move) => (move.downtimeMs > longest.downtimeMs ? move : longest)),
    ratio: Math.max(...all.map(({ downtimeMs, lowerBoundMs }) => downtimeMs / lowerBoundMs)),
    stopAndCopyTimes: Math.min(...all.map(({ stopAndCopyMs, downtimeMs }) => stopAndCopyMs / downtimeMs)),
    boundTimes: Math.min(...all.map(({ stopAndCopyMs, lowerBoundMs }) => stopAndCopyMs / lowerBoundMs)),
  };
}
