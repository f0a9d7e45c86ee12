import { Rig } from './rig.js';

export interface RefillFigures {
  readonly bridgeLatencyMs: number;
  readonly refillMs: number;
  /** What the state's bytes alone take on the line. */
  readonly rawMs: number;
  readonly ratio: number;
}

const STATE_BYTES = 32_768;
const BAUD = 115_200;
const BITS_PER_BYTE = 10;

function refill(bridgeLatencyMs: number): RefillFigures {
  const rig = new Rig({ serial: { baud: BAUD, bridgeLatencyMs } }, STATE_BYTES, 3);
  rig.begin();
  rig.powerLoss();
  rig.powerOn();
  rig.until('refill', 60_000, () => !Number.isNaN(rig.program.refilledMs));
  const rawMs = (STATE_BYTES * BITS_PER_BYTE * 1000) / BAUD;
  const refillMs = rig.program.refilledMs - rig.program.refillBegunMs;
  return { bridgeLatencyMs, refillMs, rawMs, ratio: refillMs / rawMs };
}

/** 32 KiB of random state to an empty board at 115,200 baud, from the welcome to the verified state, for two USB bridges. */
export function measureRefill(): readonly RefillFigures[] {
  return [refill(1), refill(16)];
}
