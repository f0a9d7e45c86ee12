import type { RecordLayout, TypeLayout } from './layout.js';
import { MAX_SCHEMA_BYTES } from './limits.js';

export const SCHEMA_FORMAT = 1;

/** The code of each type in schema bytes. */
export const TYPE_CODES = {
  u8: 1,
  u16: 2,
  u32: 3,
  i8: 4,
  i16: 5,
  i32: 6,
  f32: 7,
  f64: 8,
  bool: 9,
  counter: 10,
  text: 16,
  bytes: 17,
  record: 18,
  array: 19,
  ring: 20,
  map: 21,
} as const;

/**
 * The canonical bytes of a schema: names, types and offsets, nothing else. Their hash is the fingerprint.
 * @param preamble describes what lies before `baseOffset`, for whoever put it there
 * @throws RangeError if they are more than MAX_SCHEMA_BYTES
 */
export function encodeSchema(layout: RecordLayout, baseOffset: number, preamble: Uint8Array): Uint8Array {
  const writer = new Writer();
  writer.byte(SCHEMA_FORMAT);
  writer.varint(baseOffset);
  writer.varint(preamble.length);
  for (let index = 0; index < preamble.length; index++) writer.byte(preamble[index]!);
  writer.varint(layout.sizeBytes);
  writer.record(layout);
  return writer.bytes.slice(0, writer.count);
}

class Writer {
  bytes = new Uint8Array(256);
  count = 0;

  byte(value: number): void {
    if (this.count === MAX_SCHEMA_BYTES) throw new RangeError(`schema: its description is longer than ${MAX_SCHEMA_BYTES} bytes`);
    if (this.count === this.bytes.length) {
      const larger = new Uint8Array(this.bytes.length * 2);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.count++] = value;
  }

  varint(value: number): void {
    for (; value > 0x7f; value >>>= 7) this.byte((value & 0x7f) | 0x80);
    this.byte(value);
  }

  record(layout: RecordLayout): void {
    this.varint(layout.fields.length);
    for (const field of layout.fields) {
      this.byte(field.name.length);
      for (let index = 0; index < field.name.length; index++) this.byte(field.name.charCodeAt(index));
      this.varint(field.offset);
      this.type(field.layout);
    }
  }

  type(layout: TypeLayout): void {
    this.byte(TYPE_CODES[layout.kind]);
    if (layout.kind === 'record') this.record(layout);
    else if (layout.kind === 'text' || layout.kind === 'bytes') this.varint(layout.capacityBytes);
    else if (layout.kind === 'array' || layout.kind === 'ring') {
      this.varint(layout.capacity);
      this.type(layout.element);
    } else if (layout.kind === 'map') {
      this.varint(layout.capacity);
      this.type(layout.key);
      this.type(layout.value);
    }
  }
}
