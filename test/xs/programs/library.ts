// A small library as one would preload it: classes with private state, a table, functions that use each other.
export const TABLE = new Uint32Array(256);
for (let index = 0; index < 256; index++) {
  let word = index;
  for (let bit = 0; bit < 8; bit++) word = (word & 1) !== 0 ? (word >>> 1) ^ 0xedb88320 : word >>> 1;
  TABLE[index] = word >>> 0;
}

export function crc32(bytes: Uint8Array): number {
  let word = 0xffffffff;
  for (let index = 0; index < bytes.length; index++) word = TABLE[(word ^ bytes[index]!) & 255]! ^ (word >>> 8);
  return ~word >>> 0;
}

let instanceCount = 0;

export class Ring {
  readonly #values: Float64Array;
  #start = 0;
  #length = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
    instanceCount++;
  }

  static get instanceCount(): number {
    return instanceCount;
  }

  push(value: number): boolean {
    if (this.#length === this.#values.length) return false;
    this.#values[(this.#start + this.#length++) % this.#values.length] = value;
    return true;
  }

  shift(): number | undefined {
    if (this.#length === 0) return undefined;
    const value = this.#values[this.#start];
    this.#start = (this.#start + 1) % this.#values.length;
    this.#length--;
    return value;
  }
}
