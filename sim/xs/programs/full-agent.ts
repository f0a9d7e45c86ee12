// An agent that uses all a board's runtime has, with a state of exactly STATE_BYTES bytes: timers, a ring, cells that are rewritten as a
// whole now and then, outputs of both kinds, checkpoints. Preloaded, as an agent is on a board.
import { defineAgent } from '../../../src/agent/index.js';
import { array, counter, f32, ring, u32 } from '../../../src/state/index.js';

declare const STATE_BYTES: string;

const CELL_BYTES = 4;
const REPORT = new Uint8Array([1, 2, 3, 4]);
const PUSHES_PER_TICK = 3;

function define(cellCount: number) {
  return defineAgent({
    name: 'full',
    state: { ticks: counter, seed: u32, spare: u32, log: ring(64, { at: u32, level: f32 }), cells: array(cellCount, f32) },
    whenHostAway: 'run',
    outputs: { seen: 'immediate', stored: 'committed' },
    initialise(state, turn) {
      state.seed = 7;
      turn.every('tick', 200);
      turn.every('tell', 1400);
      turn.every('rewrite', 20_000, 5000);
    },
    timers: {
      tick(state) {
        state.ticks += 1;
        for (let index = 0; index < PUSHES_PER_TICK; index++) {
          state.seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0;
          const entry = state.log.push();
          state.log.at.set(entry, state.ticks);
          state.log.level.set(entry, (state.seed & 0xffff) / 8);
          state.cells.set((state.seed >>> 8) % state.cells.length, state.seed);
        }
      },
      tell(_state, turn) {
        turn.emit('seen', REPORT);
        turn.emit('stored', REPORT);
      },
      rewrite(state) {
        for (let index = 0; index < state.cells.length; index++) state.cells.set(index, state.seed + index);
      },
    },
  });
}

const leastBytes = define(1).sizeBytes - CELL_BYTES;

export const fullAgent = define((Number(STATE_BYTES) - leastBytes) / CELL_BYTES);
