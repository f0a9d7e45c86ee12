import type { ScalarKind } from './types.js';

// Where each field lies, as plain objects; planner.ts computes them.

export interface ScalarLayout {
  readonly kind: ScalarKind;
  readonly sizeBytes: number;
  readonly alignBytes: number;
}

/** Text or bytes: the length in use (1 byte up to a capacity of 255, else 2), then `capacityBytes` bytes. */
export interface BlobLayout {
  readonly kind: 'text' | 'bytes';
  readonly sizeBytes: number;
  readonly alignBytes: number;
  readonly capacityBytes: number;
}

export interface FieldLayout {
  readonly name: string;
  /** From the start of the record. */
  readonly offset: number;
  readonly layout: TypeLayout;
}

export interface RecordLayout {
  readonly kind: 'record';
  readonly sizeBytes: number;
  readonly alignBytes: number;
  /** In declared order. */
  readonly fields: readonly FieldLayout[];
}

export interface ArrayLayout {
  readonly kind: 'array';
  readonly sizeBytes: number;
  readonly alignBytes: number;
  readonly capacity: number;
  readonly element: TypeLayout;
}

/** Elements, then the index of the next push, then the number of elements in use. */
export interface RingLayout {
  readonly kind: 'ring';
  readonly sizeBytes: number;
  readonly alignBytes: number;
  readonly capacity: number;
  readonly element: TypeLayout;
  readonly indexBytes: number;
  readonly nextOffset: number;
  readonly lengthOffset: number;
}

/** Entries {link, key, value}, then the buckets, then the number of entries in use. */
export interface MapLayout {
  readonly kind: 'map';
  readonly sizeBytes: number;
  readonly alignBytes: number;
  readonly capacity: number;
  readonly key: TypeLayout;
  readonly value: TypeLayout;
  readonly entryBytes: number;
  readonly linkOffset: number;
  readonly keyOffset: number;
  readonly valueOffset: number;
  readonly indexBytes: number;
  readonly bucketCount: number;
  readonly bucketsOffset: number;
  readonly lengthOffset: number;
}

export type TypeLayout = ScalarLayout | BlobLayout | RecordLayout | ArrayLayout | RingLayout | MapLayout;
