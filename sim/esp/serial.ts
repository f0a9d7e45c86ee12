import type { SerialIo, SerialOptions } from '../../firmware/platform.js';
import type { Uart, UartUser } from './uart.js';

/** How a driver may be worse than its documentation. */
export interface SerialHabits {
  /** onReadable is called with what there was when it was posted, though more has come or all was read. */
  staleCounts: boolean;
  /** A write is refused although there seemed to be room, as when a log has filled the FIFO meanwhile. */
  refuses(): boolean;
}

/**
 * `embedded:io/serial` of an ESP32 in format "buffer", as the SDK's driver behaves (modules/io/serial/esp32/serial.c of 8.2): interrupts
 * post a message each, which is delivered later; write() takes all or throws and only then arms onWritable; a FIFO that overflows is not
 * reported; after close() nothing is called.
 */
export class VirtualSerial implements SerialIo, UartUser {
  readonly target: unknown;
  readonly #uart: Uart;
  readonly #habits: SerialHabits;
  readonly #options: SerialOptions;
  #isOpen = true;
  #isReadablePosted = false;
  #isWritablePosted = false;
  #isWritableArmed = true;

  constructor(uart: Uart, habits: SerialHabits, options: SerialOptions) {
    if (options.format !== 'buffer') throw new RangeError('invalid format');
    if (!(options.baud > 0)) throw new RangeError('invalid baud');
    if (uart.isInUse) throw new Error('in use');
    this.#uart = uart;
    this.#habits = habits;
    this.#options = options;
    this.target = options.target;
    uart.isInUse = true;
    uart.user = this;
    uart.askEmptied();
  }

  read(buffer: Uint8Array): number | undefined {
    this.#mustBeOpen();
    return this.#uart.available === 0 ? undefined : this.#uart.read(buffer);
  }

  write(bytes: Uint8Array): void {
    this.#mustBeOpen();
    if (this.#habits.refuses() || bytes.length > this.#uart.room) throw new Error('output full');
    this.#uart.write(bytes);
    this.#isWritableArmed = true;
    this.#uart.askEmptied();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#uart.isInUse = false;
    this.#uart.user = undefined;
  }

  received(): void {
    if (this.#isReadablePosted) return;
    this.#isReadablePosted = true;
    const then = this.#uart.available;
    this.#uart.chip.post(this.#uart.chip.messageMs, () => {
      this.#isReadablePosted = false;
      const { staleCounts } = this.#habits;
      const count = staleCounts ? then : this.#uart.available;
      if (this.#isOpen && count > 0) this.#options.onReadable.call(this, count);
    });
  }

  emptied(): void {
    if (!this.#isWritableArmed || this.#isWritablePosted) return;
    this.#isWritablePosted = true;
    this.#isWritableArmed = false;
    this.#uart.chip.post(this.#uart.chip.messageMs, () => {
      this.#isWritablePosted = false;
      if (this.#isOpen && this.#uart.room > 0) this.#options.onWritable.call(this, this.#uart.room);
    });
  }

  #mustBeOpen(): void {
    if (!this.#isOpen) throw new Error('closed');
  }
}
