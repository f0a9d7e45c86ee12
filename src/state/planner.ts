import { MAX_STATE_BYTES } from '../memory/constants.js';
import type { ArrayLayout, BlobLayout, MapLayout, RecordLayout, RingLayout, ScalarLayout, TypeLayout } from './layout.js';
import { MAX_CAPACITY, MAX_DEPTH, MAX_FIELDS, MAX_TEXT_BYTES } from './limits.js';
import { nameProblem } from './names.js';
import { ArrayType, BytesType, type FieldType, MapType, RingType, type ScalarKind, ScalarType, type Schema, TextType } from './types.js';

// Every offset is a multiple of its type's alignment. Inside a record the fields are sorted by alignment, largest first, and keep
// their declared order otherwise: every size is a multiple of its alignment, so no hole is left between fields.

const SCALAR_BYTES: { readonly [K in ScalarKind]: number } = {
  u8: 1,
  i8: 1,
  bool: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  f64: 8,
  counter: 8,
};
const KEY_KINDS = ['u8', 'u16', 'u32', 'i8', 'i16', 'i32', 'counter', 'text'];

/** Where a type stands: containers hold no containers, and names directly inside one must not hide its members. */
type Place = 'state' | 'container' | 'element';

/**
 * Lays a schema out from `baseOffset` on.
 * @throws RangeError or TypeError naming the field that breaks a rule
 */
export function planLayout(schema: Schema, baseOffset: number): RecordLayout {
  const layout = new Planner().record(schema, '', 0, 'state');
  if (baseOffset + layout.sizeBytes > MAX_STATE_BYTES) throw tooLarge('schema', baseOffset + layout.sizeBytes);
  return layout;
}

class Planner {
  #fieldCount = 0;

  record(schema: Schema, path: string, depth: number, place: Place): RecordLayout {
    const where = path === '' ? 'schema' : path;
    if (depth > MAX_DEPTH) throw new RangeError(`${where}: records are nested at most ${MAX_DEPTH} deep`);
    const names = Object.keys(schema);
    if (names.length === 0) throw new RangeError(`${where}: a record has at least one field`);
    this.#fieldCount += names.length;
    if (this.#fieldCount > MAX_FIELDS) throw new RangeError(`${where}: a schema has at most ${MAX_FIELDS} fields`);
    const layouts = names.map((name) => {
      const fieldPath = path === '' ? name : `${path}.${name}`;
      const problem = nameProblem(name, place === 'container');
      if (problem !== undefined) throw new RangeError(`field '${fieldPath}': ${problem}`);
      return this.#type(schema[name] as FieldType, fieldPath, depth + 1, place === 'state' ? 'state' : 'element');
    });
    const packed = pack(layouts, where);
    const fields = names.map((name, index) => ({ name, offset: packed.offsets[index]!, layout: layouts[index]! }));
    return { kind: 'record', sizeBytes: packed.sizeBytes, alignBytes: packed.alignBytes, fields };
  }

  #type(type: FieldType, path: string, depth: number, place: Place): TypeLayout {
    if (type instanceof ScalarType) return scalarLayout(type.kind);
    if (type instanceof TextType) return blobLayout('text', type.capacityBytes, path);
    if (type instanceof BytesType && place !== 'container') return blobLayout('bytes', type.capacityBytes, path);
    if (type instanceof ArrayType || type instanceof RingType || type instanceof MapType || type instanceof BytesType) {
      if (place !== 'state') {
        throw new TypeError(`field '${path}': an element is a scalar, a text or a record of scalars, text and bytes, not ${type.kind}`);
      }
      return this.#container(type as ArrayType | RingType | MapType, path, depth);
    }
    if (typeof type !== 'object' || type === null) throw new TypeError(`field '${path}': not a type`);
    return this.record(type, path, depth, place);
  }

  #container(type: ArrayType | RingType | MapType, path: string, depth: number): TypeLayout {
    const capacity = checkedCapacity(type.capacity, MAX_CAPACITY, path);
    if (type instanceof MapType) {
      const key = this.#type(type.key, path, depth, 'container');
      if (!KEY_KINDS.includes(key.kind)) throw new TypeError(`field '${path}': a map's key is an integer or a text, not ${key.kind}`);
      return mapLayout(capacity, key, this.#type(type.value, path, depth, 'container'), path);
    }
    const element = this.#type(type.element, path, depth, 'container');
    return type instanceof ArrayType ? arrayLayout(capacity, element, path) : ringLayout(capacity, element, path);
  }
}

function scalarLayout(kind: ScalarKind): ScalarLayout {
  return { kind, sizeBytes: SCALAR_BYTES[kind], alignBytes: SCALAR_BYTES[kind] };
}

function blobLayout(kind: 'text' | 'bytes', declaredBytes: number, path: string): BlobLayout {
  const capacityBytes = checkedCapacity(declaredBytes, MAX_TEXT_BYTES, path);
  const prefixBytes = indexBytesFor(capacityBytes);
  return { kind, sizeBytes: align(prefixBytes + capacityBytes, prefixBytes), alignBytes: prefixBytes, capacityBytes };
}

function arrayLayout(capacity: number, element: TypeLayout, path: string): ArrayLayout {
  const sizeBytes = checkedSize(capacity * element.sizeBytes, path);
  return { kind: 'array', sizeBytes, alignBytes: element.alignBytes, capacity, element };
}

/** The two indices share one granule, so that a push dirties one granule besides its element. */
function ringLayout(capacity: number, element: TypeLayout, path: string): RingLayout {
  const indexBytes = indexBytesFor(capacity);
  const pairAlignBytes = Math.min(4, 2 * indexBytes);
  const alignBytes = Math.max(element.alignBytes, pairAlignBytes);
  const nextOffset = align(capacity * element.sizeBytes, pairAlignBytes);
  const lengthOffset = nextOffset + indexBytes;
  const sizeBytes = checkedSize(align(lengthOffset + indexBytes, alignBytes), path);
  return { kind: 'ring', sizeBytes, alignBytes, capacity, element, indexBytes, nextOffset, lengthOffset };
}

function mapLayout(capacity: number, key: TypeLayout, value: TypeLayout, path: string): MapLayout {
  const indexBytes = indexBytesFor(capacity);
  const entry = pack([{ sizeBytes: indexBytes, alignBytes: indexBytes }, key, value], path);
  const bucketCount = bucketCountFor(capacity);
  const bucketsOffset = align(capacity * entry.sizeBytes, indexBytes);
  const lengthOffset = bucketsOffset + bucketCount * indexBytes;
  return {
    kind: 'map',
    sizeBytes: checkedSize(align(lengthOffset + indexBytes, entry.alignBytes), path),
    alignBytes: entry.alignBytes,
    capacity,
    key,
    value,
    entryBytes: entry.sizeBytes,
    linkOffset: entry.offsets[0]!,
    keyOffset: entry.offsets[1]!,
    valueOffset: entry.offsets[2]!,
    indexBytes,
    bucketCount,
    bucketsOffset,
    lengthOffset,
  };
}

/** Bytes of an index or a count of at most `capacity`. */
function indexBytesFor(capacity: number): number {
  return capacity <= 0xff ? 1 : capacity <= 0xffff ? 2 : 4;
}

/** The power of two that is at least `capacity`. */
function bucketCountFor(capacity: number): number {
  let count = 1;
  while (count < capacity) count *= 2;
  return count;
}

function align(offset: number, alignBytes: number): number {
  return Math.ceil(offset / alignBytes) * alignBytes;
}

interface Part {
  readonly sizeBytes: number;
  readonly alignBytes: number;
}

function pack(parts: readonly Part[], path: string): { offsets: number[]; sizeBytes: number; alignBytes: number } {
  const offsets: number[] = parts.map(() => 0);
  let endOffset = 0;
  let largestBytes = 1;
  for (let alignBytes = 8; alignBytes >= 1; alignBytes /= 2) {
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index]!;
      if (part.alignBytes !== alignBytes) continue;
      offsets[index] = endOffset;
      endOffset += part.sizeBytes;
      if (alignBytes > largestBytes) largestBytes = alignBytes;
    }
  }
  return { offsets, sizeBytes: checkedSize(align(endOffset, largestBytes), path), alignBytes: largestBytes };
}

function checkedCapacity(capacity: number, limit: number, path: string): number {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > limit) {
    throw new RangeError(`field '${path}': a capacity is an integer from 1 to ${limit}, not ${capacity}`);
  }
  return capacity;
}

function checkedSize(sizeBytes: number, path: string): number {
  if (sizeBytes > MAX_STATE_BYTES) throw tooLarge(path, sizeBytes);
  return sizeBytes;
}

function tooLarge(path: string, sizeBytes: number): RangeError {
  return new RangeError(`${path}: ${sizeBytes} bytes are more than the ${MAX_STATE_BYTES} of the largest state`);
}
