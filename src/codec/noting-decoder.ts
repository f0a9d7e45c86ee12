import { HISTORY_BYTES, type History } from './history.js';
import type { ModelledDecoder } from './modelled-decoder.js';
import type { PayloadDecoder, RunTarget } from './payload.js';
import { STORED_CODEC_ID, StoredDecoder } from './stored.js';

const POSITION_MASK = HISTORY_BYTES - 1;

/** Hands runs on to a target, and notes them in a history. */
class NotingTarget implements RunTarget {
  readonly #history: History;
  #target: RunTarget | undefined;
  #offset = 0;

  constructor(history: History) {
    this.#history = history;
  }

  begin(target: RunTarget): void {
    this.#target = target;
  }

  get refusal(): number {
    return this.#target!.refusal;
  }

  open(offset: number, length: number): boolean {
    if (!this.#target!.open(offset, length)) return false;
    this.#offset = offset;
    for (let i = 0; i < length; i += 4) this.#history.noteAddress((offset + i) >>> 2);
    return true;
  }

  put(bytes: Uint8Array, at: number, count: number): void {
    this.#target!.put(bytes, at, count);
    const values = this.#history.values;
    for (let i = 0; i < count; i++) values[this.#offset++ & POSITION_MASK] = bytes[at + i]!;
  }

  oldByte(offset: number): number {
    return this.#target!.oldByte(offset);
  }

  oldWord(offset: number): number {
    return this.#target!.oldWord(offset);
  }
}

/** The stored codec's decoder beside a modelled one: what arrives stored is noted in the history that they share. */
export class NotingDecoder implements PayloadDecoder {
  readonly id = STORED_CODEC_ID;
  readonly #modelled: ModelledDecoder;
  readonly #stored = new StoredDecoder();
  readonly #target: NotingTarget;

  constructor(modelled: ModelledDecoder) {
    this.#modelled = modelled;
    this.#target = new NotingTarget(modelled.history);
  }

  begin(target: RunTarget, flags: number): void {
    this.#modelled.follow(flags);
    this.#target.begin(target);
    this.#stored.begin(this.#target, flags);
  }

  consume(bytes: Uint8Array, at: number, count: number): number {
    return this.#stored.consume(bytes, at, count);
  }

  finish(): number {
    return this.#stored.finish();
  }

  get consumedBytes(): number {
    return this.#stored.consumedBytes;
  }

  get ended(): boolean {
    return this.#stored.ended;
  }

  get surplusCount(): number {
    return this.#stored.surplusCount;
  }

  surplusByte(index: number): number {
    return this.#stored.surplusByte(index);
  }

  forget(): void {
    this.#modelled.forget();
  }
}

/** What a sink needs to read from an `AdaptiveEncoder`, in the order of their ids. */
export function adaptiveDecoders(modelled: ModelledDecoder): readonly PayloadDecoder[] {
  return [new NotingDecoder(modelled), modelled];
}
