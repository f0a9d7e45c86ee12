import { MAX_STATE_BYTES } from '../memory/constants.js';
import { MAX_DEPTH, MAX_FIELDS, MAX_NAME_BYTES, MAX_PREAMBLE_BYTES, MAX_SCHEMA_BYTES } from './limits.js';
import { planLayout } from './planner.js';
import { encodeSchema, SCHEMA_FORMAT, TYPE_CODES } from './schema-encode.js';
import { ArrayType, BytesType, type FieldType, MapType, RingType, type ScalarKind, ScalarType, type Schema, TextType } from './types.js';

/** A schema as it came from bytes, with the offset at which its state begins. */
export interface DecodedSchema {
  readonly schema: Schema;
  readonly baseOffset: number;
  /** What the maker of the first `baseOffset` bytes says of them. */
  readonly preamble: Uint8Array;
}

/**
 * Reads schema bytes. They are accepted only if they are exactly what encodeSchema() makes of the schema they describe: every
 * bound, name, size and offset is checked that way.
 * @throws RangeError saying what is wrong and at which byte
 */
export function decodeSchema(bytes: Uint8Array): DecodedSchema {
  if (bytes.length > MAX_SCHEMA_BYTES) throw new RangeError(`schema bytes: ${bytes.length} are more than ${MAX_SCHEMA_BYTES}`);
  const reader = new Reader(bytes);
  if (reader.byte() !== SCHEMA_FORMAT) throw reader.refusal('an unknown format');
  const baseOffset = reader.varint(MAX_STATE_BYTES);
  const preamble = reader.take(reader.varint(MAX_PREAMBLE_BYTES));
  const sizeBytes = reader.varint(MAX_STATE_BYTES);
  const schema = reader.record(0);
  if (reader.at !== bytes.length) throw reader.refusal('bytes after the end');
  if (baseOffset % 8 !== 0) throw reader.refusal(`a base offset of ${baseOffset}`);
  const layout = planLayout(schema, baseOffset);
  if (layout.sizeBytes !== sizeBytes) throw new RangeError(`schema bytes: size ${sizeBytes} where the fields need ${layout.sizeBytes}`);
  const canonical = encodeSchema(layout, baseOffset, preamble);
  for (let index = 0; index < bytes.length; index++) {
    if (canonical[index] !== bytes[index]) throw new RangeError(`schema bytes: not the canonical form at byte ${index}`);
  }
  return { schema, baseOffset, preamble };
}

const SCALAR_KINDS: readonly (ScalarKind | undefined)[] = [
  undefined,
  'u8',
  'u16',
  'u32',
  'i8',
  'i16',
  'i32',
  'f32',
  'f64',
  'bool',
  'counter',
];

class Reader {
  at = 0;
  readonly #bytes: Uint8Array;
  #fieldCount = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  refusal(problem: string): RangeError {
    return new RangeError(`schema bytes: ${problem} at byte ${this.at}`);
  }

  byte(): number {
    if (this.at >= this.#bytes.length) throw this.refusal('a sudden end');
    return this.#bytes[this.at++]!;
  }

  take(count: number): Uint8Array {
    if (this.at + count > this.#bytes.length) throw this.refusal('a sudden end');
    this.at += count;
    return this.#bytes.slice(this.at - count, this.at);
  }

  varint(limit: number): number {
    let value = 0;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte > 0x7f) continue;
      if (value > limit) throw this.refusal(`${value} where at most ${limit} is possible`);
      return value;
    }
    throw this.refusal('a number of more than 4 bytes');
  }

  record(depth: number): Schema {
    if (depth > MAX_DEPTH) throw this.refusal(`more than ${MAX_DEPTH} nested records`);
    const fieldCount = this.varint(MAX_FIELDS);
    this.#fieldCount += fieldCount;
    if (this.#fieldCount > MAX_FIELDS) throw this.refusal(`more than ${MAX_FIELDS} fields`);
    const schema: { [name: string]: FieldType } = {};
    for (let index = 0; index < fieldCount; index++) {
      const name = this.#name();
      if (Object.hasOwn(schema, name)) throw this.refusal(`a second field '${name}'`);
      this.varint(MAX_STATE_BYTES);
      schema[name] = this.#type(depth + 1);
    }
    return schema;
  }

  #name(): string {
    const count = this.byte();
    if (count === 0 || count > MAX_NAME_BYTES) throw this.refusal(`a name of ${count} bytes`);
    let name = '';
    for (let index = 0; index < count; index++) {
      const code = this.byte();
      if (code < 0x30 || code > 0x7a) throw this.refusal('a name with a byte that is no letter, digit or _');
      if (index === 0 && code < 0x41) throw this.refusal('a name that does not start with a letter');
      name += String.fromCharCode(code);
    }
    if (name === '__proto__') throw this.refusal('a reserved name');
    return name;
  }

  #type(depth: number): FieldType {
    const code = this.byte();
    const kind = SCALAR_KINDS[code];
    if (kind !== undefined) return new ScalarType(kind);
    switch (code) {
      case TYPE_CODES.text:
        return new TextType(this.varint(MAX_STATE_BYTES));
      case TYPE_CODES.bytes:
        return new BytesType(this.varint(MAX_STATE_BYTES));
      case TYPE_CODES.record:
        return this.record(depth);
      case TYPE_CODES.array:
        return new ArrayType(this.varint(MAX_STATE_BYTES), this.#inner(depth));
      case TYPE_CODES.ring:
        return new RingType(this.varint(MAX_STATE_BYTES), this.#inner(depth));
      case TYPE_CODES.map:
        return new MapType(this.varint(MAX_STATE_BYTES), this.#inner(depth), this.#inner(depth));
      default:
        throw this.refusal(`an unknown type ${code}`);
    }
  }

  /** The planner refuses what may not be an element; here only the recursion is bounded: elements hold no containers. */
  #inner(depth: number): never {
    const code = this.#bytes[this.at];
    if (code === TYPE_CODES.array || code === TYPE_CODES.ring || code === TYPE_CODES.map) throw this.refusal('a container in a container');
    return this.#type(depth) as never;
  }
}
