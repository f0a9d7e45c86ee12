import { ERROR_TEXT_BYTES_MAX, KIND_ERROR } from '../wire/constants.js';
import type { FrameBuilder } from '../wire/frame-builder.js';

/** One report for the host's operator that waits for the link; a newer one takes its place. */
export class ReportCell {
  readonly #text = new Uint8Array(ERROR_TEXT_BYTES_MAX);
  #code = 0;
  #textBytes = 0;

  get pending(): boolean {
    return this.#code !== 0;
  }

  put(code: number, bytes: Uint8Array, at: number, count: number): void {
    this.#code = code;
    this.#textBytes = Math.min(count, ERROR_TEXT_BYTES_MAX);
    for (let index = 0; index < this.#textBytes; index++) this.#text[index] = bytes[at + index]!;
  }

  build(builder: FrameBuilder): void {
    builder.begin(KIND_ERROR);
    builder.u8(this.#code);
    builder.copyFrom(this.#text, 0, this.#textBytes);
    this.#code = 0;
  }
}
