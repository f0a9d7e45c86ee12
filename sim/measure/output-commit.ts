import { Random } from '../random.js';
import { Rig } from './rig.js';

export interface OutputCommitFigures {
  readonly bytesPerPage: number;
  readonly commitsPerSecond: number;
  /** How long turns were held up, beyond their time. */
  readonly pauseP99Ms: number;
  /** From the end of a turn to the acknowledgement that releases its outputs. */
  readonly releaseP50Ms: number;
  readonly releaseP99Ms: number;
}

const STATE_BYTES = 32_768;
const PAGE_BYTES = 256;
const PAGES = STATE_BYTES / PAGE_BYTES;
const DIRTY_PAGES = 8;
const TURN_EVERY_MS = 25;
const TURNS = 800;

const percentile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;

function run(bytesPerPage: number): OutputCommitFigures {
  const rig = new Rig({ serial: { baud: 921_600, bridgeLatencyMs: 1 } }, STATE_BYTES, 8);
  const program = rig.begin();
  const { clock } = rig;
  const random = new Random(3);
  const pausesMs: number[] = [];
  const releasesMs: number[] = [];
  const waiting: { readonly sequence: number; readonly atMs: number }[] = [];
  let turns = 0;
  let dueMs = clock.nowMs() + TURN_EVERY_MS;
  const startMs = dueMs;
  const before = program.acknowledgements;
  program.onTurn = (nowMs) => {
    if (!program.link.mayRunTurn(nowMs)) {
      program.nextTurnMs = nowMs + 1;
      return;
    }
    pausesMs.push(nowMs - dueMs);
    for (let page = 0; page < DIRTY_PAGES; page++) {
      const start = random.below(PAGES) * PAGE_BYTES;
      for (let at = 0; at < bytesPerPage; at += 4) program.memory.setU32(start + at, random.u32());
    }
    waiting.push({ sequence: program.link.commit(), atMs: nowMs });
    turns++;
    dueMs += TURN_EVERY_MS;
    program.nextTurnMs = turns < TURNS ? dueMs : Number.POSITIVE_INFINITY;
  };
  program.onAcknowledge = () => {
    const { acknowledgedSequence } = program.link;
    while (waiting.length > 0 && waiting[0]!.sequence <= acknowledgedSequence) releasesMs.push(clock.nowMs() - waiting.shift()!.atMs);
  };
  rig.firstTurn(dueMs);
  rig.until('commits', 10 * TURNS * TURN_EVERY_MS, () => turns === TURNS && waiting.length === 0);
  return {
    bytesPerPage,
    commitsPerSecond: (program.acknowledgements - before) / ((clock.nowMs() - startMs) / 1000),
    pauseP99Ms: percentile(pausesMs, 0.99),
    releaseP50Ms: percentile(releasesMs, 0.5),
    releaseP99Ms: percentile(releasesMs, 0.99),
  };
}

/**
 * 40 turns a second over a UART of 921,600 baud and a USB bridge of 1 ms: 32 KiB of state, 8 dirty pages a turn, stored coding, a sync of
 * 1 ms on the host. How many commits a second are acknowledged one by one, for pages changed in part (64 bytes) and wholly.
 */
export function measureOutputCommit(): readonly OutputCommitFigures[] {
  return [run(64), run(PAGE_BYTES)];
}
