import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdaptiveEncoder } from '../../../src/codec/adaptive-encoder.js';
import { HISTORY_GRANULES } from '../../../src/codec/history.js';
import { ModelledDecoder } from '../../../src/codec/modelled-decoder.js';
import { MODELLED_CODEC_ID } from '../../../src/codec/modelled-encoder.js';
import { adaptiveDecoders } from '../../../src/codec/noting-decoder.js';
import type { PayloadDecoder, RunTarget } from '../../../src/codec/payload.js';
import { STORED_CODEC_ID, StoredDecoder } from '../../../src/codec/stored.js';
import { BAD_PAYLOAD, NO_ROOM, OK, OUT_OF_RANGE } from '../../../src/delta/codes.js';
import { FLAG_CODEC_MASK, FLAG_HISTORY_RESTART } from '../../../src/delta/delta-format.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { ReferenceDecoder } from './reference.js';

const CELL_BYTES = 300;

/** A state that takes runs as a delta's target does: ascending, aligned, inside. */
class StateTarget implements RunTarget {
  refusal = OK;
  putBytes = 0;
  readonly state: Uint8Array;
  #end = 0;
  #at = 0;

  constructor(state: Uint8Array) {
    this.state = state;
  }

  begin(): void {
    this.#end = 0;
    this.refusal = OK;
  }

  open(offset: number, length: number): boolean {
    const fits = offset >= this.#end && length > 0 && (offset | length) % 4 === 0 && offset + length <= this.state.length;
    if (!fits) this.refusal = OUT_OF_RANGE;
    this.#at = offset;
    this.#end = offset + length;
    return fits;
  }

  put(bytes: Uint8Array, at: number, count: number): void {
    if (this.#at + count > this.#end) throw new Error('put past the run');
    this.state.set(bytes.subarray(at, at + count), this.#at);
    this.#at += count;
    this.putBytes += count;
  }

  oldByte(offset: number): number {
    return this.state[offset]!;
  }

  oldWord(offset: number): number {
    return this.oldByte(offset);
  }
}

type Stream = { readonly flags: number; readonly bytes: Uint8Array };

class Ends {
  readonly memory: PageMemory;
  readonly target: StateTarget;
  readonly encoder = new AdaptiveEncoder();
  readonly modelled = new ModelledDecoder();
  readonly decoders: readonly PayloadDecoder[] = adaptiveDecoders(this.modelled);

  constructor(sizeBytes: number) {
    this.memory = new PageMemory({ sizeBytes });
    this.target = new StateTarget(new Uint8Array(sizeBytes));
  }

  encode(limits: readonly number[] = [CELL_BYTES]): Stream {
    const cell = new Uint8Array(1 + CELL_BYTES);
    const bytes: number[] = [];
    this.memory.capture(true);
    const flags = this.encoder.begin(this.memory.runs, this.memory);
    for (let turn = 0; !this.encoder.done; turn++) {
      const limit = limits[turn % limits.length]!;
      const count = this.encoder.produce(cell, 1, limit);
      if (count < 1 || count > limit) throw new Error(`produced ${count} of ${limit}`);
      bytes.push(...cell.subarray(1, 1 + count));
    }
    if (this.encoder.produce(cell, 0, 10) !== 0) throw new Error('bytes after the end');
    this.memory.release();
    return { flags, bytes: Uint8Array.from(bytes) };
  }

  /** Reads a stream and what follows it, in pieces. Returns the code and the bytes found after the stream. */
  decode(
    { flags, bytes }: Stream,
    trailer: readonly number[] = [],
    pieces: readonly number[] = [CELL_BYTES],
  ): { code: number; after: number[] } {
    const decoder = this.decoders[flags & FLAG_CODEC_MASK]!;
    const input = Uint8Array.from([...bytes, ...trailer]);
    this.target.begin();
    decoder.begin(this.target, flags);
    let at = 0;
    let code = OK;
    for (let turn = 0; at < input.length && code === OK && !decoder.ended; turn++) {
      code = decoder.consume(input, at, Math.min(pieces[turn % pieces.length]!, input.length - at));
      at += decoder.consumedBytes;
    }
    if (code === OK) code = decoder.finish();
    const after: number[] = [];
    for (let i = 0; i < decoder.surplusCount; i++) after.push(decoder.surplusByte(i));
    return { code, after: [...after, ...input.slice(at)] };
  }

  write(offset: number, bytes: readonly number[]): void {
    const inside = Math.min(bytes.length, this.memory.sizeBytes - offset);
    this.memory.write(offset, Uint8Array.from(bytes), 0, inside);
  }

  expectEqual(): void {
    const differsAt = this.target.state.findIndex((byte, index) => byte !== this.memory.bytes[index]);
    expect(differsAt).toBe(-1);
  }
}

type Turn = { readonly kind: number; readonly place: number; readonly seed: number; readonly count: number };

/** Kinds of change that the model has a way for each: counts, shifts, copies, texts, flags, noise. */
function change(ends: Ends, { kind, place, seed, count }: Turn): void {
  const size = ends.memory.sizeBytes;
  const offset = (place * 4) % size;
  for (let i = 0; i < count; i++) {
    const at = (offset + i * 4) % (size - 3);
    const random = Math.imul(seed + i, 0x9e3779b1);
    if (kind === 0) ends.memory.setU32(at & ~3, ends.memory.getU32(at & ~3) + (seed % 9) + 1);
    else if (kind === 1) ends.memory.setU32((size - 4 - i * 4) & ~3, ends.memory.getU32((size - 8 - i * 4) & ~3));
    else if (kind === 2) ends.write(at, [...ends.memory.bytes.slice(seed % (size - 8), (seed % (size - 8)) + 8)]);
    else if (kind === 3)
      ends.write(
        at,
        [...`[${seed % 50}] text`].map((letter) => letter.charCodeAt(0)),
      );
    else if (kind === 4) ends.write((at + seed) % size, [seed & 1]);
    else ends.write(at, [random & 255, (random >>> 8) & 255, (random >>> 16) & 255, random >>> 24]);
  }
}

const turn = fc.record({ kind: fc.nat(5), place: fc.nat(5000), seed: fc.nat(1e6), count: fc.integer({ min: 0, max: 40 }) });
const turns = fc.array(turn, { minLength: 1, maxLength: 25 });
const size = fc.integer({ min: 3, max: 700 }).map((words) => words * 4);
const cells = fc.array(fc.integer({ min: 1, max: 280 }), { minLength: 1, maxLength: 4 });
const trailer = fc.array(fc.nat(255), { minLength: 4, maxLength: 8 });

function storedAddresses(bytes: Uint8Array): number[] {
  const addresses: number[] = [];
  const decoder = new StoredDecoder();
  const listing = {
    refusal: OK,
    open: (offset: number, length: number) => {
      for (let i = 0; i < length; i += 4) addresses.push((offset + i) / 4);
      return true;
    },
    put: () => {},
    oldByte: () => 0,
    oldWord: () => 0,
  };
  decoder.begin(listing, STORED_CODEC_ID);
  decoder.consume(bytes, 0, bytes.length);
  return addresses;
}

describe('adaptive codec', () => {
  it('brings every delta of a series over, whatever the cells, and gives back the bytes behind each stream', () => {
    const seen = new Set<number>();
    fc.assert(
      fc.property(size, turns, cells, cells, trailer, (size, turns, limits, pieces, trailer) => {
        const ends = new Ends(size);
        for (const turn of turns) {
          change(ends, turn);
          const stream = ends.encode(limits);
          seen.add(stream.flags);
          expect(ends.decode(stream, trailer, pieces)).toEqual({ code: OK, after: trailer });
          ends.expectEqual();
        }
      }),
      { numRuns: 100 },
    );
    const modelled = MODELLED_CODEC_ID;
    for (const flags of [STORED_CODEC_ID, modelled, FLAG_HISTORY_RESTART | modelled]) expect(seen).toContain(flags);
  });

  it('makes the same bytes whatever the cells', () => {
    fc.assert(
      fc.property(size, turns, cells, (size, turns, limits) => {
        const one = new Ends(size);
        const other = new Ends(size);
        for (const turn of turns) {
          change(one, turn);
          change(other, turn);
          expect(one.encode(limits)).toEqual(other.encode());
        }
      }),
    );
  });

  it('makes streams that a decoder written from the specification reads alike', () => {
    fc.assert(
      fc.property(size, turns, trailer, (size, turns, trailer) => {
        const ends = new Ends(size);
        const reference = new ReferenceDecoder();
        for (const turn of turns) {
          change(ends, turn);
          const before = ends.target.state.slice();
          const stream = ends.encode();
          expect(ends.decode(stream).code).toBe(OK);
          const state = new DataView(ends.target.state.buffer);
          if ((stream.flags & FLAG_HISTORY_RESTART) !== 0) reference.restart();
          if ((stream.flags & FLAG_CODEC_MASK) === STORED_CODEC_ID) {
            for (const address of storedAddresses(stream.bytes)) reference.note(address, state.getUint32(address * 4, true));
            continue;
          }
          const { granules, length } = reference.decode([...stream.bytes, ...trailer]);
          expect(length).toBe(stream.bytes.length);
          const rebuilt = new DataView(before.buffer);
          for (const [address, word] of granules) rebuilt.setUint32(address * 4, word, true);
          expect(before).toEqual(ends.target.state);
        }
      }),
    );
  });

  it('goes on after lost deltas: what was forgotten on one side starts anew on both', () => {
    fc.assert(
      fc.property(size, fc.array(fc.tuple(turn, fc.nat(3)), { minLength: 2, maxLength: 25 }), (size, turns) => {
        const ends = new Ends(size);
        for (const [turn, fate] of turns) {
          change(ends, turn);
          const stream = ends.encode();
          if (fate > 0) {
            expect(ends.decode(stream).code).toBe(OK);
            ends.expectEqual();
          } else {
            ends.encoder.forget();
            for (let page = 0; page < ends.memory.pageCount; page++) ends.memory.markPageDirty(page);
          }
        }
        const last = ends.encode();
        expect(ends.decode(last).code).toBe(OK);
        ends.expectEqual();
      }),
    );
  });

  it('says that the history starts anew at first and after forget, and only then', () => {
    const ends = new Ends(256);
    const restarts: number[] = [];
    for (let i = 0; i < 6; i++) {
      ends.memory.setU32(4 * i, i + 1);
      if (i === 3) ends.encoder.forget();
      restarts.push(ends.encode().flags & FLAG_HISTORY_RESTART);
    }
    expect(restarts).toEqual([8, 0, 0, 8, 0, 0]);
  });

  it('refuses a modelled stream whose history it does not have', () => {
    const ends = new Ends(256);
    for (let i = 0; i < 3; i++) {
      change(ends, { kind: 0, place: 0, seed: i, count: 20 });
      const stream = ends.encode();
      if (i === 2) ends.modelled.forget();
      const { code } = ends.decode(stream);
      expect(code).toBe(i === 2 ? BAD_PAYLOAD : OK);
    }
  });

  it('never puts more than the state, and never throws, on streams that were changed, cut or made up', () => {
    fc.assert(
      fc.property(size, turns, fc.nat(), fc.nat(255), fc.nat(), fc.boolean(), (size, turns, place, byte, cut, isCut) => {
        const ends = new Ends(size);
        for (const turn of turns) {
          change(ends, turn);
          const stream = ends.encode();
          const bytes = isCut ? stream.bytes.slice(0, cut % (stream.bytes.length + 1)) : stream.bytes.slice();
          if (!isCut) bytes[place % bytes.length] = byte;
          ends.target.putBytes = 0;
          ends.decode({ flags: stream.flags, bytes });
          expect(ends.target.putBytes).toBeLessThanOrEqual(size);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('never puts more than the state, and always comes to an end, on random bytes', () => {
    fc.assert(
      fc.property(size, fc.uint8Array({ maxLength: 400 }), (size, bytes) => {
        const ends = new Ends(size);
        ends.decode({ flags: MODELLED_CODEC_ID | FLAG_HISTORY_RESTART, bytes });
        expect(ends.target.putBytes).toBeLessThanOrEqual(size);
      }),
    );
  });

  it('hands on why a target refuses a run, and starts no other stream on that history', () => {
    const ends = new Ends(1024);
    change(ends, { kind: 0, place: 0, seed: 1, count: 20 });
    const first = ends.encode();
    ends.target.open = () => {
      ends.target.refusal = NO_ROOM;
      return false;
    };
    expect(ends.decode(first).code).toBe(NO_ROOM);
    change(ends, { kind: 0, place: 0, seed: 2, count: 20 });
    expect(ends.decode(ends.encode()).code).toBe(BAD_PAYLOAD);
  });

  it('takes 8 bytes at most for a new granule, 7 more for each further run, and 3 for a counter that counts', () => {
    const ends = new Ends(128 * 1024);
    const sizes: number[] = [];
    for (let i = 0; i < 40; i++) {
      ends.memory.setU32((i * 3276) & ~3, Math.imul(i + 1, 0x9e3779b1) >>> 0);
      sizes.push(ends.encode().bytes.length);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8);

    for (let runs = 2; runs < 6; runs++) {
      for (let i = 0; i < runs; i++) ends.memory.setU32((i * 20000 + runs * 512) & ~3, Math.imul(i + runs, 0x85ebca6b) >>> 0);
      expect(ends.encode().bytes.length).toBeLessThanOrEqual(8 + 7 * (runs - 1));
    }

    let last = 0;
    for (let i = 0; i < 20; i++) {
      ends.memory.setU32(400, ends.memory.getU32(400) + 1);
      last = ends.encode().bytes.length;
    }
    expect(last).toBeLessThanOrEqual(3);
  });

  it('stores noise after a while, and everything where the line is faster than the model', () => {
    const ends = new Ends(4096);
    let stored = 0;
    for (let i = 0; i < 40; i++) {
      change(ends, { kind: 5, place: 0, seed: i * 5000, count: 1024 });
      const stream = ends.encode();
      if (stream.flags === STORED_CODEC_ID) stored++;
      expect(stream.bytes.length).toBeLessThan(4096 * 1.04);
      expect(ends.decode(stream).code).toBe(OK);
      ends.expectEqual();
    }
    expect(stored).toBeGreaterThan(30);

    const fast = new Ends(4096);
    fast.encoder.lineNsPerByte = 1000;
    for (let i = 0; i < 5; i++) {
      change(fast, { kind: 0, place: 0, seed: i, count: 40 });
      expect(fast.encode().flags & FLAG_CODEC_MASK).toBe(STORED_CODEC_ID);
    }
  });

  it('knows the last granules that were stored, too', () => {
    const ends = new Ends(HISTORY_GRANULES * 4);
    ends.memory.setU32(80, 0x12345678);
    expect(ends.encode().flags & FLAG_CODEC_MASK).toBe(STORED_CODEC_ID);
    ends.memory.setU32(80, 0x12345679);
    const stream = ends.encode();
    expect(stream.flags).toBe(MODELLED_CODEC_ID);
    expect(stream.bytes.length).toBeLessThan(5);
  });
});
