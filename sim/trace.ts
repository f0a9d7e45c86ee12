/** A running hash of everything that happened: two runs with one seed must end with the same one (I8). */
export class Trace {
  #low = 0x811c9dc5;
  #high = 0x01000193;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  number(value: number): void {
    this.#low = Math.imul(this.#low ^ (value | 0), 0x01000193);
    this.#high = Math.imul(this.#high ^ (value / 65536) ^ (this.#low >>> 13), 0x85ebca6b);
  }

  /** One event: when, what kind, and the bytes it carried. */
  event(nowMs: number, kind: number, bytes?: Uint8Array, at = 0, count = 0): void {
    this.#count++;
    this.number(nowMs * 1000);
    this.number(kind);
    this.number(count);
    if (bytes !== undefined) for (let i = at; i < at + count; i++) this.number(bytes[i]!);
  }

  hash(): string {
    return (this.#high >>> 0).toString(16).padStart(8, '0') + (this.#low >>> 0).toString(16).padStart(8, '0');
  }
}
