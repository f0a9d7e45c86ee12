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

/** One direction: sender's buffer -> wire -> broker -> receiver. */
class Lane {
  readonly weather: Weather = fairWeather();
  readonly parked: Uint8Array[] = [];
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

export class MessageLink implements SimLink {
  readonly kind = 'mqtt';
  readonly board: Port;
  readonly host: Port;
  readonly #clock: Clock;
  readonly #options: MessageLinkOptions;
  readonly #random: Random;
  readonly #damage: Damage;
  readonly #lanes = [new Lane(), new Lane()] as const;
  readonly #ends: readonly [board: End, host: End];
  #cut = false;
  #powered = false;
  #hostUp = false;
  #heldUntilMs = 0;

  constructor(clock: Clock, seed: number, options: MessageLinkOptions, damage: Damage) {
    this.#clock = clock;
    this.#options = options;
    this.#random = derive(seed, 'message-link');
    this.#damage = damage;
    const end = (direction: Direction) =>
      new End(
        () => this.#lanes[direction].queuedBytes + options.overheadBytes < options.bufferBytes,
        (bytes) => this.#transmit(direction, bytes),
      );
    this.#ends = [end(UP), end(DOWN)];
    [this.board, this.host] = this.#ends;
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
    this.#heldUntilMs = Math.max(this.#heldUntilMs, untilMs);
  }

  boardPowered(on: boolean): void {
    this.#powered = on;
    this.#update();
  }

  hostRunning(on: boolean): void {
    this.#hostUp = on;
    this.#update();
  }

  #update(): void {
    this.#set(UP, this.#powered && !this.#cut);
    this.#set(DOWN, this.#hostUp);
  }

  /** `direction` names the end that sends that way. */
  #set(direction: Direction, open: boolean): void {
    const end = this.#ends[direction];
    if (end.isOpen === open) return;
    end.isOpen = open;
    const lane = this.#lanes[direction];
    lane.connection++;
    lane.queuedBytes = 0;
    lane.lineFreeMs = 0;
    if (!open) {
      end.listener?.closed();
      return;
    }
    end.listener?.opened();
    const inbound = this.#lanes[direction === UP ? DOWN : UP];
    for (const bytes of inbound.parked.splice(0)) this.#arrive(direction === UP ? DOWN : UP, bytes, this.#options.latencyMs);
  }

  #transmit(direction: Direction, bytes: Uint8Array): void {
    const lane = this.#lanes[direction];
    this.#damage.sent(direction, bytes);
    const wireBytes = bytes.length + this.#options.overheadBytes;
    lane.queuedBytes += wireBytes;
    lane.sentBytes += wireBytes;
    const { connection } = lane;
    lane.lineFreeMs = Math.max(lane.lineFreeMs, this.#clock.nowMs()) + (wireBytes * 8000) / this.#options.bitsPerSecond;
    this.#clock.at(lane.lineFreeMs, () => {
      if (lane.connection !== connection) return;
      const wasFull = !this.#ends[direction].ready();
      lane.queuedBytes -= wireBytes;
      this.#suffer(direction, bytes);
      if (wasFull) this.#ends[direction].listener?.drained();
    });
  }

  /** The weather, then the way through the broker. */
  #suffer(direction: Direction, bytes: Uint8Array): void {
    const random = this.#random;
    const lane = this.#lanes[direction];
    const { weather } = lane;
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
    const lane = this.#lanes[direction];
    let timeMs = Math.max(this.#clock.nowMs(), this.#heldUntilMs) + delayMs;
    if (!outOfOrder) {
      timeMs = Math.max(timeMs, lane.lastArrivalMs);
      lane.lastArrivalMs = timeMs;
    }
    this.#clock.at(timeMs, () => {
      const receiver = this.#ends[direction === UP ? DOWN : UP];
      if (receiver.isOpen) receiver.listener?.frame(bytes, 0, bytes.length);
      else if (this.#options.brokerQueues && lane.parked.length < BROKER_QUEUE_MESSAGES_MAX) lane.parked.push(bytes);
    });
  }
}
