/** The stores of PageMemory without what marks them. */
export class PlainMemory {
  readonly #words: Int32Array;
  readonly #halves: Uint16Array;
  readonly bytes: Uint8Array;

  constructor(sizeBytes: number) {
    this.#words = new Int32Array((sizeBytes + 3) >>> 2);
    this.#halves = new Uint16Array(this.#words.buffer);
    this.bytes = new Uint8Array(this.#words.buffer, 0, sizeBytes);
  }

  setU32(offset: number, value: number): void {
    this.#words[offset >>> 2] = value;
  }

  setU16(offset: number, value: number): void {
    this.#halves[offset >>> 1] = value;
  }

  setU8(offset: number, value: number): void {
    this.bytes[offset] = value;
  }
}
