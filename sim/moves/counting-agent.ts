import { defineAgent } from '../../src/agent/definition.js';
import { array, counter, u32 } from '../../src/state/types.js';

/** Of so many cells a burst writes one. */
const BURST_CELLS = 3;
const VOICES = 256;

/** What is heard of an agent that counts. */
export interface Counting {
  /** The number of the agent that is new here. */
  readonly agent: number;
  /** What it puts out at once differs from board to board, as what it measures there would. Below 256. */
  readonly voice: number;
  /** Before a turn changes anything; `agent`: whose state it is, by the state. */
  turn(agent: number): void;
  /** After it has changed everything: throws where it is to fail. */
  turned(): void;
  /** It writes to most of its state. */
  readonly isBursting: boolean;
  /** The run is over: no more turns that change anything. */
  readonly isOver: boolean;
}

/**
 * Counts its turns and puts every number out once: what a receiver that knows ids gets has no gap and no repeat, or something was lost or
 * done twice. Besides that it writes here and there, so that there is something to move.
 */
export function countingAgent(cells: number, turnEveryMs: number, leaseMs: number, counting: Counting) {
  return defineAgent({
    name: 'counting',
    ...(leaseMs > 0 ? { lease: leaseMs } : {}),
    state: { whose: u32, count: counter, cells: array(cells, u32) },
    outputs: { number: 'committed', shout: 'immediate' },
    initialise(state, turn) {
      state.whose = counting.agent;
      turn.every('count', turnEveryMs);
    },
    timers: {
      count(state, turn) {
        counting.turn(state.whose);
        if (counting.isOver) {
          turn.cancel('count');
          return;
        }
        if (!turn.emit('number', String(state.count + 1))) return;
        state.count++;
        turn.emit('shout', String(state.count * VOICES + counting.voice));
        state.cells.set((state.count * 7) % cells, state.count);
        if (counting.isBursting) for (let cell = 0; cell < cells; cell += BURST_CELLS) state.cells.set(cell, state.count + cell);
        counting.turned();
      },
    },
  });
}

/** The number in what the agent put out: a record is the output's name, with its length before it, and what was said. */
export function numberOf(record: Uint8Array): number {
  return Number(Buffer.from(record.subarray(1 + record[0]!)).toString());
}
