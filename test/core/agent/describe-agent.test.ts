import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thermostat } from '../../../examples/thermostat.js';
import { AgentEngine } from '../../../src/agent/engine.js';
import { describeAgent, readRecord } from '../../../src/agent/index.js';
import { decodePreamble, encodePreamble } from '../../../src/agent/preamble.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { defineState, u32 } from '../../../src/state/index.js';

const port = { nextSequence: () => 1, acknowledgedSequence: () => 0, sendOutput: () => true };

function thermostatState(): Uint8Array {
  const memory = new PageMemory({ sizeBytes: thermostat.sizeBytes });
  const engine = new AgentEngine(thermostat, memory, port);
  engine.initialise(0);
  for (let turns = 0; turns < 3; turns++) engine.runTimer(engine.dueMs(), engine.dueTimer(engine.dueMs()));
  return memory.bytes.slice(0, thermostat.sizeBytes);
}

describe('describeAgent', () => {
  it('names fields, timers and outputs', () => {
    const { state, runtime } = describeAgent(thermostat.state.schemaBytes, thermostatState());
    expect(state).toMatchObject({ mode: 'auto', target: 20, heating: true, switches: 1, refusedOrders: 0 });
    expect(runtime).toMatchObject({
      clockMs: 1500,
      inputCount: 0,
      timers: { control: { dueMs: 2000, periodMs: 500 }, rested: { dueMs: 3500, periodMs: 0 } },
      outputs: [{ sequence: 1, index: 0x8000, name: 'heater', text: 'on' }],
    });
  });

  it('a state without a runtime block has none', () => {
    const definition = defineState({ n: u32 });
    expect(describeAgent(definition.schemaBytes, Uint8Array.of(5, 0, 0, 0))).toEqual({ state: { n: 5 } });
  });

  it('I6: any state bytes are described or refused', () => {
    const good = thermostatState();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 20 }), (changes) => {
        const bytes = good.slice();
        for (const [at, value] of changes) bytes[at] = value;
        try {
          expect(JSON.stringify(describeAgent(thermostat.state.schemaBytes, bytes)).length).toBeGreaterThan(10);
        } catch (error) {
          expect(String(error)).toBe('RangeError: state bytes: no valid runtime block');
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('preambles', () => {
  it('come back as they were', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,31}$/);
    const names = fc.uniqueArray(name, { maxLength: 16 });
    fc.assert(
      fc.property(names, fc.nat(8192), (timerNames, words) => {
        expect(decodePreamble(encodePreamble(timerNames, words * 4))).toEqual({ timerNames, ringBytes: words * 4 });
      }),
    );
  });

  it('I6: any bytes are refused with a RangeError or are the canonical bytes of a preamble', () => {
    const near = fc.oneof(fc.nat(3), fc.nat(255), fc.integer({ min: 0x61, max: 0x7a }));
    fc.assert(
      fc.property(fc.array(near, { maxLength: 24 }), (list) => {
        const bytes = Uint8Array.from([1, ...list]);
        try {
          const { timerNames, ringBytes } = decodePreamble(bytes);
          expect(encodePreamble(timerNames, ringBytes)).toEqual(bytes);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('records of outputs', () => {
  it('I6: any bytes have a name and data', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const { name, data } = readRecord(bytes, bytes.length);
        expect(data.length).toBeLessThanOrEqual(bytes.length);
        if (bytes.length > 0 && bytes[0]! < bytes.length) expect(data.length).toBe(bytes.length - 1 - bytes[0]!);
        else expect(name).toBe('');
      }),
    );
  });
});
