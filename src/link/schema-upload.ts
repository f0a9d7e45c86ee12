import { KIND_SCHEMA } from '../wire/constants.js';
import type { FrameBuilder } from '../wire/frame-builder.js';

export const SCHEMA_CHUNK_BYTES = 240;
const NONE = -1;

/** Sends the schema piece by piece, each on request: the host asks again for what was lost. */
export class SchemaUpload {
  readonly #bytes: Uint8Array | undefined;
  #offset = NONE;

  constructor(bytes: Uint8Array | undefined) {
    this.#bytes = bytes;
  }

  /** False: there is no schema, or it has no such offset. */
  request(offset: number): boolean {
    if (this.#bytes === undefined || offset >= this.#bytes.length) return false;
    this.#offset = offset;
    return true;
  }

  get pending(): boolean {
    return this.#offset !== NONE;
  }

  build(builder: FrameBuilder): void {
    const bytes = this.#bytes!;
    const count = Math.min(SCHEMA_CHUNK_BYTES, bytes.length - this.#offset);
    builder.begin(KIND_SCHEMA);
    builder.varint(bytes.length);
    builder.varint(this.#offset);
    builder.copyFrom(bytes, this.#offset, count);
    this.#offset = NONE;
  }
}
