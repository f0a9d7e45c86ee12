import { defineAgent } from '../../src/agent/definition.js';
import { array, counter, u32 } from '../../src/state/types.js';

/** What is heard of an agent that counts. */
export interface Counting {
  /** Before a turn changes anything. */
  turn(): void;
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
    state: { count: counter, cells: array(cells, u32) },
    outputs: { number: 'committed', shout: 'immediate' },
    initialise(_state, turn) {
      turn.every('count', turnEveryMs);
    },
    timers: {
      count(state, turn) {
        counting.turn();
        if (counting.isOver) {
          turn.cancel('count');
          return;
        }
        if (!turn.emit('number', String(state.count + 1))) return;
        state.count++;
        turn.emit('shout', String(state.count));
        state.cells.set((state.count * 7) % cells, state.count);
      },
    },
  });
}
