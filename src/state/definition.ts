import { Access, type StateMemory } from './access.js';
import { fingerprintOf } from './fingerprint.js';
import type { RecordLayout, TypeLayout } from './layout.js';
import { MAX_PREAMBLE_BYTES } from './limits.js';
import { planLayout } from './planner.js';
import { encodeSchema } from './schema-encode.js';
import { RecordShape } from './shape.js';
import type { StateOf } from './state-of.js';
import type { Schema } from './types.js';

/** A schema worked out: where everything lies, its identity, and the prototypes of its accessors. Make it once, at module level. */
// biome-ignore lint/suspicious/noExplicitAny: any definition, whatever its schema
export class StateDefinition<S extends Schema = any> {
  readonly schema: S;
  readonly layout: RecordLayout;
  /** The state's first byte in the memory. */
  readonly baseOffset: number;
  /** Bytes the memory must have: base offset and state together. */
  readonly sizeBytes: number;
  readonly schemaBytes: Uint8Array;
  /** 8 bytes: equal if names, types and offsets are equal. */
  readonly fingerprint: Uint8Array;
  readonly #shape: RecordShape;
  readonly #scratchBytes: number;

  /**
   * @param baseOffset a multiple of 8
   * @param preamble at most 1024 bytes that describe what lies before the state; part of the schema's bytes
   * @throws RangeError or TypeError naming the field that breaks a rule
   */
  constructor(schema: S, baseOffset = 0, preamble: Uint8Array = new Uint8Array(0)) {
    if (!Number.isInteger(baseOffset) || baseOffset < 0 || baseOffset % 8 !== 0) {
      throw new RangeError(`baseOffset is a multiple of 8, not ${baseOffset}`);
    }
    if (preamble.length > MAX_PREAMBLE_BYTES)
      throw new RangeError(`preamble: ${preamble.length} bytes are more than ${MAX_PREAMBLE_BYTES}`);
    this.schema = schema;
    this.layout = planLayout(schema, baseOffset);
    this.baseOffset = baseOffset;
    this.sizeBytes = baseOffset + this.layout.sizeBytes;
    this.schemaBytes = encodeSchema(this.layout, baseOffset, preamble);
    this.fingerprint = fingerprintOf(this.schemaBytes);
    this.#shape = new RecordShape('', this.layout, baseOffset);
    this.#scratchBytes = scratchBytesFor(this.layout);
  }

  /** Joins the accessors to a memory. @throws RangeError if the memory is too small */
  create(memory: StateMemory): StateOf<S> {
    if (memory.sizeBytes < this.sizeBytes) {
      throw new RangeError(`the state needs ${this.sizeBytes} bytes, the memory has ${memory.sizeBytes}`);
    }
    return this.#shape.create(new Access(memory, this.#scratchBytes)) as StateOf<S>;
  }
}

/** Bytes of the largest text and the largest map entry. */
function scratchBytesFor(layout: TypeLayout): number {
  switch (layout.kind) {
    case 'text':
      return layout.capacityBytes;
    case 'record':
      return layout.fields.reduce((largest, field) => Math.max(largest, scratchBytesFor(field.layout)), 0);
    case 'array':
    case 'ring':
      return scratchBytesFor(layout.element);
    case 'map':
      return layout.entryBytes;
    default:
      return 0;
  }
}

export function defineState<const S extends Schema>(schema: S, baseOffset?: number, preamble?: Uint8Array): StateDefinition<S> {
  return new StateDefinition(schema, baseOffset, preamble);
}

/**
 * A typed state over a memory.
 * @throws RangeError or TypeError for a schema that breaks a rule or a memory that is too small
 */
export function createState<const S extends Schema>(schema: S, memory: StateMemory): StateOf<S> {
  return new StateDefinition(schema).create(memory);
}
