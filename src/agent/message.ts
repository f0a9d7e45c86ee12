import { decodeUtf8 } from '../state/utf8.js';

/** The message of the current turn. It is reused: what should last is copied into the state. */
export class Message {
  /** 1 and up, in the order in which the host accepted them. */
  number = 0;
  length = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** For the runtime: lends the bytes of a frame for one turn. */
  lend(number: number, bytes: Uint8Array, at: number, count: number): void {
    this.number = number;
    this.length = count;
    this.#bytes = bytes;
    this.#at = at;
  }

  /** @throws RangeError for an index outside the message */
  byteAt(index: number): number {
    if (index >>> 0 !== index || index >= this.length) throw new RangeError(`message: index ${index} is outside its ${this.length} bytes`);
    return this.#bytes[this.#at + index]!;
  }

  /**
   * Copies the message to `target` from `at` on.
   * @returns the bytes copied
   * @throws RangeError if they do not fit
   */
  read(target: Uint8Array, at = 0): number {
    if (!(Number.isInteger(at) && at >= 0 && at + this.length <= target.length)) {
      throw new RangeError(`message: ${this.length} bytes do not fit into ${target.length} at ${at}`);
    }
    for (let index = 0; index < this.length; index++) target[at + index] = this.#bytes[this.#at + index]!;
    return this.length;
  }

  /** The message as UTF-8 text; a new string at each call. */
  text(): string {
    return decodeUtf8(this.#bytes, this.#at, this.length);
  }
}
