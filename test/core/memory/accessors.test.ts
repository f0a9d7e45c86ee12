import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageMemory } from '../../../src/memory/page-memory.js';

type Accessor = {
  readonly name: string;
  readonly width: number;
  readonly set: (memory: PageMemory, offset: number, value: number) => void;
  readonly get: (memory: PageMemory, offset: number) => number;
  readonly store: (view: DataView, offset: number, value: number) => void;
  readonly load: (view: DataView, offset: number) => number;
};

const ACCESSORS: readonly Accessor[] = [
  {
    name: 'U8',
    width: 1,
    set: (m, o, v) => m.setU8(o, v),
    get: (m, o) => m.getU8(o),
    store: (d, o, v) => d.setUint8(o, v),
    load: (d, o) => d.getUint8(o),
  },
  {
    name: 'I8',
    width: 1,
    set: (m, o, v) => m.setI8(o, v),
    get: (m, o) => m.getI8(o),
    store: (d, o, v) => d.setInt8(o, v),
    load: (d, o) => d.getInt8(o),
  },
  {
    name: 'U16',
    width: 2,
    set: (m, o, v) => m.setU16(o, v),
    get: (m, o) => m.getU16(o),
    store: (d, o, v) => d.setUint16(o, v, true),
    load: (d, o) => d.getUint16(o, true),
  },
  {
    name: 'I16',
    width: 2,
    set: (m, o, v) => m.setI16(o, v),
    get: (m, o) => m.getI16(o),
    store: (d, o, v) => d.setInt16(o, v, true),
    load: (d, o) => d.getInt16(o, true),
  },
  {
    name: 'U32',
    width: 4,
    set: (m, o, v) => m.setU32(o, v),
    get: (m, o) => m.getU32(o),
    store: (d, o, v) => d.setUint32(o, v, true),
    load: (d, o) => d.getUint32(o, true),
  },
  {
    name: 'I32',
    width: 4,
    set: (m, o, v) => m.setI32(o, v),
    get: (m, o) => m.getI32(o),
    store: (d, o, v) => d.setInt32(o, v, true),
    load: (d, o) => d.getInt32(o, true),
  },
  {
    name: 'F32',
    width: 4,
    set: (m, o, v) => m.setF32(o, v),
    get: (m, o) => m.getF32(o),
    store: (d, o, v) => d.setFloat32(o, v, true),
    load: (d, o) => d.getFloat32(o, true),
  },
  {
    name: 'F64',
    width: 8,
    set: (m, o, v) => m.setF64(o, v),
    get: (m, o) => m.getF64(o),
    store: (d, o, v) => d.setFloat64(o, v, true),
    load: (d, o) => d.getFloat64(o, true),
  },
];

const number = fc.oneof(
  fc.integer(),
  fc.nat(4294967295),
  fc.double(),
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 5e-324, 1e-45, 3.5e38, 2 ** 53, -129, 65_536),
);

/** Granules that the next capture would send. */
function dirtyGranules(memory: PageMemory): number[] {
  const granules: number[] = [];
  if (!memory.capture()) return granules;
  while (memory.runs.next()) for (let i = 0; i < memory.runs.length; i += 4) granules.push((memory.runs.offset + i) / 4);
  memory.bringBack();
  return granules;
}

function settle(memory: PageMemory): void {
  memory.capture();
  while (memory.runs.next());
  memory.release();
}

describe.each(ACCESSORS)('set$name and get$name', ({ width, set, get, store, load }) => {
  it('store what a DataView stores, and mark the granules whose bits change', () => {
    fc.assert(
      fc.property(fc.nat(999), number, number, (place, first, second) => {
        const offset = (place % (1000 - width + 1)) - ((place % (1000 - width + 1)) % width);
        const memory = new PageMemory({ sizeBytes: 1000 });
        const view = new DataView(new ArrayBuffer(1000));
        for (const value of [first, second]) {
          if (memory.dirtyPageCount > 0) settle(memory);
          const before = new Uint8Array(view.buffer).slice();
          store(view, offset, value);
          set(memory, offset, value);
          expect(get(memory, offset)).toBe(load(view, offset));
          const expected = new Set<number>();
          const after = new Uint8Array(view.buffer);
          if (!Number.isNaN(value)) {
            for (let i = 0; i < 1000; i++) if (before[i] !== after[i]) expected.add(i >>> 2);
            expect(dirtyGranules(memory)).toEqual([...expected]);
          }
          // NaN has one form here, and perhaps another in the view.
          for (let i = 0; i < 1000; i++) view.setUint8(i, memory.getU8(i));
        }
      }),
    );
  });

  it('marks nothing when the same value is stored again', () => {
    fc.assert(
      fc.property(number, (value) => {
        const memory = new PageMemory({ sizeBytes: 64 });
        set(memory, 16, value);
        if (memory.dirtyPageCount > 0) settle(memory);
        set(memory, 16, value);
        expect(memory.dirtyPageCount).toBe(0);
      }),
    );
  });
});

describe('stored bits', () => {
  it('0.1 into an f32 twice marks nothing, although 0.1 is no f32', () => {
    const memory = new PageMemory({ sizeBytes: 8 });
    memory.setF32(4, 0.1);
    expect(memory.getF32(4)).toBe(Math.fround(0.1));
    settle(memory);
    memory.setF32(4, 0.1);
    expect(memory.dirtyPageCount).toBe(0);
  });

  it('-0 and 0 differ', () => {
    const memory = new PageMemory({ sizeBytes: 16 });
    memory.setF32(0, -0);
    memory.setF64(8, -0);
    expect(dirtyGranules(memory)).toEqual([0, 3]);
    expect([memory.getF32(0), memory.getF64(8)]).toEqual([-0, -0]);
  });

  it('NaN is 7fc00000 and 7ff80000_00000000, whichever NaN comes', () => {
    const memory = new PageMemory({ sizeBytes: 16 });
    const other = new DataView(new ArrayBuffer(8));
    other.setUint32(0, 0xfff12345);
    other.setUint32(4, 0x89abcdef);
    for (const nan of [NaN, other.getFloat64(0), other.getFloat32(0), -NaN, Infinity - Infinity]) {
      memory.setF32(0, nan);
      memory.setF64(8, nan);
      expect([memory.getU32(0), memory.getU32(8), memory.getU32(12)]).toEqual([0x7fc00000, 0, 0x7ff80000]);
    }
    settle(memory);
    memory.setF32(0, other.getFloat64(0));
    memory.setF64(8, other.getFloat64(0));
    expect(memory.dirtyPageCount).toBe(0);
  });

  it('a store of half a double marks the half that changes', () => {
    const memory = new PageMemory({ sizeBytes: 16 });
    memory.setF64(8, 1);
    expect(dirtyGranules(memory)).toEqual([3]);
  });
});

const hostile = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-1, 1.5, NaN, Infinity, 2 ** 53 - 1, 2 ** 53, 4294967296, 1000, 1001));

describe('raw access', () => {
  it('I6: refuses every range outside the state with one clear error, and marks nothing', () => {
    fc.assert(
      fc.property(hostile, hostile, (offset, length) => {
        const memory = new PageMemory({ sizeBytes: 1000 });
        const buffer = new Uint8Array(1100).fill(1);
        const isInside =
          Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0 && BigInt(offset) + BigInt(length) <= 1000n;
        for (const attempt of [
          () => memory.markRangeDirty(offset, length),
          () => memory.write(offset, buffer, 0, length),
          () => memory.read(offset, buffer, 0, length),
          () => memory.load(offset, buffer, 0, length),
        ]) {
          if (isInside) attempt();
          else expect(attempt).toThrow(RangeError);
        }
        if (!isInside) {
          expect(memory.dirtyPageCount).toBe(0);
          expect(memory.bytes.every((byte) => byte === 0)).toBe(true);
        }
      }),
    );
  });

  it('refuses a range outside the other buffer', () => {
    const memory = new PageMemory({ sizeBytes: 1000 });
    expect(() => memory.write(0, new Uint8Array(4), 2, 3)).toThrow('write: 3 bytes at 2 do not lie inside the buffer of 4 bytes');
    expect(() => memory.read(0, new Uint8Array(4), -1, 3)).toThrow(RangeError);
    expect(() => memory.read(990, new Uint8Array(40), 0, 11)).toThrow('read: 11 bytes at offset 990 do not lie inside the state of 1000');
  });

  it('a range of length 0 marks nothing, at the very end too', () => {
    const memory = new PageMemory({ sizeBytes: 1000 });
    for (const offset of [0, 5, 256, 1000]) memory.markRangeDirty(offset, 0);
    expect(memory.dirtyPageCount).toBe(0);
  });

  it('refuses pages that do not exist', () => {
    const memory = new PageMemory({ sizeBytes: 1000 });
    for (const page of [-1, 4, 0.5, NaN]) {
      expect(() => memory.markPageDirty(page)).toThrow(RangeError);
      expect(() => memory.isPageDirty(page)).toThrow(RangeError);
      expect(() => memory.currentHash(page)).toThrow(RangeError);
    }
    expect(memory.dirtyPageCount).toBe(0);
  });
});
