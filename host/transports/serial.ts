import type { Duplex } from 'node:stream';
import { SERIAL_BYTES_MAX } from '../../src/wire/constants.js';
import { SerialFramer, serialEncode } from '../../src/wire/serial-framer.js';
import { Backoff } from './backoff.js';
import type { FrameLink, LinkUser, Transport } from './frame-link.js';
import type { OpenStream } from './serial-port.js';

/** What waits for the line beyond this is better made later, from newer state: 90 ms at 115200 baud. */
export const SERIAL_UNSENT_BYTES_MAX = 1024;

/** One board at the end of a byte stream: COBS frames, with whatever lies between them skipped and counted. */
export class SerialTransport implements Transport, FrameLink {
  readonly kind;
  readonly shared = false;
  readonly name: string;
  readonly counters = { opens: 0, failedOpens: 0, receivedBytes: 0, frames: 0, skippedBytes: 0, skippedRuns: 0, notSent: 0 };
  /** Why the port is not there; empty while it is. */
  lastError = '';
  readonly #open: OpenStream;
  readonly #framer = new SerialFramer();
  readonly #encoded = new Uint8Array(SERIAL_BYTES_MAX);
  readonly #backoff = new Backoff();
  #stream: Duplex | undefined;
  #user: LinkUser | undefined;
  #linkId = -1;
  #unsentBytes = 0;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param name for people, such as "serial:/dev/ttyUSB0" */
  constructor(name: string, open: OpenStream, kind: 'serial' | 'simulated' = 'serial') {
    this.name = name;
    this.kind = kind;
    this.#open = open;
  }

  get up(): boolean {
    return this.#stream !== undefined;
  }

  get writable(): boolean {
    return this.#stream !== undefined && this.#unsentBytes < SERIAL_UNSENT_BYTES_MAX;
  }

  start(user: LinkUser): void {
    this.#user = user;
    void this.#tryOpen();
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    const stream = this.#stream;
    if (stream === undefined) {
      this.counters.notSent++;
      return;
    }
    const length = serialEncode(bytes, at, count, this.#encoded, 0);
    this.#unsentBytes += length;
    stream.write(Buffer.from(this.#encoded.subarray(0, length)), () => {
      if (stream !== this.#stream) return;
      const wasFull = !this.writable;
      this.#unsentBytes -= length;
      if (wasFull && this.writable) this.#user?.drained(this.#linkId);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    const stream = this.#stream;
    this.#gone();
    if (stream === undefined || stream.destroyed) return;
    await new Promise<void>((resolve) => {
      stream.once('close', () => resolve());
      stream.destroy();
    });
  }

  async #tryOpen(): Promise<void> {
    try {
      const stream = await this.#open();
      if (this.#closed) stream.destroy();
      else this.#opened(stream);
    } catch (error) {
      this.counters.failedOpens++;
      this.lastError = (error as Error).message.replace(/^Error: /, '');
      this.#again();
    }
  }

  #opened(stream: Duplex): void {
    this.counters.opens++;
    this.lastError = '';
    this.#stream = stream;
    this.#unsentBytes = 0;
    this.#framer.reset();
    this.#linkId = this.#user!.opened(this);
    stream.on('data', (bytes: Buffer) => this.#received(stream, bytes));
    stream.on('error', (error) => this.#lost(stream, error));
    stream.on('close', (error?: Error | null) => this.#lost(stream, error));
  }

  #received(stream: Duplex, bytes: Buffer): void {
    this.counters.receivedBytes += bytes.length;
    let used = 0;
    while (used < bytes.length && stream === this.#stream) {
      used += this.#framer.feed(bytes, used, bytes.length - used);
      if (this.#framer.frameBytes === 0) continue;
      this.counters.frames++;
      this.#backoff.reset();
      this.#user?.received(this.#linkId, this.#framer.frame, 0, this.#framer.frameBytes);
    }
    this.counters.skippedBytes = this.#framer.skippedBytes;
    this.counters.skippedRuns = this.#framer.skippedRuns;
  }

  #lost(stream: Duplex, error: Error | null | undefined): void {
    if (stream !== this.#stream) return;
    this.lastError = error?.message ?? 'the port was closed';
    this.#gone();
    stream.destroy();
    this.#again();
  }

  #gone(): void {
    if (this.#stream === undefined) return;
    this.#stream = undefined;
    this.#user?.closed(this.#linkId);
  }

  #again(): void {
    if (!this.#closed) this.#retry = setTimeout(() => void this.#tryOpen(), this.#backoff.delayMs());
  }
}
