import { HISTORY_COST_BYTES } from '../src/codec/history.js';
import { RANGE_ENCODER_BYTES } from '../src/codec/range-encoder.js';
import { memoryCost } from '../src/memory/memory-layout.js';

const STATE_SIZES = [2048, 16384, 32768, 65536, 131072];
/** A run head of the stored codec; head and check of a delta. */
const SMALL_BUFFERS_BYTES = 5 + 9;
/** Four granules read ahead, with offset and length. */
const READ_AHEAD_BYTES = 4 * 12;
export const RAM_STATE_SHARE_GOAL = 0.022;
export const RAM_FIXED_GOAL_BYTES = 2048;
export const RAM_FIXED_COMPRESSED_GOAL_BYTES = 6144;

/** Buffers for tracking, integrity and coding beside the state, by formula, against their goals. Engine slots are not counted. */
export interface RamFigures {
  readonly stateBytes: number;
  readonly storedBytes: number;
  readonly storedGoalBytes: number;
  readonly modelledBytes: number;
  readonly modelledGoalBytes: number;
}

export function ramByFormula(): readonly RamFigures[] {
  return STATE_SIZES.map((stateBytes) => {
    const storedBytes = memoryCost({ sizeBytes: stateBytes }).overheadBytes + SMALL_BUFFERS_BYTES;
    const share = Math.floor(stateBytes * RAM_STATE_SHARE_GOAL);
    return {
      stateBytes,
      storedBytes,
      storedGoalBytes: share + RAM_FIXED_GOAL_BYTES,
      modelledBytes: storedBytes + HISTORY_COST_BYTES + RANGE_ENCODER_BYTES + READ_AHEAD_BYTES,
      modelledGoalBytes: share + RAM_FIXED_COMPRESSED_GOAL_BYTES,
    };
  });
}
