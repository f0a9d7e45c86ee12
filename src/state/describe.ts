import type { RecordArray, RecordRing, ValueArray, ValueRing } from './array.js';
import { ByteMemory } from './byte-memory.js';
import type { BytesColumn, BytesField } from './bytes.js';
import { StateDefinition } from './definition.js';
import type { Column } from './elements.js';
import type { RecordLayout, TypeLayout } from './layout.js';
import type { RecordMap, ValueMap } from './map.js';
import { decodeSchema } from './schema-decode.js';

export type Plain = number | boolean | string | readonly Plain[] | { readonly [name: string]: Plain };

/**
 * A state by field names, from the schema's bytes and the state's. Bytes become hexadecimal digits, a map an object, numbers that
 * JSON lacks their names. Damaged lengths and links in the state are cut to what the schema allows.
 * @throws RangeError for schema bytes that are refused, or fewer state bytes than the schema needs
 */
export function describe(schemaBytes: Uint8Array, stateBytes: Uint8Array): { readonly [name: string]: Plain } {
  const { schema, baseOffset } = decodeSchema(schemaBytes);
  const definition = new StateDefinition(schema, baseOffset);
  return describeState(definition, definition.create(new ByteMemory(stateBytes)));
}

/** A live typed state as plain values. */
export function describeState(definition: StateDefinition, state: object): { readonly [name: string]: Plain } {
  return plainRecord(definition.layout, state);
}

// From here on layout and accessor belong together: the definition made one from the other.

function plainRecord(layout: RecordLayout, node: object): { readonly [name: string]: Plain } {
  const plain: { [name: string]: Plain } = {};
  for (const field of layout.fields) plain[field.name] = plainField(field.layout, (node as { [name: string]: unknown })[field.name]);
  return plain;
}

function plainField(layout: TypeLayout, value: unknown): Plain {
  switch (layout.kind) {
    case 'record':
      return plainRecord(layout, value as object);
    case 'bytes':
      return plainBytes(layout.capacityBytes, (target) => (value as BytesField).read(target));
    case 'array':
    case 'ring':
      return plainElements(layout.element, value as RecordArray | RecordRing);
    case 'map':
      return plainMap(layout.value, value as RecordMap<unknown>);
    default:
      return plainValue(value);
  }
}

function plainElements(element: TypeLayout, elements: RecordArray | RecordRing): Plain {
  const plain: Plain[] = [];
  for (let index = 0; index < elements.length; index++) {
    plain.push(
      element.kind === 'record'
        ? plainColumns(element, elements, index)
        : plainValue((elements as unknown as ValueArray<unknown> | ValueRing<unknown>).get(index)),
    );
  }
  return plain;
}

function plainMap(value: TypeLayout, map: RecordMap<unknown>): Plain {
  const plain: { [name: string]: Plain } = Object.create(null);
  for (let index = 0; index < map.length; index++) {
    const content =
      value.kind === 'record' ? plainColumns(value, map, index) : plainValue((map as unknown as ValueMap<unknown, unknown>).valueAt(index));
    plain[String(map.keyAt(index))] = content;
  }
  return plain;
}

function plainColumns(layout: RecordLayout, columns: object, index: number): Plain {
  const plain: { [name: string]: Plain } = {};
  for (const field of layout.fields) {
    const column = (columns as { [name: string]: unknown })[field.name];
    const { kind } = field.layout;
    if (kind === 'record') plain[field.name] = plainColumns(field.layout, column as object, index);
    else if (kind === 'bytes') {
      plain[field.name] = plainBytes(field.layout.capacityBytes, (target) => (column as BytesColumn).read(index, target));
    } else plain[field.name] = plainValue((column as Column<unknown>).get(index));
  }
  return plain;
}

function plainBytes(capacityBytes: number, read: (target: Uint8Array) => number): string {
  const content = new Uint8Array(capacityBytes);
  const count = read(content);
  let hex = '';
  for (let index = 0; index < count; index++) hex += (content[index]! < 16 ? '0' : '') + content[index]!.toString(16);
  return hex;
}

function plainValue(value: unknown): Plain {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : (value as Plain);
}
