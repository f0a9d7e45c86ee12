import { defineAgent } from '../../../src/agent/definition.js';
import { counter, text, u32 } from '../../../src/state/types.js';

/** An agent that does what it is told, however bad that is for its board; any other message is kept. */
export const faultAgent = defineAgent({
  name: 'fault',
  state: { ticks: counter, heard: u32, last: text(16) },
  initialise: (_state, turn) => turn.every('tick', 20),
  timers: {
    tick(state) {
      state.ticks += 1;
    },
  },
  message(state, message) {
    const order = message.text();
    state.heard += 1;
    state.last = order;
    if (order === 'memory') fillMemory();
    if (order === 'stack') recurse(0);
    if (order === 'spin') for (;;);
    if (order === 'throw') throw new Error('as told');
    if (order === 'reject') Promise.reject(new Error('as told, after the turn'));
  },
});

function fillMemory(): never {
  const kept: unknown[] = [];
  for (;;) kept.push(new Uint32Array(64));
}

function recurse(depth: number): number {
  return recurse(depth + 1) + depth;
}
