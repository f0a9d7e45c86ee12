/** Puts a schema together from the chunks that a board sends on request, in order. */
export class SchemaFetch {
  #bytes: Uint8Array | undefined;
  /** What to ask for next. */
  nextOffset = 0;

  /** `totalBytes` was bounded when the frame was read. A schema that changes its size half way is begun anew. */
  add(totalBytes: number, offset: number, bytes: Uint8Array, at: number, count: number): void {
    if (this.#bytes === undefined || this.#bytes.length !== totalBytes) {
      this.#bytes = new Uint8Array(totalBytes);
      this.nextOffset = 0;
    }
    if (offset !== this.nextOffset) return;
    this.#bytes.set(bytes.subarray(at, at + count), offset);
    this.nextOffset = offset + count;
  }

  get whole(): Uint8Array | undefined {
    return this.#bytes !== undefined && this.nextOffset === this.#bytes.length ? this.#bytes : undefined;
  }
}
