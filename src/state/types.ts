// The types that a schema is made of. A schema is a plain object of names and types; a plain object inside it is a nested record.

export type IntegerKind = 'u8' | 'u16' | 'u32' | 'i8' | 'i16' | 'i32' | 'counter';
export type ScalarKind = IntegerKind | 'f32' | 'f64' | 'bool';

export class ScalarType<K extends ScalarKind = ScalarKind> {
  readonly kind: K;
  constructor(kind: K) {
    this.kind = kind;
  }
}

export class TextType {
  readonly kind = 'text';
  readonly capacityBytes: number;
  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes;
  }
}

export class BytesType {
  readonly kind = 'bytes';
  readonly capacityBytes: number;
  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes;
  }
}

export class ArrayType<E extends ElementType = ElementType> {
  readonly kind = 'array';
  readonly capacity: number;
  readonly element: E;
  constructor(capacity: number, element: E) {
    this.capacity = capacity;
    this.element = element;
  }
}

export class RingType<E extends ElementType = ElementType> {
  readonly kind = 'ring';
  readonly capacity: number;
  readonly element: E;
  constructor(capacity: number, element: E) {
    this.capacity = capacity;
    this.element = element;
  }
}

export class MapType<K extends KeyType = KeyType, E extends ElementType = ElementType> {
  readonly kind = 'map';
  readonly capacity: number;
  readonly key: K;
  readonly value: E;
  constructor(capacity: number, key: K, value: E) {
    this.capacity = capacity;
    this.key = key;
    this.value = value;
  }
}

/** A field that is read and assigned as a property: `state.count = 5`. */
export type ValueType = ScalarType | TextType;
export type KeyType = ScalarType<IntegerKind> | TextType;

/** What an element of an array, a ring or a map may be: a value, or a record of values, bytes and further records. */
export type ElementType = ValueType | ElementRecord;
export interface ElementRecord {
  readonly [name: string]: ValueType | BytesType | ElementRecord;
}

export type FieldType = ValueType | BytesType | ArrayType | RingType | MapType | Schema;
export interface Schema {
  readonly [name: string]: FieldType;
}

export const u8 = new ScalarType('u8');
export const u16 = new ScalarType('u16');
export const u32 = new ScalarType('u32');
export const i8 = new ScalarType('i8');
export const i16 = new ScalarType('i16');
export const i32 = new ScalarType('i32');
export const f32 = new ScalarType('f32');
export const f64 = new ScalarType('f64');
export const bool = new ScalarType('bool');
/** 64 bits in the state, a number in the program: 0 to 2^53-1, anything beyond is refused. */
export const counter = new ScalarType('counter');

/** Text of at most `capacityBytes` bytes of UTF-8 (1 to 65,535). */
export function text(capacityBytes: number): TextType {
  return new TextType(capacityBytes);
}

/** A byte string of at most `capacityBytes` bytes (1 to 65,535). */
export function bytes(capacityBytes: number): BytesType {
  return new BytesType(capacityBytes);
}

/** Exactly `capacity` elements, all there from the start. */
export function array<const E extends ElementType>(capacity: number, element: E): ArrayType<E> {
  return new ArrayType(capacity, element);
}

/** The newest `capacity` elements pushed; index 0 is the oldest. */
export function ring<const E extends ElementType>(capacity: number, element: E): RingType<E> {
  return new RingType(capacity, element);
}

/** At most `capacity` entries under integer keys or text keys. */
export function map<const K extends KeyType, const E extends ElementType>(capacity: number, key: K, value: E): MapType<K, E> {
  return new MapType(capacity, key, value);
}
