import {
  CLOCK_HIGH_OFFSET,
  CLOCK_LOW_OFFSET,
  ENTRY_HEADER_BYTES,
  INPUT_HIGH_OFFSET,
  INPUT_LOW_OFFSET,
  MAX_OUTPUT_RING_BYTES,
  MAX_RECORD_BYTES,
  MAX_TIMERS,
  RESERVED_OFFSET,
  RING_START_OFFSET,
  RING_USED_OFFSET,
  RING_WORDS_OFFSET,
  RUNTIME_MAGIC,
  ringOffset,
  runtimeBytes,
  TIMER_BYTES,
  TIMER_COUNT_OFFSET,
  TIMERS_OFFSET,
  TWO_32,
} from './runtime-layout.js';

/**
 * Reads the runtime block of a state that came from elsewhere, allocating nothing:
 *
 *     if (reader.open(state)) while (reader.nextOutput()) release(reader.sequence, reader.index, ...)
 */
export class RuntimeReader {
  /** Of the current output: the commit that made it, its index there, and the bytes of its record. */
  sequence = 0;
  index = 0;
  recordBytes = 0;
  timerCount = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #ringOffset = 0;
  #ringBytes = 0;
  #position = 0;
  #leftBytes = 0;

  /** False: these bytes do not start with a runtime block. */
  open(bytes: Uint8Array): boolean {
    this.#bytes = bytes;
    this.#leftBytes = 0;
    if (bytes.length < TIMERS_OFFSET || this.#u32(0) !== RUNTIME_MAGIC || bytes[RESERVED_OFFSET] !== 0) return false;
    this.timerCount = bytes[TIMER_COUNT_OFFSET]!;
    this.#ringBytes = this.#u16(RING_WORDS_OFFSET) * 4;
    this.#ringOffset = ringOffset(this.timerCount);
    if (this.timerCount > MAX_TIMERS || this.#ringBytes > MAX_OUTPUT_RING_BYTES) return false;
    if (runtimeBytes(this.timerCount, this.#ringBytes) > bytes.length) return false;
    this.#position = this.#u32(RING_START_OFFSET);
    this.#leftBytes = this.#u32(RING_USED_OFFSET);
    return (
      this.#leftBytes <= this.#ringBytes &&
      this.#leftBytes % 4 === 0 &&
      this.#position % 4 === 0 &&
      this.#position <= Math.max(0, this.#ringBytes - 4)
    );
  }

  get clockMs(): number {
    return this.#u32(CLOCK_HIGH_OFFSET) * TWO_32 + this.#u32(CLOCK_LOW_OFFSET);
  }

  /** Inputs consumed: the number of the last one. */
  get inputCount(): number {
    return this.#u32(INPUT_HIGH_OFFSET) * TWO_32 + this.#u32(INPUT_LOW_OFFSET);
  }

  timerDueMs(timer: number): number {
    const offset = TIMERS_OFFSET + timer * TIMER_BYTES;
    return this.#u32(offset + 4) * TWO_32 + this.#u32(offset);
  }

  timerPeriodMs(timer: number): number {
    return this.#u32(TIMERS_OFFSET + timer * TIMER_BYTES + 8);
  }

  /** Goes to the next committed output, oldest first. False: there is none, or what follows is damaged. */
  nextOutput(): boolean {
    if (this.#leftBytes < ENTRY_HEADER_BYTES) return false;
    this.recordBytes = this.#u16(this.#at(10));
    const entryBytes = ENTRY_HEADER_BYTES + Math.ceil(this.recordBytes / 4) * 4;
    if (this.recordBytes > MAX_RECORD_BYTES || entryBytes > this.#leftBytes) {
      this.#leftBytes = 0;
      return false;
    }
    this.sequence = this.#u32(this.#at(4)) * TWO_32 + this.#u32(this.#at(0));
    this.index = this.#u16(this.#at(8));
    this.#position = (this.#position + entryBytes) % this.#ringBytes;
    this.#leftBytes -= entryBytes;
    return true;
  }

  /** Copies the current output's record to `target` from `at` on; the caller has made room for `recordBytes`. */
  copyRecord(target: Uint8Array, at: number): void {
    const start = this.#position - Math.ceil(this.recordBytes / 4) * 4 + this.#ringBytes;
    for (let done = 0; done < this.recordBytes; done++) {
      target[at + done] = this.#bytes[this.#ringOffset + ((start + done) % this.#ringBytes)]!;
    }
  }

  #at(offset: number): number {
    return this.#ringOffset + ((this.#position + offset) % this.#ringBytes);
  }

  #u16(at: number): number {
    return this.#bytes[at]! | (this.#bytes[at + 1]! << 8);
  }

  #u32(at: number): number {
    return (this.#u16(at) | (this.#u16(at + 2) << 16)) >>> 0;
  }
}
