import type { Random } from '../random.js';
import type { Chip } from './chip.js';

export interface UartFaults {
  /** Chance of each byte to vanish on its way. */
  loss: number;
  /** Chance of each byte to arrive with a bit turned. */
  noise: number;
}

export interface UartOptions {
  readonly baud: number;
  readonly fifoBytes: number;
  readonly random: Random;
}

const BITS_PER_BYTE = 10;
/** The receiver tells at so many bytes, or when so many byte times have passed without one (ESP32 Technical Reference Manual, "UART"). */
const FULL_BYTES = 96;
const IDLE_BYTES = 4;
/** The transmitter tells when fewer are left (kTransmitTreshold of the SDK's serial.c). */
const EMPTY_BYTES = 10;
/** Bytes that are moved at once, to keep events few. */
const STEP_BYTES = 8;

/** What a UART tells the driver on top of it. */
export interface UartUser {
  received(): void;
  emptied(): void;
}

/** A UART with its two hardware FIFOs, and the line to the host. What its receiver has no room for is gone, and nobody is told. */
export class Uart {
  readonly chip: Chip;
  readonly faults: UartFaults = { loss: 0, noise: 0 };
  /** Bytes at the host's end of the line. */
  toHost: (bytes: Uint8Array, at: number, count: number) => void = () => undefined;
  user: UartUser | undefined;
  /** Lost to a full receive FIFO. */
  overrunBytes = 0;
  isInUse = false;
  readonly #byteMs: number;
  readonly #random: Random;
  readonly #receiver: Uint8Array;
  #receivedAt = 0;
  #receivedCount = 0;
  readonly #sender: Uint8Array;
  #senderCount = 0;
  #isSending = false;
  readonly #down: number[] = [];
  #isDownBusy = false;
  #idleSeries = 0;

  constructor(chip: Chip, options: UartOptions) {
    this.chip = chip;
    this.#byteMs = (BITS_PER_BYTE * 1000) / options.baud;
    this.#random = options.random;
    this.#receiver = new Uint8Array(options.fifoBytes);
    this.#sender = new Uint8Array(options.fifoBytes);
  }

  /** Bytes that wait to be read. */
  get available(): number {
    return this.#receivedCount;
  }

  get room(): number {
    return this.#sender.length - this.#senderCount;
  }

  /** Resets the hardware, not the line: bytes on their way go on. */
  reset(): void {
    this.#receivedCount = 0;
    this.#senderCount = 0;
    this.user = undefined;
    this.isInUse = false;
  }

  /** The host writes to the line. */
  fromHost(bytes: Uint8Array, at: number, count: number): void {
    for (let index = 0; index < count; index++) this.#down.push(bytes[at + index]!);
    if (!this.#isDownBusy) this.#carryDown();
  }

  read(target: Uint8Array): number {
    const count = Math.min(target.length, this.#receivedCount);
    for (let index = 0; index < count; index++) {
      target[index] = this.#receiver[this.#receivedAt]!;
      this.#receivedAt = (this.#receivedAt + 1) % this.#receiver.length;
    }
    this.#receivedCount -= count;
    return count;
  }

  /** The caller has looked at `room`. */
  write(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index++) this.#sender[this.#senderCount++] = bytes[index]!;
    if (!this.#isSending) this.#carryUp(this.chip.nowMs());
  }

  /** The transmitter tells now or as soon as it is nearly empty. */
  askEmptied(): void {
    if (this.#senderCount < EMPTY_BYTES) this.user?.emptied();
  }

  #carryDown(): void {
    const count = Math.min(STEP_BYTES, this.#down.length);
    this.#isDownBusy = count > 0;
    if (count === 0) return;
    this.chip.clock.at(this.chip.clock.nowMs() + count * this.#byteMs, () => {
      for (let index = 0; index < count; index++) this.#receive(this.#down.shift()!);
      this.#tellReceived();
      this.#carryDown();
    });
  }

  #receive(byte: number): void {
    const arriving = this.#suffer(byte);
    if (arriving < 0) return;
    if (this.#receivedCount === this.#receiver.length) {
      this.overrunBytes++;
      return;
    }
    this.#receiver[(this.#receivedAt + this.#receivedCount++) % this.#receiver.length] = arriving;
  }

  #tellReceived(): void {
    const series = ++this.#idleSeries;
    if (this.#receivedCount >= FULL_BYTES) this.user?.received();
    else
      this.chip.clock.at(this.chip.clock.nowMs() + IDLE_BYTES * this.#byteMs, () => {
        if (series === this.#idleSeries && this.#receivedCount > 0) this.user?.received();
      });
  }

  #carryUp(fromMs: number): void {
    const count = Math.min(STEP_BYTES, this.#senderCount);
    this.#isSending = count > 0;
    if (count === 0) return;
    this.chip.clock.at(fromMs + count * this.#byteMs, () => {
      const sent = Math.min(count, this.#senderCount);
      const bytes = new Uint8Array(sent);
      let arrived = 0;
      for (let index = 0; index < sent; index++) {
        const byte = this.#suffer(this.#sender[index]!);
        if (byte >= 0) bytes[arrived++] = byte;
      }
      this.#sender.copyWithin(0, sent, this.#senderCount);
      this.#senderCount -= sent;
      this.toHost(bytes, 0, arrived);
      this.askEmptied();
      this.#carryUp(this.chip.clock.nowMs());
    });
  }

  /** The byte as it arrives; -1: not at all. */
  #suffer(byte: number): number {
    const { loss, noise } = this.faults;
    if (loss > 0 && this.#random.chance(loss)) return -1;
    return noise > 0 && this.#random.chance(noise) ? byte ^ (1 << this.#random.below(8)) : byte;
  }
}
