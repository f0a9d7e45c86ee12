import type { Alarm, Clock } from '../clock.js';
import {
  CONNACK,
  CONNECT,
  concat,
  DISCONNECT,
  head,
  PINGREQ,
  PINGRESP,
  PUBLISH,
  packetOf,
  prefixed,
  readHead,
  SUBACK,
  SUBSCRIBE,
  textOf,
  u16,
} from './mqtt-packets.js';

/** What the client keeps of the socket's room for itself. */
const OVERHEAD_BYTES = 8;
const CONNECT_MS = 30_000;

interface Socket {
  read(): Uint8Array | undefined;
  write(bytes: Uint8Array): number | undefined;
  close(): void;
}

// biome-ignore lint/suspicious/noExplicitAny: each class knows its own options and its own methods
type IoClass = new (options: any) => any;

interface Descriptor {
  readonly io: IoClass;
}

export interface MqttClientOptions {
  /** The SDK's client imports its timers; here they come with the descriptor. */
  readonly clock: Clock;
  readonly host: string;
  readonly port?: number;
  readonly id?: string;
  readonly clean?: boolean;
  readonly keepAlive?: number;
  readonly user?: string;
  readonly password?: string;
  readonly dns: Descriptor;
  readonly socket: Descriptor;
  onReadable?(count: number, part: object): void;
  onWritable?(count: number): void;
  onControl?(message: object): void;
  onError?(): void;
}

interface Item {
  readonly topic: string;
  readonly QoS?: number;
}

interface WriteOptions {
  readonly operation?: number;
  readonly id?: number;
  readonly topic?: string;
  readonly byteLength?: number;
  readonly QoS?: number;
  readonly items?: readonly Item[];
}

/**
 * Stands for `embedded:network/mqtt/client` of Moddable's SDK 8.2, QoS 0, and is no better than it:
 * - never sends anything again, never connects again, never calls onClose; after onError it is closed;
 * - says nothing while the network is silent, until keepAlive (if any) has passed one and a half times without a PINGRESP;
 * - write() throws when it is not connected, when there is no room, and after close();
 * - hands a message out in the parts in which TCP brought it, says nothing of `retain`, and takes in nothing else before all is read;
 * - an empty message makes it deaf;
 * - closed while its resolver works, it throws into the resolver; closed inside onReadable, it throws into the socket.
 */
export class MqttClient {
  readonly #clock: Clock;
  #options: MqttClientOptions | undefined;
  #socket: Socket | undefined;
  #state: 'resolving' | 'connecting' | 'login' | 'connected' | 'publishing' = 'resolving';
  /** Bytes that the socket takes. */
  #roomBytes = 0;
  /** Of a message that is written in parts. */
  #remainingBytes = 0;
  #input: Uint8Array = new Uint8Array(0);
  #isParsing = false;
  #isDeaf = false;
  /** Of the part that was announced last and not yet read. */
  #unreadBytes = 0;
  /** Of the message after that part. */
  #messageBytes = 0;
  /** What goes with the first part of a message. */
  #firstPart: object | undefined;
  #connectAlarm: Alarm | undefined;
  #keepAliveAlarm: Alarm | undefined;
  #readAlarm: Alarm | undefined;
  #pongMs = 0;
  #pingMs = 0;

  constructor(options: MqttClientOptions) {
    if (!options.host) throw new Error('host required');
    this.#clock = options.clock;
    this.#options = options;
    const resolver = new options.dns.io(options.dns);
    resolver.resolve({
      host: options.host,
      onResolved: (host: string, address: string) => this.#onResolved(options, host, address),
      onError: () => this.#onError(),
    });
  }

  close(): void {
    for (const alarm of [this.#connectAlarm, this.#keepAliveAlarm, this.#readAlarm]) alarm?.cancel();
    this.#socket?.close();
    this.#socket = undefined;
    this.#options = undefined;
    this.#unreadBytes = 0;
    this.#roomBytes = 0;
  }

  read(into: Uint8Array | number = this.#unreadBytes): ArrayBuffer | number | undefined {
    const wanted = typeof into === 'number' ? into : into.length;
    const count = Math.min(wanted, this.#unreadBytes);
    if (count === 0) return undefined;
    const bytes = this.#input.slice(0, count);
    this.#input = this.#input.slice(count);
    this.#unreadBytes -= count;
    if (this.#unreadBytes === 0 && !this.#isParsing) {
      this.#readAlarm ??= this.#clock.at(0, () => {
        this.#readAlarm = undefined;
        this.#parse();
      });
    }
    if (typeof into === 'number') return bytes.buffer as ArrayBuffer;
    into.set(bytes);
    return count;
  }

  write(data: Uint8Array | null, options?: WriteOptions): number {
    const socket = this.#socket;
    if (socket === undefined) throw new TypeError('closed');
    if (this.#state !== 'connected') return this.#writeRest(data, options);
    const operation = options?.operation ?? PUBLISH;
    if (operation === PUBLISH) {
      this.#writePublish(data!, options!);
    } else if (operation === SUBSCRIBE) {
      const items = options!.items!.map(({ topic, QoS = 0 }) => concat(prefixed(topic), Uint8Array.of(QoS)));
      this.#send(packetOf(SUBSCRIBE, 2, u16(options!.id!), ...items));
    } else if (operation === PINGREQ || operation === DISCONNECT) {
      this.#send(packetOf(operation, 0));
    } else {
      throw new Error('unknown');
    }
    return Math.max(0, this.#roomBytes - OVERHEAD_BYTES);
  }

  #writePublish(data: Uint8Array, options: WriteOptions): void {
    const topic = prefixed(options.topic!);
    const byteLength = options.byteLength ?? data.length;
    if (data.length > byteLength) throw new Error('invalid');
    this.#send(concat(head(PUBLISH, 0, topic.length + byteLength), topic, data));
    this.#remainingBytes = byteLength - data.length;
    if (this.#remainingBytes > 0) this.#state = 'publishing';
  }

  #writeRest(data: Uint8Array | null, options: WriteOptions | undefined): number {
    if (this.#state !== 'publishing' || options !== undefined || data === null || data.length > this.#remainingBytes) {
      throw new Error('not connected');
    }
    this.#send(data);
    this.#remainingBytes -= data.length;
    if (this.#remainingBytes === 0) this.#state = 'connected';
    return Math.max(0, this.#roomBytes - OVERHEAD_BYTES);
  }

  #send(bytes: Uint8Array): void {
    if (bytes.length > this.#roomBytes) throw new Error('overflow');
    this.#roomBytes = this.#socket?.write(bytes) ?? 0;
  }

  #onResolved(made: MqttClientOptions, host: string, address: string): void {
    try {
      this.#state = 'connecting';
      this.#socket = new made.socket.io({
        ...made.socket,
        address,
        host,
        port: this.#living.port ?? 1883,
        onReadable: () => this.#onReadable(),
        onWritable: (count: number) => this.#onWritable(count),
        onError: () => this.#onError(),
      });
      this.#connectAlarm = this.#clock.at(this.#clock.nowMs() + CONNECT_MS, () => this.#onError());
    } catch {
      this.#onError();
    }
  }

  /** The options; throws after close(), where the SDK's client uses them all the same. */
  get #living(): MqttClientOptions {
    if (this.#options === undefined) throw new TypeError('options of a closed MQTT client');
    return this.#options;
  }

  #onError(): void {
    this.#living.onError?.();
    this.close();
  }

  #onWritable(count: number): void {
    this.#roomBytes = count;
    if (this.#state === 'connecting') this.#login();
    else if (this.#state === 'connected' || this.#state === 'publishing') this.#tellRoom();
  }

  #tellRoom(): void {
    if (this.#roomBytes > OVERHEAD_BYTES) this.#living.onWritable?.(this.#roomBytes - OVERHEAD_BYTES);
  }

  #login(): void {
    this.#connectAlarm?.cancel();
    const { id = '', user, password, clean = true, keepAlive = 0 } = this.#living;
    const flags = (clean ? 2 : 0) | (user ? 0x80 : 0) | (password ? 0x40 : 0);
    const seconds = Math.ceil(keepAlive / 1000);
    const texts = [id, user, password].filter((text) => text).map((text) => prefixed(text!));
    this.#send(packetOf(CONNECT, 0, prefixed('MQTT'), Uint8Array.of(4, flags), u16(seconds), ...texts));
    this.#state = 'login';
    this.#pongMs = this.#clock.nowMs();
    this.#pingMs = this.#pongMs;
    if (seconds > 0) this.#keepAlive(1000 * seconds);
  }

  #keepAlive(intervalMs: number): void {
    this.#keepAliveAlarm = this.#clock.at(this.#clock.nowMs() + intervalMs / 4, () => {
      const nowMs = this.#clock.nowMs();
      if (nowMs - this.#pongMs >= intervalMs * 1.5) {
        this.#onError();
        return;
      }
      if (nowMs - this.#pingMs >= intervalMs * 0.75 - 500 && this.#state === 'connected' && this.#roomBytes >= 2) {
        this.#pingMs = nowMs;
        this.write(null, { operation: PINGREQ });
      }
      this.#keepAlive(intervalMs);
    });
  }

  #onReadable(): void {
    const bytes = this.#socket?.read();
    if (bytes === undefined) return;
    this.#input = concat(this.#input, bytes);
    this.#parse();
  }

  #parse(): void {
    this.#isParsing = true;
    while (this.#unreadBytes === 0 && !this.#isDeaf && this.#socket !== undefined && this.#parseNext());
    this.#isParsing = false;
  }

  /** False: there is nothing more to be made of the input. */
  #parseNext(): boolean {
    if (this.#messageBytes > 0) return this.#announce();
    const found = readHead(this.#input);
    if (found === undefined) return false;
    if (found.type === PUBLISH) return this.#parsePublish(found.at, found.remainingBytes);
    if (this.#input.length < found.at + found.remainingBytes) return false;
    const body = this.#input.slice(found.at, found.at + found.remainingBytes);
    this.#input = this.#input.slice(found.at + found.remainingBytes);
    return this.#control(found.type, body);
  }

  #parsePublish(at: number, remainingBytes: number): boolean {
    if (this.#input.length < at + 2) return false;
    const payloadAt = at + 2 + ((this.#input[at]! << 8) | this.#input[at + 1]!);
    if (this.#input.length < payloadAt) return false;
    const topic = textOf(this.#input.slice(at + 2, payloadAt));
    this.#messageBytes = remainingBytes - (payloadAt - at);
    this.#input = this.#input.slice(payloadAt);
    this.#isDeaf = this.#messageBytes === 0;
    this.#firstPart = { topic, byteLength: this.#messageBytes, QoS: 0 };
    return true;
  }

  #announce(): boolean {
    const count = Math.min(this.#messageBytes, this.#input.length);
    if (count === 0) return false;
    const part = this.#firstPart;
    this.#firstPart = undefined;
    this.#unreadBytes = count;
    this.#messageBytes -= count;
    this.#living.onReadable?.(count, { ...part, more: this.#messageBytes > 0 });
    if (this.#socket === undefined) throw new Error('the socket was closed under its reader');
    return true;
  }

  #control(type: number, body: Uint8Array): boolean {
    if (type === CONNACK) {
      if (body[1] !== 0) {
        this.#onError();
        return false;
      }
      this.#state = 'connected';
      this.#options?.onControl?.({ operation: CONNACK, returnCode: 0 });
      if (this.#options !== undefined) this.#tellRoom();
    } else if (type === SUBACK) {
      this.#options?.onControl?.({ operation: SUBACK, id: (body[0]! << 8) | body[1]!, payload: Array.from(body.slice(2)) });
    } else {
      if (type === PINGRESP) this.#pongMs = this.#clock.nowMs();
      this.#options?.onControl?.({ operation: type });
    }
    return this.#socket !== undefined;
  }
}
