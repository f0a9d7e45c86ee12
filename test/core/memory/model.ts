import { expect } from 'vitest';
import type { MemoryOptions } from '../../../src/memory/memory-layout.js';
import { PageMemory } from '../../../src/memory/page-memory.js';

/** `expect` for what is checked thousands of times a run. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

export function sameBytes(a: Uint8Array, b: Uint8Array, count = a.length): boolean {
  for (let i = 0; i < count; i++) if (a[i] !== b[i]) return false;
  return true;
}

export type Step =
  | { readonly kind: 'store'; readonly width: 1 | 2 | 4; readonly place: number; readonly value: number }
  | { readonly kind: 'write'; readonly place: number; readonly bytes: readonly number[] }
  | { readonly kind: 'markRange'; readonly place: number; readonly length: number }
  | { readonly kind: 'markPage'; readonly page: number }
  | { readonly kind: 'capture' }
  | { readonly kind: 'readRuns'; readonly count: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'bringBack' }
  | { readonly kind: 'scrub'; readonly count: number };

/**
 * A page memory next to a plain byte array and Sets of granules, with a receiver that only knows what runs told it.
 * Every step is done on both, and every promise of the memory is checked by comparing bytes.
 */
export class MemoryModel {
  readonly memory: PageMemory;
  readonly state: Uint8Array;
  /** What the receiver holds: the last released capture. */
  readonly head: Uint8Array;
  collecting = new Set<number>();
  flight = new Set<number>();
  /** The state at the capture in flight, what its runs said so far, and which granules they covered. */
  captured: Uint8Array | undefined;
  staged: Uint8Array;
  covered = new Set<number>();
  abortCount = 0;
  /** No pool can run dry: marks are exact, and no capture aborts. */
  readonly isRoomy: boolean;
  #sizeBytes: number;
  #runEnd = 0;

  constructor(options: MemoryOptions, isRoomy: boolean) {
    this.memory = new PageMemory(options);
    this.#sizeBytes = options.sizeBytes;
    this.state = new Uint8Array(options.sizeBytes);
    this.head = new Uint8Array(options.sizeBytes);
    this.staged = this.head.slice();
    this.isRoomy = isRoomy;
  }

  run(step: Step): void {
    switch (step.kind) {
      case 'store':
        this.#store(step.width, step.place, step.value);
        break;
      case 'write': {
        const offset = step.place % (this.#sizeBytes + 1);
        const bytes = step.bytes.slice(0, this.#sizeBytes - offset);
        for (let i = 0; i < bytes.length; i++) this.#change(offset + i, bytes[i]!);
        this.memory.write(offset, Uint8Array.from([9, ...bytes]), 1, bytes.length);
        break;
      }
      case 'markRange': {
        const offset = step.place % (this.#sizeBytes + 1);
        const length = Math.min(step.length, this.#sizeBytes - offset);
        for (let i = offset; i < offset + length; i++) this.collecting.add(i >>> 2);
        this.memory.markRangeDirty(offset, length);
        break;
      }
      case 'markPage': {
        const page = step.page % this.memory.pageCount;
        for (let g = page * 64; g < (page + 1) * 64 && g * 4 < this.#sizeBytes; g++) this.collecting.add(g);
        this.memory.markPageDirty(page);
        break;
      }
      case 'capture':
        this.#capture();
        break;
      case 'readRuns':
        for (let i = 0; i < step.count && this.#readRun(); i++);
        break;
      case 'release':
        if (this.captured !== undefined && this.memory.runs.finished) this.#release();
        break;
      case 'bringBack':
        this.memory.bringBack();
        this.#marksComeBack();
        break;
      case 'scrub':
        expect(this.memory.scrub(step.count)).toBe(0);
        break;
    }
    this.#noticeAbort();
    this.#check();
  }

  /** Sends captures until nothing is dirty: the receiver must then hold the state. */
  drain(): void {
    this.run({ kind: 'readRuns', count: 1e9 });
    this.run({ kind: 'release' });
    this.run({ kind: 'capture' });
    this.run({ kind: 'readRuns', count: 1e9 });
    this.run({ kind: 'release' });
    expect(this.memory.dirtyPageCount).toBe(0);
    must(sameBytes(this.head, this.state), 'the receiver does not hold the state');
    expect(this.memory.digest).toBe(digestOf(this.state));
  }

  #store(width: 1 | 2 | 4, place: number, value: number): void {
    const offset = (place - (place % width)) % (this.#sizeBytes - (this.#sizeBytes % width) || 1);
    if (offset + width > this.#sizeBytes) return;
    for (let i = 0; i < width; i++) this.#change(offset + i, (value >>> (8 * i)) & 0xff);
    if (width === 1) this.memory.setU8(offset, value);
    else if (width === 2) this.memory.setU16(offset, value);
    else this.memory.setU32(offset, value);
  }

  #change(offset: number, byte: number): void {
    if (this.state[offset] === byte) return;
    this.state[offset] = byte;
    this.collecting.add(offset >>> 2);
  }

  #capture(): void {
    const wanted = this.captured === undefined && this.collecting.size > 0;
    expect(this.memory.capture()).toBe(wanted);
    if (!wanted) return;
    this.flight = this.collecting;
    this.collecting = new Set();
    this.captured = this.state.slice();
    this.staged = this.head.slice();
    this.covered.clear();
    this.#runEnd = 0;
    expect(this.memory.captureAborted).toBe(false);
  }

  /** I1: whatever a run says is the content at the capture. */
  #readRun(): boolean {
    const runs = this.memory.runs;
    if (!runs.next()) return false;
    must((runs.offset | runs.length) % 4 === 0 && runs.length > 0, 'a run is not whole granules');
    must(runs.offset >>> 8 === (runs.offset + runs.length - 1) >>> 8, 'a run crosses a page');
    must(runs.offset >= this.#runEnd, 'runs do not ascend');
    this.#runEnd = runs.offset + runs.length;
    for (let i = 0; i < runs.length; i++) {
      const byte = runs.bytes[runs.at + i]!;
      const offset = runs.offset + i;
      this.covered.add(offset >>> 2);
      must(byte === (this.captured![offset] ?? 0), `the byte at ${offset} is not that of the capture`);
      if (offset < this.#sizeBytes) this.staged[offset] = byte;
    }
    return true;
  }

  #release(): void {
    must(sameBytes(this.staged, this.captured!), 'I1: the runs do not make the captured state');
    expect(this.memory.runs.digest).toBe(digestOf(this.captured!));
    for (const granule of this.flight) must(this.covered.has(granule), `granule ${granule} was not sent`);
    if (this.isRoomy) expect(this.covered.size).toBe(this.flight.size);
    this.memory.release();
    this.head.set(this.captured!);
    this.captured = undefined;
    this.flight = new Set();
  }

  #marksComeBack(): void {
    for (const granule of this.flight) this.collecting.add(granule);
    this.flight = new Set();
    this.captured = undefined;
  }

  #noticeAbort(): void {
    if (this.captured === undefined || this.memory.captureActive) return;
    expect(this.memory.captureAborted).toBe(true);
    expect(this.isRoomy).toBe(false);
    this.abortCount++;
    this.#marksComeBack();
  }

  #check(): void {
    must(sameBytes(this.state, this.memory.bytes), 'the state differs');
    must(this.memory.captureActive === (this.captured !== undefined), 'captureActive');
    const pages = new Set<number>();
    for (const granule of this.collecting) pages.add(granule >>> 6);
    must(this.memory.dirtyPageCount === pages.size, 'dirtyPageCount');
    for (let page = 0; page < this.memory.pageCount; page++)
      must(this.memory.isPageDirty(page) === pages.has(page), `isPageDirty(${page})`);
  }
}

/** Digest of `state` by a memory that was never written to in any other way. */
export function digestOf(state: Uint8Array): number {
  const memory = new PageMemory({ sizeBytes: state.length, maskCount: 0, copyCount: 0 });
  memory.load(0, state, 0, state.length);
  return memory.digest;
}
