import type { Clock } from '../clock.js';
import { derive, type Random } from '../random.js';
import type { Damage } from './damage.js';
import { type Direction, DOWN, fairWeather, type Port, type PortListener, type SimLink, UP, type Weather } from './port.js';

/** MQTT over Wi-Fi and a broker, QoS 0. */
export interface MessageLinkOptions {
  readonly bitsPerSecond: number;
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Bytes that a client's TCP buffer takes before it is full. */
  readonly bufferBytes: number;
  /** Topic, fixed header and TCP/IP headers are the medium's: bytes added to every message when counting. */
  readonly overheadBytes: number;
  /** A broker that keeps messages for a client that is away, and delivers them when it is back. Never to be trusted. */
  readonly brokerQueues: boolean;
}

export const messageLinkDefaults: MessageLinkOptions = {
  bitsPerSecond: 2_000_000,
  latencyMs: 6,
  jitterMs: 3,
  bufferBytes: 8192,
  overheadBytes: 14,
  brokerQueues: false,
};

const BROKER_QUEUE_MESSAGES_MAX = 100;
const REORDER_DELAY_MAX_MS = 40;
const LATE_MIN_MS = 200;
const LATE_MAX_MS = 8000;

/** One direction: sender's buffer -> wire -> broker -> receivers. */
class Lane {
  readonly weather: Weather = fairWeather();
  queuedBytes = 0;
  sentBytes = 0;
  lineFreeMs = 0;
  lastArrivalMs = 0;
  /** Messages of an older connection are told apart by this number, and lost. */
  connection = 0;
}

class End implements Port {
  listener: PortListener | undefined = undefined;
  isOpen = false;
  readonly #ready: () => boolean;
  readonly #send: (bytes: Uint8Array) => void;

  constructor(ready: () => boolean, send: (bytes: Uint8Array) => void) {
    this.#ready = ready;
    this.#send = send;
  }

  ready(): boolean {
    return this.isOpen && this.#ready();
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    if (this.isOpen) this.#send(bytes.slice(at, at + count));
  }
}

/** What all connections to one pair of topics share: the broker and the host behind it. */
class Topics {
  readonly links: MessageLink[] = [];
  readonly down = new Lane();
  readonly parkedUp: Uint8Array[] = [];
  readonly parkedDown: Uint8Array[] = [];
  heldUntilMs = 0;
  host: End | undefined;
}

/** A board's connection to its topics. Two boards of one identity may be connected to the same ones: both get what is for either. */
export class MessageLink implements SimLink {
  readonly kind = 'mqtt';
  readonly board: Port;
  readonly host: Port;
  readonly #clock: Clock;
  readonly #options: MessageLinkOptions;
  readonly #random: Random;
  readonly #damage: Damage;
  readonly #topics: Topics;
  readonly #up = new Lane();
  readonly #boardEnd: End;
  readonly #hostEnd: End;
  #cut = false;
  #powered = false;

  /** With `beside`, a second connection to the topics of that link. */
  constructor(clock: Clock, seed: number, options: MessageLinkOptions, damage: Damage, beside?: MessageLink) {
    this.#clock = clock;
    this.#options = options;
    this.#random = derive(seed, 'message-link');
    this.#damage = damage;
    this.#topics = beside === undefined ? new Topics() : beside.#topics;
    this.#topics.links.push(this);
    this.#boardEnd = this.#makeEnd(UP);
    this.#topics.host ??= this.#makeEnd(DOWN);
    this.#hostEnd = this.#topics.host;
    this.board = this.#boardEnd;
    this.host = this.#hostEnd;
  }

  get weather(): readonly [Weather, Weather] {
    return [this.#up.weather, this.#topics.down.weather];
  }

  get sentBytes(): readonly [number, number] {
    return [this.#up.sentBytes, this.#topics.links[0] === this ? this.#topics.down.sentBytes : 0];
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
    this.#topics.heldUntilMs = Math.max(this.#topics.heldUntilMs, untilMs);
  }

  boardPowered(on: boolean): void {
    this.#powered = on;
    this.#update();
  }

  hostRunning(on: boolean): void {
    if (this.#hostEnd.isOpen === on) return;
    this.#reopen(this.#hostEnd, this.#topics.down, on);
    if (on) for (const bytes of this.#topics.parkedUp.splice(0)) this.#arrive(UP, bytes, this.#options.latencyMs);
  }

  #makeEnd(direction: Direction): End {
    const lane = this.#lane(direction);
    const { overheadBytes, bufferBytes } = this.#options;
    return new End(
      () => lane.queuedBytes + overheadBytes < bufferBytes,
      (bytes) => this.#transmit(direction, bytes),
    );
  }

  #lane(direction: Direction): Lane {
    return direction === UP ? this.#up : this.#topics.down;
  }

  #update(): void {
    const open = this.#powered && !this.#cut;
    if (this.#boardEnd.isOpen === open) return;
    this.#reopen(this.#boardEnd, this.#up, open);
    if (open) for (const bytes of this.#topics.parkedDown.splice(0)) this.#arrive(DOWN, bytes, this.#options.latencyMs);
  }

  #reopen(end: End, lane: Lane, open: boolean): void {
    end.isOpen = open;
    lane.connection++;
    lane.queuedBytes = 0;
    lane.lineFreeMs = 0;
    if (open) end.listener?.opened();
    else end.listener?.closed();
  }

  #transmit(direction: Direction, bytes: Uint8Array): void {
    const lane = this.#lane(direction);
    const end = direction === UP ? this.#boardEnd : this.#hostEnd;
    this.#damage.sent(direction, bytes);
    const wireBytes = bytes.length + this.#options.overheadBytes;
    lane.queuedBytes += wireBytes;
    lane.sentBytes += wireBytes;
    const { connection } = lane;
    lane.lineFreeMs = Math.max(lane.lineFreeMs, this.#clock.nowMs()) + (wireBytes * 8000) / this.#options.bitsPerSecond;
    this.#clock.at(lane.lineFreeMs, () => {
      if (lane.connection !== connection) return;
      const wasFull = !end.ready();
      lane.queuedBytes -= wireBytes;
      this.#suffer(direction, bytes);
      if (wasFull) end.listener?.drained();
    });
  }

  /** The weather, then the way through the broker. */
  #suffer(direction: Direction, bytes: Uint8Array): void {
    const random = this.#random;
    const { weather } = this.#lane(direction);
    if (random.chance(weather.loss) || random.chance(weather.partial)) return;
    let delayMs = this.#options.latencyMs + random.unit() * this.#options.jitterMs;
    if (random.chance(weather.late)) this.#arrive(direction, bytes, LATE_MIN_MS + random.unit() * (LATE_MAX_MS - LATE_MIN_MS), true);
    if (random.chance(weather.duplicate)) this.#arrive(direction, bytes, delayMs + random.unit() * REORDER_DELAY_MAX_MS, true);
    if (random.chance(weather.corrupt)) bytes = this.#damage.corrupt(direction, bytes, random);
    else if (random.chance(weather.reseal)) bytes = this.#damage.reseal(direction, bytes, random);
    const reordered = random.chance(weather.reorder);
    if (reordered) delayMs += random.unit() * REORDER_DELAY_MAX_MS;
    this.#arrive(direction, bytes, delayMs, reordered);
  }

  #arrive(direction: Direction, bytes: Uint8Array, delayMs: number, outOfOrder = false): void {
    const lane = this.#lane(direction);
    let timeMs = Math.max(this.#clock.nowMs(), this.#topics.heldUntilMs) + delayMs;
    if (!outOfOrder) {
      timeMs = Math.max(timeMs, lane.lastArrivalMs);
      lane.lastArrivalMs = timeMs;
    }
    this.#clock.at(timeMs, () => {
      const { links, parkedUp, parkedDown } = this.#topics;
      const receivers = direction === UP ? [this.#hostEnd] : links.map((link) => link.#boardEnd);
      const open = receivers.filter((end) => end.isOpen);
      for (const end of open) end.listener?.frame(bytes, 0, bytes.length);
      const parked = direction === UP ? parkedUp : parkedDown;
      if (open.length === 0 && this.#options.brokerQueues && parked.length < BROKER_QUEUE_MESSAGES_MAX) parked.push(bytes);
    });
  }
}
