// Layout format 1 as SPEC.md says it, written by a program that shares no code with this one.
import { describe, expect, it } from 'vitest';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { describe as describeBytes } from '../../../src/state/describe.js';
import { array, bool, counter, defineState, f64, map, ring, text, u8, u16, u32 } from '../../../src/state/index.js';
import fixture from './fixtures/state-1.json' with { type: 'json' };

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const ofHex = (digits: string) => Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16));

const definition = defineState({
  flag: bool,
  small: u8,
  big: counter,
  ratio: f64,
  name: text(5),
  log: ring(3, u16),
  seen: map(2, u8, u32),
  list: array(2, { a: u8, b: u32 }),
});

describe('fixtures of the layout', () => {
  it('schema bytes and fingerprint', () => {
    expect(hex(definition.schemaBytes)).toBe(fixture.schemaBytes);
    expect(hex(definition.fingerprint)).toBe(fixture.fingerprint);
  });

  it('every kind of field is stored where and as the format says', () => {
    const memory = new PageMemory({ sizeBytes: definition.sizeBytes });
    const state = definition.create(memory);
    state.flag = true;
    state.small = 200;
    state.big = 2 ** 40 + 1;
    state.ratio = Number.NaN;
    state.name = 'é!';
    for (const value of [1, 2, 3, 4]) state.log.push(value);
    state.seen.set(7, 0xdeadbeef);
    state.seen.set(9, 1);
    state.list.a.set(1, 5);
    state.list.b.set(0, 6);
    expect(hex(memory.bytes.slice(0, memory.sizeBytes))).toBe(fixture.state);
  });

  it('and is read back from schema bytes and state bytes alone', () => {
    const shown = describeBytes(ofHex(fixture.schemaBytes), ofHex(fixture.state));
    expect(shown).toMatchObject({ flag: true, small: 200, big: 2 ** 40 + 1, name: 'é!' });
  });
});
