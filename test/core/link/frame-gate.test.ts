import { describe, expect, it } from 'vitest';
import { createLinkCounters } from '../../../src/link/counters.js';
import { FrameGate, GATE_REFUSED } from '../../../src/link/frame-gate.js';
import { DIRECTION_DOWN, DIRECTION_UP, KIND_ENROL, KIND_ENROLLED } from '../../../src/wire/constants.js';
import { frameSeed } from '../../../src/wire/frame.js';
import { FrameBuilder } from '../../../src/wire/frame-builder.js';

const SESSION = 5;

describe('the gate of a link', () => {
  it.each([
    ['without a session', 0],
    ['in a session', SESSION],
  ] as const)("refuses and counts the kinds that are no link's, %s", (_, session) => {
    for (const direction of [DIRECTION_UP, DIRECTION_DOWN]) {
      const counters = createLinkCounters();
      const gate = new FrameGate(direction, counters);
      gate.setSession(session);
      const builder = new FrameBuilder();
      for (const kind of [KIND_ENROL, KIND_ENROLLED]) {
        for (const seed of [0, SESSION]) {
          builder.begin(kind);
          builder.u32(1);
          builder.u8(1);
          expect(gate.accept(builder.bytes, 0, builder.seal(frameSeed(direction, seed)))).toBe(GATE_REFUSED);
        }
      }
      expect(counters).toMatchObject({ framesIn: 4, badHeads: 4, badChecks: 0, sessionless: 0 });
    }
  });
});
