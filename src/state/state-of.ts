import type { RecordArray, RecordRing, ValueArray, ValueRing } from './array.js';
import type { BytesColumn, BytesField } from './bytes.js';
import type { Column } from './elements.js';
import type { RecordMap, ValueMap } from './map.js';
import type { ArrayType, BytesType, ElementType, MapType, RingType, ScalarType, TextType, ValueType } from './types.js';

// The author's view of a schema as types. Mapped object types only: their cost grows with the number of fields, not with depth.

export type ValueOf<T> = T extends TextType ? string : T extends ScalarType<infer K> ? (K extends 'bool' ? boolean : number) : never;

/** One accessor per field of a record of a container; bytes and nested records included. */
export type ColumnsOf<R> = {
  readonly [N in keyof R]: R[N] extends ValueType ? Column<ValueOf<R[N]>> : R[N] extends BytesType ? BytesColumn : ColumnsOf<R[N]>;
};

export type ArrayOf<E> = E extends ValueType ? ValueArray<ValueOf<E>> : RecordArray & ColumnsOf<E>;
export type RingOf<E> = E extends ValueType ? ValueRing<ValueOf<E>> : RecordRing & ColumnsOf<E>;
export type MapOf<K, E> = E extends ValueType ? ValueMap<ValueOf<K>, ValueOf<E>> : RecordMap<ValueOf<K>> & ColumnsOf<E>;

type FieldOf<T> = T extends ValueType
  ? ValueOf<T>
  : T extends BytesType
    ? BytesField
    : T extends ArrayType<infer E>
      ? ArrayOf<E>
      : T extends RingType<infer E>
        ? RingOf<E>
        : T extends MapType<infer K, infer E extends ElementType>
          ? MapOf<K, E>
          : StateOf<T>;

/** A typed state: values are assignable properties, everything else is a read-only accessor. */
export type StateOf<S> = {
  -readonly [N in keyof S as S[N] extends ValueType ? N : never]: FieldOf<S[N]>;
} & {
  readonly [N in keyof S as S[N] extends ValueType ? never : N]: FieldOf<S[N]>;
};
