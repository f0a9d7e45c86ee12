import type { Peeked } from './frame-peek.js';
import { ACK_DONE } from './frame-peek.js';
import { Violation } from './violation.js';

const PAGE_BYTES = 256;
const GRANULE_BYTES = 4;
/** What a run costs beside its data: its head, at most. */
const RUN_HEAD_BYTES = 3;
const WHOLE_PAGE_BYTES = PAGE_BYTES + 2 * RUN_HEAD_BYTES;
/** Distance, flags, end of the stream, check. */
const DELTA_BYTES = 24;
/** What a compressing codec may add to bytes that do not compress. */
const EXPANSION = 1.02;

interface Memory {
  readonly bytes: Uint8Array;
  readonly sizeBytes: number;
}

/**
 * What comes down to one board: a refill, or the rounds of a move. A round takes no more than the pages that the board lacks, however many it
 * has in all (I3: a board that holds pages does not get them again); one that follows another, no more than the bytes that changed (I7).
 */
export class RoundWatch {
  readonly #name: string;
  #memory: Memory | undefined;
  #session = -1;
  #isEntered = false;
  #number = -1;
  #before = new Uint8Array(0);
  readonly #chunks = new Map<number, number>();
  /** Rounds of this session that the board has verified. */
  #done = 0;
  /** A round ended without that: what it left is found by page hashes. */
  #isTorn = false;
  rounds = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** A welcome leaves the host; said again, it changes nothing. The board need not take it: it may answer a hello that is long over. */
  welcomed(session: number): void {
    if (session === this.#session) return;
    this.restart();
    this.#session = session;
  }

  /** What was sent is not known any more. */
  restart(): void {
    this.#session = -1;
    this.#isEntered = false;
    this.#memory = undefined;
    this.#number = -1;
    this.#done = 0;
  }

  /** The board stands in this session. What it holds as it comes in is what the first round is measured against: a guest may have dropped pages. */
  entered(session: number, memory: Memory): void {
    if (this.#isEntered || session !== this.#session) return;
    this.#isEntered = true;
    this.#before = memory.bytes.slice(0, memory.sizeBytes);
  }

  /** A frame of a delta leaves the host; `memory` is what the board has now. */
  sent(delta: Peeked & { readonly kind: 'delta' }, memory: Memory): void {
    if (delta.number !== this.#number || (this.#memory !== undefined && memory !== this.#memory)) {
      this.#isTorn = this.#memory !== undefined || this.#done === 0;
      this.#number = delta.number;
      this.#memory = delta.index === 0 ? memory : undefined;
      if (this.#isEntered) this.#before = memory.bytes.slice(0, memory.sizeBytes);
      this.#chunks.clear();
    }
    this.#chunks.set(delta.index, delta.chunkBytes);
  }

  /** The board answers in this session: it has the whole round, whose content this is. */
  answered(ack: Peeked & { readonly kind: 'ack' }, session: number, content: Uint8Array): void {
    const memory = this.#memory;
    if (memory === undefined || session !== this.#session || ack.number !== this.#number || ack.state !== ACK_DONE) return;
    this.#memory = undefined;
    const bytes = [...this.#chunks.values()].reduce((sum, count) => sum + count, 0);
    const allowed = (DELTA_BYTES + this.#cost(content, memory.sizeBytes)) * EXPANSION;
    this.#done++;
    this.rounds++;
    if (bytes > allowed) {
      const invariant = this.#isTorn ? 'I3' : 'I7';
      throw new Violation(invariant, `round ${this.#done} to ${this.#name} took ${bytes} bytes for a change that takes ${allowed}`);
    }
  }

  #cost(content: Uint8Array, sizeBytes: number): number {
    let bytes = 0;
    for (let from = 0; from < sizeBytes; from += PAGE_BYTES) {
      const pageBytes = this.#changed(content, from, Math.min(from + PAGE_BYTES, sizeBytes));
      bytes += this.#isTorn && pageBytes > 0 ? WHOLE_PAGE_BYTES : pageBytes;
    }
    return bytes;
  }

  /** Bytes that the runs of granules take that differ. */
  #changed(bytes: Uint8Array, from: number, to: number): number {
    let cost = 0;
    let isRun = false;
    for (let at = from; at < to; at += GRANULE_BYTES) {
      let differs = false;
      for (let i = at; i < Math.min(at + GRANULE_BYTES, to); i++) differs ||= bytes[i] !== this.#before[i];
      if (differs) cost += GRANULE_BYTES + (isRun ? 0 : RUN_HEAD_BYTES);
      isRun = differs;
    }
    return cost;
  }
}
