// A door that knows who is in: badges come and go as messages, visitors are kept by name.
//
// It shows: maps of fixed capacity with text keys (records) and integer keys (values), what to do when one is full, looping over entries,
// and forgetting old ones - backwards, because a removal moves the last entry into the gap.

import { defineAgent } from '../src/agent/index.js';
import { counter, map, text, u8, u16, u32, utf8Bytes } from '../src/state/index.js';
import { nextStep } from './random-walk.js';

const NAME_BYTES = 16;
const FORGET_AFTER_MS = 60_000;
const NAMES = ['ada', 'grace', 'edsger', 'barbara', 'donald', 'radia', 'ken', 'margaret'];

export const presence = defineAgent({
  name: 'presence',
  state: {
    seed: u32,
    visitors: map(32, text(NAME_BYTES), { visits: u16, seenMs: counter }),
    visitsByHour: map(24, u8, u32),
    turnedAway: u32,
  },
  outputs: { welcome: 'committed' },

  initialise(state, turn) {
    state.seed = 3;
    turn.every('badge', 700);
    turn.every('forget', 10_000);
  },

  message(state, message, turn) {
    enter(state, message.text(), turn);
  },

  timers: {
    badge(state, turn) {
      const index = Math.floor(((nextStep(state) + 1) / 2) * NAMES.length);
      enter(state, NAMES[index] ?? 'nobody', turn);
    },
    forget(state, turn) {
      for (let index = state.visitors.length - 1; index >= 0; index--) {
        if (state.visitors.seenMs.get(index) + FORGET_AFTER_MS < turn.nowMs) state.visitors.delete(state.visitors.keyAt(index));
      }
    },
  },
});

type State = Parameters<NonNullable<typeof presence.initialise>>[0];
type Turn = Parameters<NonNullable<typeof presence.initialise>>[1];

function enter(state: State, name: string, turn: Turn): void {
  const index = name === '' || utf8Bytes(name) > NAME_BYTES ? -1 : state.visitors.add(name);
  if (index < 0) {
    state.turnedAway += 1;
    return;
  }
  const visits = state.visitors.visits.get(index);
  if (visits === 0) turn.emit('welcome', name);
  state.visitors.visits.set(index, Math.min(visits + 1, 0xffff));
  state.visitors.seenMs.set(index, turn.nowMs);
  const hour = Math.floor(turn.nowMs / 3_600_000) % 24;
  state.visitsByHour.set(hour, (state.visitsByHour.get(hour) ?? 0) + 1);
}
