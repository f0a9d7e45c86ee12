import { ESPError, Transport } from 'esptool-js';
import type { SerialPort } from 'serialport';
import { openSerialPort } from '../transports/serial-port.js';
import { FlashError } from './flash-error.js';
import { SlipReader, slipEncode } from './slip.js';

const PACKETS_MAX = 256;
const BOOT_TEXT_BYTES_MAX = 2048;
/** Longer than a line of any speed needs for a block of 16 KiB; who reads nothing at all is noticed. */
const WRITE_TIMEOUT_MS = 30_000;

export interface UsbIds {
  readonly usbVendorId?: number;
  readonly usbProductId?: number;
}

/**
 * A serial port as esptool-js wants it. Its own transport reads a Web Serial port by looking every millisecond, and a port that goes
 * away leaves it waiting; this one is told.
 */
export class LoaderLine extends Transport {
  /** Bytes that came, whatever they were. */
  heardBytes = 0;
  opened = false;
  /** What ended the line; nothing is read or written after it. */
  failure: Error | undefined;
  readonly #path: string;
  readonly #usb: UsbIds;
  readonly #slip = new SlipReader();
  #packets: Uint8Array[] = [];
  #bootText = Buffer.alloc(0);
  #waiting: ((packet: Uint8Array) => void) | undefined;
  /** Of everything that waits now. */
  readonly #rejections = new Set<(error: Error) => void>();
  #port: SerialPort | undefined;
  #dtr = false;
  #rts = false;

  /** @param usb decides which way of resetting is tried */
  constructor(path: string, usb: UsbIds) {
    super({ getInfo: () => usb } as never);
    this.#path = path;
    this.#usb = usb;
  }

  override getInfo(): string {
    return this.#path;
  }

  override getVid(): number | undefined {
    return this.#usb.usbVendorId;
  }

  override getPid(): number | undefined {
    return this.#usb.usbProductId;
  }

  /** The library's own would print, traced or not. */
  override trace(): void {}

  override async connect(baud = 115_200): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    const port = await openSerialPort(this.#path, baud);
    this.#port = port;
    this.opened = true;
    this.baudrate = baud;
    port.on('data', (bytes: Buffer) => this.#take(bytes));
    port.on('error', () => {});
    port.once('close', () => {
      if (port === this.#port) this.fail(new FlashError(`${this.#path} went away`));
    });
  }

  /** Bytes come by themselves. */
  override async readLoop(): Promise<void> {}

  override async disconnect(): Promise<void> {
    const port = this.#port;
    this.#port = undefined;
    if (port === undefined || port.destroyed) return;
    await new Promise<void>((resolve) => {
      port.once('close', () => resolve());
      port.destroy();
    });
  }

  /** Ends everything that waits, and everything that is asked later. */
  fail(error: Error): void {
    this.failure ??= error;
    for (const reject of [...this.#rejections]) reject(this.failure);
  }

  override async write(packet: Uint8Array): Promise<void> {
    const port = this.#openPort();
    await this.#within(WRITE_TIMEOUT_MS, `${this.#path} takes no bytes`, (resolve, reject) =>
      port.write(slipEncode(packet), (error) => (error ? reject(error) : resolve(undefined))),
    );
  }

  override async read(timeoutMs: number): Promise<Uint8Array> {
    this.#openPort();
    const packet = this.#packets.shift();
    if (packet !== undefined) return packet;
    return this.#within(timeoutMs, 'no answer in time', (resolve) => {
      this.#waiting = resolve;
    });
  }

  override flushInput(): void {
    this.#packets = [];
    this.#bootText = Buffer.alloc(0);
    this.#slip.reset();
  }

  override peek(): Uint8Array {
    return this.#bootText;
  }

  override async setRTS(state: boolean): Promise<void> {
    await this.setSignals(undefined, state);
  }

  override async setDTR(state: boolean): Promise<void> {
    await this.setSignals(state, undefined);
  }

  /** Both are always set: serialport would raise the one that is not named. */
  override async setSignals(dtr = this.#dtr, rts = this.#rts): Promise<void> {
    const port = this.#openPort();
    this.#dtr = dtr;
    this.#rts = rts;
    // A pseudo terminal has no such lines: its board is reset by hand, if at all.
    await new Promise<void>((resolve) => port.set({ dtr, rts }, () => resolve()));
  }

  /** @returns false: the port stays open, and a board that resets when it is opened does not */
  override async changeBaudrate(baud: number): Promise<boolean> {
    const port = this.#openPort();
    await new Promise<void>((resolve, reject) => port.update({ baudRate: baud }, (error) => (error ? reject(error) : resolve())));
    this.baudrate = baud;
    return false;
  }

  #take(bytes: Buffer): void {
    this.heardBytes += bytes.length;
    this.#bootText = Buffer.concat([this.#bootText, bytes]).subarray(-BOOT_TEXT_BYTES_MAX);
    this.#slip.read(bytes, (packet) => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (waiting !== undefined) waiting(packet);
      else if (this.#packets.length < PACKETS_MAX) this.#packets.push(packet);
    });
  }

  async #within<Value>(
    timeoutMs: number,
    late: string,
    start: (resolve: (value: Value) => void, reject: (error: Error) => void) => void,
  ): Promise<Value> {
    let rejection: ((error: Error) => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Value>((resolve, reject) => {
        rejection = reject;
        this.#rejections.add(reject);
        timer = setTimeout(() => reject(new ESPError(late)), timeoutMs);
        start(resolve, reject);
      });
    } finally {
      clearTimeout(timer);
      this.#rejections.delete(rejection!);
      this.#waiting = undefined;
    }
  }

  #openPort(): SerialPort {
    if (this.failure !== undefined) throw this.failure;
    if (this.#port === undefined) throw new FlashError(`${this.#path} is not open`);
    return this.#port;
  }
}
