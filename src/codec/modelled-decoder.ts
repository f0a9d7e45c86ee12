import { BAD_PAYLOAD, OK, OUT_OF_RANGE, TRUNCATED } from '../delta/codes.js';
import { FLAG_HISTORY_RESTART } from '../delta/delta-format.js';
import { ContentModel } from './content-model.js';
import { History } from './history.js';
import { MODELLED_CODEC_ID } from './modelled-encoder.js';
import { END, NextModel } from './next-model.js';
import type { PayloadDecoder, RunTarget } from './payload.js';
import { DECODE_AHEAD_BYTES, LOOKAHEAD_BYTES, RangeDecoder } from './range-decoder.js';

/** Granules of the largest state: an address beyond is none. */
const GRANULE_COUNT_MAX = 1 << 22;

/** Decodes modelled streams, granule by granule. An address past the state ends it, so no stream yields more than one state. */
export class ModelledDecoder implements PayloadDecoder {
  readonly id = MODELLED_CODEC_ID;
  readonly history = new History();
  consumedBytes = 0;
  ended = true;
  surplusCount = 0;
  readonly #coder = new RangeDecoder(this.history.probabilities);
  readonly #next = new NextModel(this.history, this.#coder);
  readonly #content = new ContentModel(this.history, this.#coder);
  readonly #word = new Int32Array(1);
  readonly #granule = new Uint8Array(this.#word.buffer);
  #target: RunTarget | undefined;
  #hasStarted = false;
  #code = OK;

  begin(target: RunTarget, flags: number): void {
    this.#target = target;
    this.follow(flags);
    this.#code = this.history.isShared ? OK : BAD_PAYLOAD;
    this.#coder.begin();
    this.#next.begin();
    this.#content.begin();
    this.#hasStarted = this.ended = false;
    this.surplusCount = 0;
  }

  /** Starts the history anew if a stream's flags say so, whatever codec the stream is in. */
  follow(flags: number): void {
    if ((flags & FLAG_HISTORY_RESTART) === 0) return;
    this.history.restart();
    this.#next.restart();
    this.#content.restart();
  }

  consume(bytes: Uint8Array, at: number, count: number): number {
    const end = at + count;
    let from = at;
    while (this.#code === OK && !this.ended && from < end) {
      from += this.#coder.put(bytes, from, end - from);
      while (this.#code === OK && !this.ended && this.#coder.leftBytes >= DECODE_AHEAD_BYTES) this.#step();
    }
    this.consumedBytes = from - at;
    return this.#code;
  }

  finish(): number {
    while (this.#code === OK && !this.ended) {
      this.#step();
      if (this.#coder.leftBytes < -LOOKAHEAD_BYTES) this.#fail(TRUNCATED);
    }
    return this.#code;
  }

  surplusByte(index: number): number {
    return this.#coder.byteAfterEnd(index);
  }

  forget(): void {
    this.history.isShared = false;
  }

  #fail(code: number): void {
    this.#code = code;
    this.ended = false;
    this.forget();
  }

  #step(): void {
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      this.#coder.start();
    }
    const address = this.#next.code(0);
    if (address === END) {
      this.#coder.finish();
      this.ended = true;
      this.surplusCount = Math.max(0, this.#coder.leftBytes + LOOKAHEAD_BYTES);
    } else if (address >= GRANULE_COUNT_MAX) {
      this.#fail(OUT_OF_RANGE);
    } else {
      this.#word[0] = this.#content.code(address, 0);
      if (this.#target!.open(address << 2, 4)) this.#target!.put(this.#granule, 0, 4);
      else this.#fail(this.#target!.refusal);
    }
  }
}
