import { expect } from 'vitest';
import type { PayloadDecoder, PayloadEncoder } from '../../../src/codec/payload.js';
import { OK } from '../../../src/delta/codes.js';
import { DeltaSink } from '../../../src/delta/delta-sink.js';
import { DeltaSource } from '../../../src/delta/delta-source.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { StagedTarget } from '../../../src/delta/staged-target.js';
import { StateRebuilder } from '../../../src/delta/state-rebuilder.js';
import { StoredRecord } from '../../../src/delta/stored-record.js';
import type { MemoryOptions } from '../../../src/memory/memory-layout.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { digestOf, sameBytes } from '../memory/model.js';

export type PairStep =
  | { readonly kind: 'write'; readonly place: number; readonly bytes: readonly number[] }
  | { readonly kind: 'begin'; readonly distance: number }
  | { readonly kind: 'stream'; readonly limit: number; readonly isCorrupt: boolean; readonly bit: number }
  | { readonly kind: 'tear'; readonly isKept: boolean }
  | { readonly kind: 'end'; readonly isLost: boolean };

/** Both ends of a codec. */
export interface Codec {
  /** No two streams mean the same. The last bytes of a range coder's stream may change and still do. */
  readonly isCanonical: boolean;
  encoder(): PayloadEncoder;
  decoders(): readonly PayloadDecoder[];
}

/** A board and a host that holds its head, its staged pages and a rebuilt copy; a step is what the link or the agent does. */
export class Pair {
  readonly board: PageMemory;
  readonly head: PageMemory;
  readonly pool: PagePool;
  readonly rebuilt: StateRebuilder;
  readonly #source: DeltaSource;
  readonly #target: StagedTarget;
  readonly #sink: DeltaSink;
  readonly #record: StoredRecord;
  readonly #piece = new Uint8Array(300);
  readonly #isCanonical: boolean;
  readonly state: Uint8Array;
  #captured = new Uint8Array(0);
  #headCopy: Uint8Array;
  #sequence = 0;
  /** A frame of the delta in flight was changed on its way. */
  #isSpoiled = false;
  #keepStaged = false;
  readonly #trusted = new Set<number>();
  readonly counts = { applied: 0, aborted: 0, torn: 0, kept: 0, refused: 0, lostAcknowledgement: 0 };

  constructor(options: MemoryOptions, cellCount: number, codec: Codec) {
    this.#isCanonical = codec.isCanonical;
    this.board = new PageMemory(options);
    this.head = new PageMemory({ sizeBytes: options.sizeBytes, maskCount: 0, copyCount: 0 });
    this.pool = new PagePool(cellCount);
    this.#source = new DeltaSource(this.board, [codec.encoder()]);
    this.#target = new StagedTarget(this.head, this.pool);
    this.#sink = new DeltaSink(this.#target, codec.decoders());
    this.#record = new StoredRecord(this.#target);
    this.state = new Uint8Array(options.sizeBytes);
    this.#headCopy = this.state.slice();
    this.rebuilt = new StateRebuilder(this.state.slice());
  }

  run(step: PairStep): void {
    if (step.kind === 'write') this.#write(step.place, step.bytes);
    else if (step.kind === 'begin') this.#begin(step.distance);
    else if (step.kind === 'stream') this.#stream(step.limit, step.isCorrupt, step.bit);
    else if (step.kind === 'tear') this.#tear(step.isKept);
    else this.#end(step.isLost);
    if (!sameBytes(this.#headCopy, this.head.bytes)) throw new Error('I6: the head changed without a verified delta');
  }

  /** Sends until nothing is dirty. */
  drain(): void {
    this.#tear(false);
    for (this.run({ kind: 'begin', distance: 1 }); this.#source.active; this.run({ kind: 'end', isLost: false })) {
      this.run({ kind: 'stream', limit: 300, isCorrupt: false, bit: 0 });
    }
    expect(sameBytes(this.state, this.head.bytes)).toBe(true);
    expect(this.head.digest).toBe(digestOf(this.state));
    expect(this.board.digest).toBe(this.head.digest);
    expect(this.rebuilt.digest()).toBe(this.head.digest);
    expect(this.pool.freeCount).toBe(this.pool.cellCount);
  }

  #write(place: number, bytes: readonly number[]): void {
    const offset = place % (this.state.length + 1);
    const part = Uint8Array.from(bytes.slice(0, this.state.length - offset));
    this.state.set(part, offset);
    this.board.write(offset, part, 0, part.length);
    if (this.#source.aborted) {
      this.counts.aborted++;
      this.#tear(false);
    }
  }

  #begin(distance: number): void {
    if (this.#source.active) return;
    if (!this.#source.begin(3, 7, this.#sequence, this.#sequence + distance, this.#keepStaged)) return;
    this.#captured = this.state.slice();
    this.#isSpoiled = false;
    this.#sink.begin(3, 7, this.#sequence, this.#keepStaged);
    this.#keepStaged = false;
  }

  #stream(limit: number, isCorrupt: boolean, bit: number): void {
    const count = this.#source.produce(this.#piece, 0, limit);
    if (isCorrupt && count > 0) {
      this.#piece[(bit >>> 3) % count]! ^= 1 << (bit & 7);
      this.#isSpoiled = true;
    }
    const code = this.#sink.consume(this.#piece, 0, count);
    if (code !== OK && this.#source.active && !this.#isSpoiled) throw new Error(`refused a right delta: ${code}`);
  }

  /** The link dies: the marks come back; the host forgets what it staged, or keeps what agrees with the board's page hashes. */
  #tear(isKept: boolean): void {
    if (!this.#source.active) return;
    this.counts.torn++;
    this.#source.bringBack();
    for (const page of this.#trusted) this.board.markPageDirty(page);
    this.#trusted.clear();
    if (!isKept || this.#isSpoiled) {
      this.#sink.drop();
      return;
    }
    this.#sink.suspend();
    this.#keepStaged = true;
    for (let page = 0; page < this.head.pageCount; page++) this.#reconcile(page);
  }

  /** What the link does on a resume: both sides agree, page by page, on what need not be sent again. Until a delta says so durably,
   * the board remembers which pages these were: should the host lose them, they are dirty again. */
  #reconcile(page: number): void {
    const staged = this.#target.stagedHash(page);
    if (staged < 0) return;
    if (staged === this.board.currentHash(page)) {
      this.board.settlePage(page);
      this.#trusted.add(page);
      this.counts.kept++;
      return;
    }
    this.#target.dropPage(page);
    this.board.markPageDirty(page);
  }

  #end(isLost: boolean): void {
    if (!this.#source.finished) return;
    const code = this.#sink.finish();
    if (code !== OK) {
      expect(this.#isSpoiled).toBe(true);
      this.counts.refused++;
      this.#tear(false);
      return;
    }
    expect(this.#isSpoiled && this.#isCanonical).toBe(false);
    expect(this.#source.digest).toBe(this.#sink.digest);
    this.#keepRecord();
    this.#sink.apply();
    this.#sequence = this.#sink.sequence;
    this.#headCopy = this.#captured;
    expect(sameBytes(this.#captured, this.head.bytes)).toBe(true);
    expect(this.head.digest).toBe(digestOf(this.#captured));
    this.counts.applied++;
    this.#trusted.clear();
    if (isLost) this.counts.lostAcknowledgement++;
    // A lost acknowledgement is made up by the next answer that names the head; or else the marks come back and are sent again.
    if (isLost) this.#source.bringBack();
    else this.#source.acknowledge();
  }

  #keepRecord(): void {
    const sizeBytes = this.#record.begin(this.#target);
    const record = new Uint8Array(sizeBytes + 2);
    let at = 1;
    while (!this.#record.done) at += this.#record.produce(record, at, 1 + (at % 7));
    expect(at).toBe(sizeBytes + 1);
    expect(this.rebuilt.apply(record, 1, sizeBytes)).toBe(OK);
    expect(sameBytes(this.#captured, this.rebuilt.state)).toBe(true);
  }
}
