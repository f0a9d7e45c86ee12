import { FRAME_BYTES_MAX, SERIAL_BYTES_MAX } from 'godwit/wire/constants';
import { SerialFramer, serialEncode } from 'godwit/wire/serial-framer';
import type { SerialDescriptor, SerialIo } from './platform.js';
import type { FrameTransport, TransportUser } from './transport.js';

export const DEFAULT_SERIAL_FIFO_BYTES = 128;
export const REOPEN_MIN_MS = 250;
export const REOPEN_MAX_MS = 8000;
/** FIFOs that are read at a stretch; then the board's other work has its turn. */
export const READS_PER_TURN_MAX = 8;
/** Writes are views of these lengths on the start of the outgoing buffer: made once, so that a frame allocates nothing. */
const PIECE_BYTES_MAX = 128;
const BITS_PER_BYTE = 10;
/** Room is offered again within the time that a FIFO needs to drain, and this. */
const STUCK_MARGIN_MS = 20;

export interface SerialCounters extends Record<string, number> {
  framesIn: number;
  framesOut: number;
  bytesIn: number;
  bytesOut: number;
  /** Bytes that were no frame: noise, boot messages, frames torn by a FIFO that overflowed. */
  skippedBytes: number;
  /** Writes that threw for lack of room; what they carried stayed here and was written later. */
  writesRefused: number;
  openFailures: number;
}

/**
 * Frames over `embedded:io/serial`, in format "buffer".
 *
 * Neither side is told of a byte that a full FIFO dropped: the frame is torn, its check fails, and the link sends again. Output is
 * driven by the counts of onWritable alone. Input takes no count on trust: a FIFO is read until it is empty.
 *
 * Slots per frame: 0, in either direction (measured on XS by test/firmware/serial-slots.test.ts). The SDK's own calls take none in
 * this use: read() fills a buffer of ours, write() gets a view that was made at the start.
 */
export class SerialTransport implements FrameTransport {
  readonly kind = 'serial';
  readonly baud: number;
  readonly fifoBytes: number;
  readonly lineNsPerByte: number;
  user: TransportUser | undefined = undefined;
  readonly counters: SerialCounters = Object.seal({
    framesIn: 0,
    framesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    skippedBytes: 0,
    writesRefused: 0,
    openFailures: 0,
  });
  readonly #descriptor: SerialDescriptor;
  readonly #drainMs: number;
  readonly #framer = new SerialFramer();
  readonly #in: Uint8Array;
  readonly #out = new Uint8Array(Math.max(SERIAL_BYTES_MAX, FRAME_BYTES_MAX));
  readonly #pieces: Uint8Array[] = [];
  #io: SerialIo | undefined;
  #wanted = false;
  #reopenMs = 0;
  #reopenWaitMs = REOPEN_MIN_MS;
  #outAt = 0;
  #outEnd = 0;
  #roomBytes = 0;
  /** When a write without room is tried all the same; 0: not waiting. */
  #stuckMs = 0;
  #hasMore = false;

  constructor(descriptor: SerialDescriptor, baud: number) {
    this.#descriptor = descriptor;
    this.baud = baud;
    this.fifoBytes = descriptor.fifoBytes ?? DEFAULT_SERIAL_FIFO_BYTES;
    this.lineNsPerByte = Math.round((BITS_PER_BYTE * 1e9) / baud);
    this.#drainMs = Math.ceil((this.fifoBytes * BITS_PER_BYTE * 1000) / baud) + STUCK_MARGIN_MS;
    this.#in = new Uint8Array(this.fifoBytes);
    for (let bytes = 1; bytes <= PIECE_BYTES_MAX; bytes *= 2) this.#pieces.push(this.#out.subarray(0, bytes));
  }

  get isOpen(): boolean {
    return this.#io !== undefined;
  }

  open(nowMs: number): void {
    this.#wanted = true;
    this.#reopenMs = nowMs;
    this.#reopenWaitMs = REOPEN_MIN_MS;
  }

  close(): void {
    this.#wanted = false;
    const io = this.#io;
    if (io === undefined) return;
    this.#io = undefined;
    io.close();
    this.user?.closed();
  }

  /** One frame is taken ahead of the FIFO. */
  ready(): boolean {
    return this.#io !== undefined && this.#outAt === this.#outEnd;
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    if (!this.ready()) return;
    this.#outAt = 0;
    this.#outEnd = serialEncode(bytes, at, count, this.#out, 0);
    this.counters.framesOut++;
    this.#pump();
  }

  tick(nowMs: number): void {
    if (this.#io === undefined) {
      if (this.#wanted && nowMs >= this.#reopenMs) this.#open(nowMs);
      return;
    }
    if (this.#hasMore) this.#drain();
    if (!this.#isStuck) this.#stuckMs = 0;
    else if (this.#stuckMs === 0) this.#stuckMs = nowMs + this.#drainMs;
    else if (nowMs >= this.#stuckMs) this.#probe();
  }

  dueMs(nowMs: number): number {
    if (this.#io === undefined) return this.#wanted ? this.#reopenMs : Number.POSITIVE_INFINITY;
    if (this.#hasMore) return nowMs;
    if (!this.#isStuck) return Number.POSITIVE_INFINITY;
    return this.#stuckMs === 0 ? nowMs + this.#drainMs : this.#stuckMs;
  }

  #open(nowMs: number): void {
    const { io, port, receive, transmit } = this.#descriptor;
    this.#framer.reset();
    this.#outAt = this.#outEnd;
    this.#roomBytes = 0;
    this.#hasMore = false;
    try {
      this.#io = new io({
        baud: this.baud,
        format: 'buffer',
        target: this,
        onReadable,
        onWritable,
        ...(port === undefined ? {} : { port }),
        ...(receive === undefined ? {} : { receive }),
        ...(transmit === undefined ? {} : { transmit }),
      });
    } catch {
      this.counters.openFailures++;
      this.#reopenMs = nowMs + this.#reopenWaitMs;
      this.#reopenWaitMs = Math.min(this.#reopenWaitMs * 2, REOPEN_MAX_MS);
      return;
    }
    this.user?.opened();
  }

  /** For onReadable: there is something, or there was. */
  readable(): void {
    this.#drain();
  }

  /** For onWritable. */
  writable(roomBytes: number): void {
    this.#roomBytes = roomBytes;
    this.#pump();
    if (this.#outAt === this.#outEnd) this.user?.drained();
  }

  #drain(): void {
    this.#hasMore = false;
    for (let reads = 0; reads < READS_PER_TURN_MAX; reads++) {
      const count = this.#io?.read(this.#in);
      if (typeof count !== 'number' || count <= 0) return;
      this.#take(count);
    }
    this.#hasMore = true;
  }

  #take(count: number): void {
    const framer = this.#framer;
    this.counters.bytesIn += count;
    for (let used = 0; used < count; ) {
      used += framer.feed(this.#in, used, count - used);
      if (framer.frameBytes === 0) continue;
      this.counters.framesIn++;
      this.user?.frame(framer.frame, 0, framer.frameBytes);
    }
    this.counters.skippedBytes = framer.skippedBytes;
  }

  /** Writes what there is room for. */
  #pump(): void {
    for (let piece = this.#pieces.length - 1; piece >= 0; ) {
      const bytes = 1 << piece;
      if (bytes > this.#roomBytes || bytes > this.#outEnd - this.#outAt) piece--;
      else if (!this.#write(piece, bytes)) return;
    }
  }

  #write(piece: number, bytes: number): boolean {
    if (this.#outAt > 0) {
      this.#out.copyWithin(0, this.#outAt, this.#outEnd);
      this.#outEnd -= this.#outAt;
      this.#outAt = 0;
    }
    try {
      this.#io!.write(this.#pieces[piece]!);
    } catch {
      this.counters.writesRefused++;
      this.#roomBytes = 0;
      return false;
    }
    this.#roomBytes -= bytes;
    this.#outAt = bytes;
    this.#stuckMs = 0;
    this.counters.bytesOut += bytes;
    return true;
  }

  get #isStuck(): boolean {
    return this.#outAt < this.#outEnd && this.#roomBytes === 0;
  }

  /** A write that threw leaves onWritable without a reason to be called: one byte asks for it. */
  #probe(): void {
    this.#stuckMs = 0;
    if (this.#write(0, 1)) this.#roomBytes = 0;
  }
}

function onReadable(this: { readonly target: unknown }): void {
  (this.target as SerialTransport).readable();
}

function onWritable(this: { readonly target: unknown }, count: number): void {
  (this.target as SerialTransport).writable(count);
}
