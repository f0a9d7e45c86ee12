import type { Clock } from '../clock.js';
import type { Random } from '../random.js';

/** Of lwIP in the SDK's project for the classic ESP32; 5744 on the others. */
export const SEND_BUFFER_BYTES = 8192;
const SEGMENT_BYTES_MAX = 1436;
const RESEND_MS = 300;

/** A server's end of a connection. */
export interface ServerEnd {
  onData: (bytes: Uint8Array) => void;
  onClosed: () => void;
  send(bytes: Uint8Array): void;
  close(): void;
}

interface Segment {
  readonly bytes: Uint8Array;
  readonly arrive: (bytes: Uint8Array) => void;
}

/** What lies between a board and the servers that it knows. */
export class VirtualNetwork {
  /** The board has an address. */
  isUp = true;
  /** Servers answer a connection with a reset. */
  refuses = false;
  latencyMs = 5;
  jitterMs = 3;
  /** Longest run of bytes that arrives at once. */
  segmentBytesMax = SEGMENT_BYTES_MAX;
  readonly sockets = new Set<TcpSocket>();
  /** Losses of the board's power so far: what belonged to an earlier life is never heard of. */
  powerCuts = 0;
  /** Names that the resolver knows. */
  readonly names = new Map<string, string>();
  readonly clock: Clock;
  readonly random: Random;
  readonly #servers = new Map<number, (end: ServerEnd) => void>();
  #isSilent = false;

  constructor(clock: Clock, random: Random) {
    this.clock = clock;
    this.random = random;
  }

  listen(port: number, accept: (end: ServerEnd) => void): void {
    this.#servers.set(port, accept);
  }

  serverAt(port: number): ((end: ServerEnd) => void) | undefined {
    return this.refuses ? undefined : this.#servers.get(port);
  }

  get isSilent(): boolean {
    return this.#isSilent || !this.isUp;
  }

  /** Nothing gets through, and nobody is told. */
  fallSilent(): void {
    this.#isSilent = true;
  }

  /** Connections go on where they were; those that a router has forgotten meanwhile stay silent for good. */
  speak(forgotten = false): void {
    this.#isSilent = false;
    for (const socket of this.sockets) socket.resume(forgotten);
  }

  /** All connections are reset, as by a router or a server that restarts. */
  reset(): void {
    for (const socket of [...this.sockets]) socket.reset();
  }

  /** The board has lost its RAM, and all sockets with it. */
  powerCut(): void {
    this.powerCuts++;
    for (const socket of [...this.sockets]) socket.close();
  }

  travelMs(): number {
    return this.latencyMs + this.random.unit() * this.jitterMs;
  }
}

/** Bytes in order, or held back while the network is silent. */
class Lane {
  readonly #network: VirtualNetwork;
  readonly #held: Segment[] = [];
  #lastMs = 0;
  isForgotten = false;

  constructor(network: VirtualNetwork) {
    this.#network = network;
  }

  carry(bytes: Uint8Array, arrive: (bytes: Uint8Array) => void): void {
    const { random, segmentBytesMax } = this.#network;
    for (let at = 0; at < bytes.length; ) {
      const count = Math.min(bytes.length - at, 1 + random.below(segmentBytesMax));
      this.#send({ bytes: bytes.slice(at, at + count), arrive }, 0);
      at += count;
    }
    if (bytes.length === 0) this.#send({ bytes, arrive }, 0);
  }

  resume(forgotten: boolean): void {
    this.isForgotten ||= forgotten;
    for (const segment of this.#held.splice(0)) this.#send(segment, RESEND_MS);
  }

  #send(segment: Segment, extraMs: number): void {
    const network = this.#network;
    this.#lastMs = Math.max(this.#lastMs, network.clock.nowMs() + network.travelMs() + extraMs);
    network.clock.at(this.#lastMs, () => {
      if (this.isForgotten) return;
      if (network.isSilent || this.#held.length > 0) this.#held.push(segment);
      else segment.arrive(segment.bytes);
    });
  }
}

export interface TcpOptions {
  readonly network: VirtualNetwork;
  readonly port: number;
  onReadable(count: number): void;
  onWritable(count: number): void;
  onError(): void;
}

/**
 * Stands for `embedded:io/socket/tcp` in format "buffer": write() throws rather than taking a part and says what room is left, which
 * comes back only when the other side has acknowledged; an error is told once what had arrived is read.
 */
export class TcpSocket {
  readonly #options: TcpOptions;
  readonly #up: Lane;
  readonly #down: Lane;
  readonly #server: ServerEnd;
  readonly #inbox: Uint8Array[] = [];
  #isReady = false;
  #isClosed = false;
  #hasFailed = false;
  #freeBytes = SEND_BUFFER_BYTES;

  constructor(options: TcpOptions) {
    const { network } = options;
    this.#options = options;
    this.#up = new Lane(network);
    this.#down = new Lane(network);
    this.#server = {
      onData: () => {},
      onClosed: () => {},
      send: (bytes) => this.#down.carry(bytes, (part) => this.#arrived(part)),
      close: () => this.#down.carry(new Uint8Array(0), () => this.#fail()),
    };
    if (!network.isUp) throw new Error('connect error');
    network.sockets.add(this);
    this.#up.carry(new Uint8Array(0), () => this.#accept());
  }

  read(): Uint8Array | undefined {
    const bytes = this.#inbox.shift();
    if (this.#inbox.length === 0 && this.#hasFailed) this.#later(() => this.#options.onError());
    return bytes;
  }

  /** How many bytes are free afterwards; undefined on a socket that has failed. */
  write(bytes: Uint8Array): number | undefined {
    if (this.#isClosed) throw new Error('write on a closed socket');
    if (!this.#isReady) throw new Error('not ready');
    if (this.#hasFailed) return undefined;
    if (bytes.length > this.#freeBytes) throw new Error('would block');
    this.#freeBytes -= bytes.length;
    this.#up.carry(bytes, (part) => {
      this.#server.onData(part);
      this.#down.carry(new Uint8Array(0), () => this.#acknowledged(part.length));
    });
    return this.#freeBytes;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.network.sockets.delete(this);
    this.#up.carry(new Uint8Array(0), () => this.#server.onClosed());
  }

  /** The network speaks again. */
  resume(forgotten: boolean): void {
    this.#up.resume(forgotten);
    this.#down.resume(forgotten);
  }

  reset(): void {
    this.#server.onClosed();
    this.#fail();
  }

  #accept(): void {
    const accept = this.#options.network.serverAt(this.#options.port);
    accept?.(this.#server);
    this.#down.carry(new Uint8Array(0), () => {
      if (accept === undefined) {
        this.#fail();
      } else if (!this.#isClosed) {
        this.#isReady = true;
        this.#options.onWritable(this.#freeBytes);
      }
    });
  }

  #arrived(bytes: Uint8Array): void {
    if (this.#isClosed || this.#hasFailed) return;
    this.#inbox.push(bytes);
    this.#options.onReadable(bytes.length);
  }

  #acknowledged(count: number): void {
    this.#freeBytes += count;
    if (!this.#isClosed && !this.#hasFailed) this.#options.onWritable(this.#freeBytes);
  }

  #fail(): void {
    if (this.#isClosed || this.#hasFailed) return;
    this.#hasFailed = true;
    this.#isReady = true;
    if (this.#inbox.length === 0) this.#later(() => this.#options.onError());
  }

  #later(call: () => void): void {
    this.#options.network.clock.at(0, () => {
      if (!this.#isClosed) call();
    });
  }
}
