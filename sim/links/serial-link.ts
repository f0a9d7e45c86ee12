import type { Clock } from '../clock.js';
import { derive, type Random } from '../random.js';
import type { Damage } from './damage.js';
import { type Direction, DOWN, fairWeather, type Port, type PortListener, type SimLink, UP, type Weather } from './port.js';
import { FrameReader, stuffFrame } from './stuffing.js';

/** A UART behind a USB bridge. */
export interface SerialLinkOptions {
  readonly baud: number;
  /** The bridge sends a packet when it is full, or this long after its first byte (FTDI's latency timer: 16 ms, or 1 ms if set). */
  readonly bridgeLatencyMs: number;
  /** The board's receive FIFO; what does not fit is dropped, and nobody is told. */
  readonly fifoBytes: number;
  /** Mean time between pauses of the board's collector; Infinity: none. */
  readonly pauseEveryMs: number;
  readonly pauseMs: number;
}

export const serialLinkDefaults: SerialLinkOptions = {
  baud: 115_200,
  bridgeLatencyMs: 1,
  fifoBytes: 128,
  pauseEveryMs: Number.POSITIVE_INFINITY,
  pauseMs: 20,
};

/** Payload of a 64-byte bulk packet of a full-speed USB bridge, less its two status bytes (FT232R data sheet). */
const PACKET_BYTES = 62;
const USB_FRAME_MS = 1;
/** The transmit FIFO takes more when no more than this is left in it. */
const FIFO_LOW_BYTES = 32;
/** What the operating system buffers for the host before a write has to wait. */
const HOST_BUFFER_BYTES = 512;
const BITS_PER_BYTE = 10;
const BOOT_NOISE = 'ets Jul 29 2019 12:21:46\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n';

class Lane {
  readonly weather: Weather = fairWeather();
  sentBytes = 0;
  lineFreeMs = 0;
}

class End implements Port {
  listener: PortListener | undefined = undefined;
  isOpen = false;
  waiting = false;
  readonly #lane: Lane;
  readonly #clock: Clock;
  readonly #slackMs: number;
  readonly #send: (bytes: Uint8Array) => void;

  constructor(lane: Lane, clock: Clock, slackMs: number, send: (bytes: Uint8Array) => void) {
    this.#lane = lane;
    this.#clock = clock;
    this.#slackMs = slackMs;
    this.#send = send;
  }

  ready(): boolean {
    if (!this.isOpen) return false;
    const readyAtMs = this.#lane.lineFreeMs - this.#slackMs;
    if (readyAtMs <= this.#clock.nowMs()) return true;
    if (!this.waiting) {
      this.waiting = true;
      this.#clock.at(readyAtMs, () => {
        this.waiting = false;
        if (this.isOpen) this.listener?.drained();
      });
    }
    return false;
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    if (this.isOpen) this.#send(bytes.slice(at, at + count));
  }
}

export class SerialLink implements SimLink {
  readonly kind = 'serial';
  readonly board: Port;
  readonly host: Port;
  /** Bytes that the board's FIFO had no room for. */
  overrunBytes = 0;
  readonly #clock: Clock;
  readonly #options: SerialLinkOptions;
  readonly #random: Random;
  readonly #damage: Damage;
  readonly #byteMs: number;
  readonly #lanes = [new Lane(), new Lane()] as const;
  readonly #ends: readonly [board: End, host: End];
  readonly #readers: readonly [atHost: FrameReader, atBoard: FrameReader];
  readonly #packet = new Uint8Array(PACKET_BYTES);
  #packetBytes = 0;
  #packetNumber = 0;
  readonly #fifo: Uint8Array;
  #fifoBytes = 0;
  #pausedUntilMs = 0;
  #nextPauseMs: number;
  #cut = false;
  #powered = false;
  #hostUp = false;

  constructor(clock: Clock, seed: number, options: SerialLinkOptions, damage: Damage) {
    this.#clock = clock;
    this.#options = options;
    this.#random = derive(seed, 'serial-link');
    this.#damage = damage;
    this.#byteMs = (BITS_PER_BYTE * 1000) / options.baud;
    this.#fifo = new Uint8Array(options.fifoBytes);
    this.#nextPauseMs = this.#random.unit() * options.pauseEveryMs;
    this.#ends = [
      new End(this.#lanes[UP], clock, FIFO_LOW_BYTES * this.#byteMs, (frame) => this.#sendFrame(UP, frame)),
      new End(this.#lanes[DOWN], clock, HOST_BUFFER_BYTES * this.#byteMs, (frame) => this.#sendFrame(DOWN, frame)),
    ];
    [this.board, this.host] = this.#ends;
    this.#readers = [
      new FrameReader((bytes, at, count) => this.#ends[DOWN].listener?.frame(bytes, at, count)),
      new FrameReader((bytes, at, count) => this.#ends[UP].listener?.frame(bytes, at, count)),
    ];
  }

  get weather(): readonly [Weather, Weather] {
    return [this.#lanes[UP].weather, this.#lanes[DOWN].weather];
  }

  get sentBytes(): readonly [number, number] {
    return [this.#lanes[UP].sentBytes, this.#lanes[DOWN].sentBytes];
  }

  cut(): void {
    this.#cut = true;
    this.#update();
  }

  mend(): void {
    this.#cut = false;
    this.#update();
  }

  hold(untilMs: number): void {
    this.#pause(untilMs);
  }

  boardPowered(on: boolean): void {
    if (on && !this.#powered) this.#transmit(UP, new TextEncoder().encode(BOOT_NOISE));
    this.#powered = on;
    this.#fifoBytes = 0;
    this.#readers[DOWN].reset();
    this.#update();
  }

  hostRunning(on: boolean): void {
    this.#hostUp = on;
    this.#update();
  }

  /** The host sees a port vanish; a board never sees its UART's other end. */
  #update(): void {
    this.#set(this.#ends[UP], this.#powered);
    this.#set(this.#ends[DOWN], this.#hostUp && !this.#cut);
  }

  #set(end: End, open: boolean): void {
    if (end.isOpen === open) return;
    end.isOpen = open;
    if (open) end.listener?.opened();
    else end.listener?.closed();
    if (end === this.#ends[DOWN]) {
      this.#readers[UP].reset();
      this.#packetBytes = 0;
    }
  }

  #sendFrame(direction: Direction, frame: Uint8Array): void {
    this.#damage.sent(direction, frame);
    const { weather } = this.#lanes[direction];
    if (this.#random.chance(weather.reseal)) frame = this.#damage.reseal(direction, frame, this.#random);
    this.#transmit(direction, stuffFrame(frame, 0, frame.length));
  }

  #transmit(direction: Direction, bytes: Uint8Array): void {
    const lane = this.#lanes[direction];
    lane.sentBytes += bytes.length;
    const startMs = Math.max(this.#clock.nowMs() + (direction === DOWN ? USB_FRAME_MS : 0), lane.lineFreeMs);
    lane.lineFreeMs = startMs + bytes.length * this.#byteMs;
    const arriving = this.#suffer(direction, bytes);
    for (let at = 0; at < arriving.length; at += PACKET_BYTES) {
      const end = Math.min(at + PACKET_BYTES, arriving.length);
      this.#clock.at(startMs + end * this.#byteMs, () => {
        if (this.#cut) return;
        if (direction === UP) this.#intoBridge(arriving, at, end);
        else this.#intoFifo(arriving, at, end);
      });
    }
  }

  /** A line neither duplicates nor reorders: those faults leave it alone. */
  #suffer(direction: Direction, bytes: Uint8Array): Uint8Array {
    const random = this.#random;
    const { weather } = this.#lanes[direction];
    if (random.chance(weather.corrupt)) {
      bytes = bytes.slice();
      for (let flips = random.between(1, 4); flips > 0; flips--) bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
    }
    if (random.chance(weather.partial)) bytes = bytes.slice(0, random.below(bytes.length));
    if (random.chance(weather.loss)) {
      const from = random.below(bytes.length);
      const to = Math.min(bytes.length, from + 1 + random.below(bytes.length));
      bytes = Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(to)]);
    }
    return bytes;
  }

  #intoBridge(bytes: Uint8Array, at: number, end: number): void {
    if (!this.#ends[DOWN].isOpen) return;
    for (; at < end; at++) {
      if (this.#packetBytes === 0) this.#startTimer();
      this.#packet[this.#packetBytes++] = bytes[at]!;
      if (this.#packetBytes === PACKET_BYTES) this.#flush();
    }
  }

  #startTimer(): void {
    const number = this.#packetNumber;
    this.#clock.at(this.#clock.nowMs() + this.#options.bridgeLatencyMs, () => {
      if (number === this.#packetNumber) this.#flush();
    });
  }

  #flush(): void {
    const count = this.#packetBytes;
    this.#packetBytes = 0;
    this.#packetNumber++;
    if (this.#ends[DOWN].isOpen) this.#readers[UP].push(this.#packet, 0, count);
  }

  #intoFifo(bytes: Uint8Array, at: number, end: number): void {
    if (!this.#powered) return;
    const nowMs = this.#clock.nowMs();
    if (nowMs >= this.#nextPauseMs) {
      this.#pause(nowMs + this.#random.unit() * 2 * this.#options.pauseMs);
      this.#nextPauseMs = nowMs + this.#random.unit() * 2 * this.#options.pauseEveryMs;
    }
    if (nowMs >= this.#pausedUntilMs) {
      this.#readers[DOWN].push(bytes, at, end - at);
      return;
    }
    const taken = Math.min(end - at, this.#fifo.length - this.#fifoBytes);
    this.#fifo.set(bytes.subarray(at, at + taken), this.#fifoBytes);
    this.#fifoBytes += taken;
    this.overrunBytes += end - at - taken;
  }

  #pause(untilMs: number): void {
    if (untilMs <= this.#pausedUntilMs) return;
    this.#pausedUntilMs = untilMs;
    this.#clock.at(untilMs, () => {
      if (untilMs !== this.#pausedUntilMs) return;
      const count = this.#fifoBytes;
      this.#fifoBytes = 0;
      if (this.#powered) this.#readers[DOWN].push(this.#fifo.slice(0, count), 0, count);
    });
  }
}
