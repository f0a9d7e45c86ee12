import { FRAME_BYTES_MAX, FRAME_BYTES_MIN } from 'godwit/wire/constants';
import { topicDown, topicUp } from 'godwit/wire/topics';
import { Backoff } from './backoff.js';
import { MESSAGE_DROPPED, MqttMessage } from './mqtt-message.js';
import {
  type Clockwork,
  MQTT_CONNACK,
  MQTT_PINGREQ,
  MQTT_SUBACK,
  MQTT_SUBSCRIBE,
  type MqttClient,
  type MqttControl,
  type MqttDescriptor,
  type MqttPart,
} from './network-io.js';
import { PatientResolver } from './patient-resolver.js';
import type { FrameTransport, TransportUser } from './transport.js';

export const RETRY_MIN_MS = 500;
export const RETRY_MAX_MS = 30_000;
/** A connection that stood so long makes the next attempt after it a first one. */
export const HELD_MS = 10_000;
/** Resolver, socket, CONNACK and SUBACK together. */
export const CONNECT_MS = 15_000;
/** Nothing heard for so long: PINGREQ. The link's own heartbeats keep a healthy connection from ever coming here. */
export const ASK_MS = 4_000;
/** Nothing heard for so long: the connection is dead, whatever the client says. */
export const SILENT_MS = 10_000;
/** For the broker, which drops a client after one and a half times this. */
const KEEP_ALIVE_MS = 15_000;
/** TCP holds what comes while the board is busy: a quarter of the smallest window of the SDK's ESP32 projects (5,744 bytes). */
const FIFO_BYTES = 1_436;
/** 2 Mbit/s, a weak Wi-Fi; no work of the board's is worth a byte there. */
const LINE_NS_PER_BYTE = 4_000;
const SUBSCRIBE_ID = 1;
/** Fixed header of a PUBLISH with a length of two bytes, and the length of its topic. */
const PUBLISH_HEAD_BYTES = 5;
const PING_BYTES = 2;
const FAILURE_CODE = 0x80;

const CLOSED = 0;
const WAITING = 1;
const CONNECTING = 2;
const SUBSCRIBING = 3;
const OPEN = 4;

export interface MqttTransportOptions {
  readonly mqtt: MqttDescriptor;
  readonly clockwork: Clockwork;
  /** u32, chosen anew at every boot: a broker that still holds the last boot's connection must not take the two for one. */
  readonly bootNonce: number;
  /** A name or an IPv4 address. */
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
  /** 1 to 32 of A-Z a-z 0-9 _ -; with 11 or fewer the client id has the 23 characters that every broker takes. */
  readonly linkName: string;
}

/**
 * Frames as MQTT 3.1.1 messages: QoS 0, clean session, godwit/NAME/u up and godwit/NAME/d down. It opens when the broker has granted
 * the subscription. The SDK's client does not come back from anything by itself and may be dead without a word: whatever goes wrong
 * ends in close() and, after a bounded wait, in a fresh client. A frame costs one view of it (4 slots) beside what the client uses.
 *
 * The client does not tell which messages the broker had retained. They do no harm: a frame's check is seeded with its session, and
 * an answer to an older hello carries that hello's nonce.
 */
export class MqttTransport implements FrameTransport {
  readonly kind = 'mqtt';
  readonly fifoBytes = FIFO_BYTES;
  readonly lineNsPerByte = LINE_NS_PER_BYTE;
  readonly counters = Object.seal({
    attempts: 0,
    opens: 0,
    errors: 0,
    refused: 0,
    timeouts: 0,
    silences: 0,
    writesThrown: 0,
    asks: 0,
    framesIn: 0,
    framesOut: 0,
    dropped: 0,
    notSent: 0,
  });
  user: TransportUser | undefined = undefined;
  readonly #options: MqttTransportOptions;
  readonly #clientId: string;
  readonly #topicDown: string;
  readonly #message: MqttMessage;
  readonly #publish: { topic: string; byteLength: number; QoS: number };
  readonly #ping = { operation: MQTT_PINGREQ };
  readonly #roomNeeded: number;
  readonly #backoff = new Backoff(RETRY_MIN_MS, RETRY_MAX_MS);
  #state = CLOSED;
  #client: MqttClient | undefined;
  #resolver: PatientResolver | undefined;
  /** Given up inside one of its callbacks, after which it still uses its socket: closed by the next tick. */
  #left: MqttClient | undefined;
  #leftResolver: PatientResolver | undefined;
  /** Callbacks of an older attempt's client are not heard. */
  #attempt = 0;
  #callbackDepth = 0;
  /** A write threw: what the client thinks it has sent is unknown. The next tick gives it up. */
  #isBroken = false;
  #deadlineMs = 0;
  #openedMs = 0;
  #heardMs = 0;
  #askedMs = 0;
  /** Bytes that the client takes now, as it said last. */
  #roomBytes = 0;

  /** @throws RangeError for a link name that is none */
  constructor(options: MqttTransportOptions) {
    this.#options = options;
    this.#clientId = `gw-${options.linkName}-${options.bootNonce.toString(16).padStart(8, '0')}`;
    this.#topicDown = topicDown(options.linkName);
    this.#message = new MqttMessage(this.#topicDown);
    this.#publish = { topic: topicUp(options.linkName), byteLength: 0, QoS: 0 };
    this.#roomNeeded = PUBLISH_HEAD_BYTES + this.#publish.topic.length + FRAME_BYTES_MAX;
  }

  get isOpen(): boolean {
    return this.#state === OPEN;
  }

  open(nowMs: number): void {
    if (this.#state !== CLOSED) return;
    this.#state = WAITING;
    this.#deadlineMs = nowMs;
    this.#backoff.reset();
  }

  close(): void {
    const wasOpen = this.isOpen;
    this.#leave();
    this.#state = CLOSED;
    // Whoever closes may never call tick() again.
    if (this.#left !== undefined) void Promise.resolve().then(() => this.#bury());
    if (wasOpen) this.user?.closed();
  }

  ready(): boolean {
    return this.#state === OPEN && this.#roomBytes >= this.#roomNeeded;
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    if (!this.ready() || count > FRAME_BYTES_MAX) {
      this.counters.notSent++;
      return;
    }
    this.#publish.byteLength = count;
    this.counters.framesOut++;
    this.#write(new Uint8Array(bytes.buffer, bytes.byteOffset + at, count), this.#publish);
  }

  tick(nowMs: number): void {
    if (this.#callbackDepth > 0) return;
    this.#bury();
    if (this.#isBroken) {
      this.#fail(nowMs);
    } else if (this.#state === WAITING) {
      if (nowMs >= this.#deadlineMs) this.#connect(nowMs);
    } else if (this.#state === OPEN) {
      this.#watch(nowMs);
    } else if (this.#state !== CLOSED && nowMs >= this.#deadlineMs) {
      this.counters.timeouts++;
      this.#fail(nowMs);
    }
  }

  dueMs(nowMs: number): number {
    if (this.#isBroken || this.#left !== undefined || this.#leftResolver !== undefined) return nowMs;
    if (this.#state === CLOSED) return Number.POSITIVE_INFINITY;
    return this.#state === OPEN ? Math.min(this.#askDueMs, this.#heardMs + SILENT_MS) : this.#deadlineMs;
  }

  get #askDueMs(): number {
    return Math.max(this.#heardMs, this.#askedMs) + ASK_MS;
  }

  #watch(nowMs: number): void {
    if (nowMs >= this.#heardMs + SILENT_MS) {
      this.counters.silences++;
      this.#fail(nowMs);
    } else if (nowMs >= this.#askDueMs) {
      this.#askedMs = nowMs;
      this.counters.asks++;
      if (this.#roomBytes >= PING_BYTES) this.#write(null, this.#ping);
    }
  }

  #connect(nowMs: number): void {
    const { mqtt, host, port, user, password } = this.#options;
    this.counters.attempts++;
    this.#state = CONNECTING;
    this.#deadlineMs = nowMs + CONNECT_MS;
    this.#roomBytes = 0;
    const attempt = ++this.#attempt;
    this.#callbackDepth++;
    try {
      const client = new mqtt.io({
        ...mqtt,
        host,
        port,
        id: this.#clientId,
        clean: true,
        keepAlive: KEEP_ALIVE_MS,
        ...(user === undefined ? {} : { user }),
        ...(password === undefined ? {} : { password }),
        dns: { io: PatientResolver, resolver: mqtt.dns, made: (resolver: PatientResolver) => this.#resolving(attempt, resolver) },
        onReadable: (count, part) => {
          if (attempt === this.#attempt) this.#onReadable(count, part);
        },
        onWritable: (count) => {
          if (attempt === this.#attempt) this.#onWritable(count);
        },
        onControl: (message) => {
          if (attempt === this.#attempt) this.#onControl(message);
        },
        onError: () => {
          if (attempt === this.#attempt) this.#onError();
        },
      });
      if (attempt === this.#attempt) this.#client = client;
      else this.#left = client;
    } catch {
      if (attempt === this.#attempt) this.#onError();
    }
    this.#callbackDepth--;
    if (attempt !== this.#attempt) this.#bury();
  }

  #resolving(attempt: number, resolver: PatientResolver): void {
    if (attempt === this.#attempt) this.#resolver = resolver;
  }

  #onControl(message: MqttControl): void {
    const nowMs = this.#options.clockwork.nowMs();
    this.#heardMs = nowMs;
    this.#callbackDepth++;
    if (message.operation === MQTT_CONNACK && this.#state === CONNECTING) {
      this.#state = SUBSCRIBING;
      const items = [{ topic: this.#topicDown, QoS: 0 }];
      this.#write(null, { operation: MQTT_SUBSCRIBE, id: SUBSCRIBE_ID, items });
      if (this.#isBroken) this.user?.drained();
    } else if (message.operation === MQTT_SUBACK && this.#state === SUBSCRIBING) {
      this.#onSubscribed(nowMs, message);
    }
    this.#callbackDepth--;
  }

  #onSubscribed(nowMs: number, message: MqttControl): void {
    if (((message.payload?.[0] ?? 0) & FAILURE_CODE) !== 0) {
      this.counters.refused++;
      this.#fail(nowMs);
      return;
    }
    this.#state = OPEN;
    this.#openedMs = nowMs;
    this.#askedMs = nowMs;
    this.counters.opens++;
    this.user?.opened();
  }

  #onReadable(count: number, part: MqttPart): void {
    const client = this.#client;
    if (client === undefined) return;
    this.#heardMs = this.#options.clockwork.nowMs();
    this.#callbackDepth++;
    const length = this.#message.take(client, count, part);
    if (length === MESSAGE_DROPPED || (length > 0 && length < FRAME_BYTES_MIN)) {
      this.counters.dropped++;
    } else if (length > 0 && this.#state === OPEN) {
      this.counters.framesIn++;
      this.user?.frame(this.#message.bytes, 0, length);
    }
    this.#callbackDepth--;
  }

  #onWritable(count: number): void {
    const wasReady = this.ready();
    this.#roomBytes = count;
    if (wasReady || !this.ready()) return;
    this.#callbackDepth++;
    this.user?.drained();
    this.#callbackDepth--;
  }

  #onError(): void {
    this.counters.errors++;
    this.#callbackDepth++;
    this.#fail(this.#options.clockwork.nowMs());
    this.#callbackDepth--;
  }

  #write(data: Uint8Array | null, options: object): void {
    try {
      this.#roomBytes = this.#client?.write(data, options) ?? 0;
    } catch {
      this.counters.writesThrown++;
      this.#isBroken = true;
      this.#roomBytes = 0;
    }
  }

  #fail(nowMs: number): void {
    const wasOpen = this.#state === OPEN;
    if (wasOpen && nowMs >= this.#openedMs + HELD_MS) this.#backoff.reset();
    this.#leave();
    this.#state = WAITING;
    this.#deadlineMs = nowMs + this.#backoff.delayMs(this.#options.clockwork.randomU32());
    // Either way the user learns that dueMs() has another answer.
    if (wasOpen) this.user?.closed();
    else this.user?.drained();
  }

  #leave(): void {
    this.#attempt++;
    this.#isBroken = false;
    this.#roomBytes = 0;
    this.#left = this.#client;
    this.#leftResolver = this.#resolver;
    this.#client = undefined;
    this.#resolver = undefined;
    if (this.#callbackDepth === 0) this.#bury();
  }

  #bury(): void {
    const client = this.#left;
    const resolver = this.#leftResolver;
    this.#left = undefined;
    this.#leftResolver = undefined;
    try {
      resolver?.close();
      client?.close();
    } catch {
      this.counters.errors++;
    }
  }
}
