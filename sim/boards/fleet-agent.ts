import { defineAgent } from '../../src/agent/definition.js';
import { array, bytes, counter, f32, map, ring, text, u16, u32 } from '../../src/state/types.js';
import type { Random } from '../random.js';
import type { WriterOrders } from './program.js';

/** First byte of a message that makes every turn on it throw. */
export const POISON = 0xee;

/** An agent that uses what an agent can use: every kind of field, timers, messages, both kinds of outputs. */
export function fleetAgent(name: string, cells: number, turnEveryMs: number, runsAlone: boolean, random: Random, orders: WriterOrders) {
  const throwIfOrdered = () => {
    if (orders.throws <= 0) return;
    orders.throws--;
    throw new Error('a turn that was told to throw');
  };
  return defineAgent({
    name,
    whenHostAway: runsAlone ? 'run' : 'wait',
    state: {
      turns: counter,
      heard: u32,
      mood: text(24),
      blob: bytes(64),
      cells: array(cells, u32),
      samples: ring(32, { at: u32, value: f32 }),
      keys: map(16, u16, u32),
    },
    outputs: { loud: 'immediate', sure: 'committed' },
    initialise(state, turn) {
      state.mood = 'new';
      turn.every('work', turnEveryMs);
    },
    timers: {
      work(state, turn) {
        if (orders.stopped) {
          turn.cancel('work');
          return;
        }
        state.turns++;
        if (turn.nowMs < orders.burstUntilMs) for (let cell = 0; cell < cells; cell += 16) state.cells.set(cell, random.u32());
        for (let writes = random.below(6); writes > 0; writes--) state.cells.set(random.below(cells), random.u32());
        throwIfOrdered();
        const sample = state.samples.push();
        state.samples.at.set(sample, state.turns);
        state.samples.value.set(sample, random.unit());
        if (!state.keys.set(random.below(20), random.u32())) state.keys.clear();
        if (state.turns % 5 === 0) turn.emit('loud', `turn ${state.turns}`);
        if (state.turns % 3 === 0) turn.emit('sure', `turn ${state.turns}`);
      },
    },
    message(state, message, turn) {
      state.heard++;
      state.blob.write(Uint8Array.of(message.number, message.length));
      throwIfOrdered();
      if (message.byteAt(0) === POISON) throw new Error('a message that cannot be worked on');
      state.mood = `heard ${message.number}`;
      turn.emit('sure', `answer ${message.number}`);
    },
  });
}

export type FleetAgent = ReturnType<typeof fleetAgent>;
