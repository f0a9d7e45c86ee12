import type { Peeked } from './frame-peek.js';

/** Adds up what the deltas of one board take on the wire, each frame once, however often it is sent. */
export class DeltaSizes {
  deltas = 0;
  /** Frames in order that the host has told the board of. */
  framesInOrder = 0;
  #session = -1;
  #number = -1;
  readonly #chunks = new Map<number, number>();
  #bytes = 0;

  /** Bytes of the delta that this frame belongs to, so far. */
  add(session: number, delta: Peeked & { readonly kind: 'delta' }): number {
    if (session !== this.#session || delta.number !== this.#number) {
      this.#session = session;
      this.#number = delta.number;
      this.#chunks.clear();
      this.#bytes = 0;
      this.framesInOrder = 0;
      this.deltas++;
    }
    if (!this.#chunks.has(delta.index)) {
      this.#chunks.set(delta.index, delta.chunkBytes);
      this.#bytes += delta.chunkBytes;
    }
    return this.#bytes;
  }

  acknowledged(session: number, number: number, framesInOrder: number): void {
    if (session === this.#session && number === this.#number) this.framesInOrder = Math.max(this.framesInOrder, framesInOrder);
  }
}
