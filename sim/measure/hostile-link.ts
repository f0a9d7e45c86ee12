import { Random } from '../random.js';
import { Rig } from './rig.js';

export interface HostileLinkFigures {
  readonly deltas: number;
  readonly framesPerDelta: number;
  /** Bytes that the board sent, over those it sends on a lossless link. */
  readonly boardBytesRatio: number;
  /** The same for both directions together. */
  readonly allBytesRatio: number;
  /** Deltas that carried most of the state, though little of it had changed. */
  readonly fullResends: number;
}

const STATE_BYTES = 32_768;
const PAGE_BYTES = 256;
const OUTAGE_MS = 10_000;
const OUTAGE_EVERY_MS = 60_000;
const HOSTILE = { loss: 0.3, duplicate: 0.05, reorder: 0.2 };
const NO_LOSS = { loss: 0, duplicate: 0, reorder: 0 };

interface Sent {
  readonly board: number;
  readonly all: number;
  readonly framesPerDelta: number;
  readonly fullResends: number;
}

/** Commits one delta after the other, each when the one before is acknowledged, and counts what was sent. */
function send(deltas: number, bytesPerDelta: number, hostile: boolean): Sent {
  const rig = new Rig({ mqtt: { bitsPerSecond: 1_000_000, latencyMs: 20, jitterMs: 5 } }, STATE_BYTES, 16);
  const program = rig.begin();
  const random = new Random(2);
  const { clock, link } = rig;
  const startBytes = link.sentBytes;
  const { framesOut } = program.link.counters;
  let fullResends = 0;
  let committedBytes = 0;
  program.onTurn = () => {
    program.nextTurnMs = Number.POSITIVE_INFINITY;
    const first = random.below(STATE_BYTES - bytesPerDelta) & ~3;
    for (let at = 0; at < bytesPerDelta; at += 4) program.memory.setU32(first + at, random.u32());
    program.link.commit();
    committedBytes = link.sentBytes[0];
  };
  program.onAcknowledge = () => {
    const goodBytes = link.sentBytes[0] - committedBytes;
    if (bytesPerDelta < STATE_BYTES / 4 && goodBytes > STATE_BYTES) fullResends++;
    program.nextTurnMs = clock.nowMs();
  };
  const weather = (change: Partial<typeof HOSTILE>) => link.weather.forEach((lane) => void Object.assign(lane, change));
  if (hostile) {
    weather(HOSTILE);
    const outage = () => {
      weather({ loss: 1 });
      clock.at(clock.nowMs() + OUTAGE_MS, () => weather(HOSTILE));
      clock.at(clock.nowMs() + OUTAGE_EVERY_MS, outage);
    };
    clock.at(clock.nowMs() + OUTAGE_EVERY_MS / 2, outage);
  } else weather(NO_LOSS);
  const target = program.acknowledgements + deltas;
  rig.firstTurn(clock.nowMs());
  rig.until('deltas', deltas * 60_000, () => program.acknowledgements >= target);
  return {
    board: link.sentBytes[0] - startBytes[0],
    all: link.sentBytes[0] + link.sentBytes[1] - startBytes[0] - startBytes[1],
    framesPerDelta: (program.link.counters.framesOut - framesOut) / deltas,
    fullResends,
  };
}

function compare(deltas: number, bytesPerDelta: number): HostileLinkFigures {
  const lossless = send(deltas, bytesPerDelta, false);
  const hostile = send(deltas, bytesPerDelta, true);
  return {
    deltas,
    framesPerDelta: lossless.framesPerDelta,
    boardBytesRatio: hostile.board / lossless.board,
    allBytesRatio: hostile.all / lossless.all,
    fullResends: hostile.fullResends,
  };
}

/**
 * 30 % of the frames lost in both directions, 5 % repeated, 20 % reordered, and silent outages of 10 s a minute, against a lossless
 * link, for deltas of ten frames and for deltas of one.
 */
export function measureHostileLink(deltas = 300): { readonly long: HostileLinkFigures; readonly single: HostileLinkFigures } {
  return { long: compare(deltas, 10 * PAGE_BYTES), single: compare(deltas * 3, 32) };
}
