// What the firmware runs on when nothing else may be in its memory: the SDK's classes as thin as they can be, the host at the other end of
// the pipe. Preloaded, as the SDK's own are. They allocate nothing once they are open, so what moves is the firmware's.

import { Network } from '../../../firmware/network.js';
import type { MqttClient, MqttClientOptions, MqttControl, Wifi } from '../../../firmware/network-io.js';
import { MQTT_CONNACK, MQTT_PINGREQ, MQTT_SUBACK, MQTT_SUBSCRIBE, WIFI_HAS_ADDRESS } from '../../../firmware/network-io.js';
import type {
  BoardPlatform,
  Flash,
  FlashStatus,
  KeyValue,
  NetworkPlatform,
  SerialDescriptor,
  SerialIo,
  SerialOptions,
} from '../../../firmware/platform.js';
import { FRAME_BYTES_MAX } from '../../../src/wire/constants.js';
import { topicDown } from '../../../src/wire/topics.js';
import { LINE_BYTES_PER_STEP, STEP_MS } from '../board-clock.js';
import { peer } from '../peer-api.js';

export const LINK_NAME = 'b1';
const FIFO_BYTES = 128;
const MQTT_ROOM_BYTES = 8184;
const MQTT_PINGRESP = 13;
const BLOCK_BYTES = 4096;
/** Two checkpoints of the largest state there may be. */
const FLASH_BLOCKS = 66;

/** A step on the line: what may leave, then what has arrived. */
interface Line {
  step(): void;
}

class PipeSerial implements SerialIo, Line {
  readonly target: unknown;
  readonly #options: SerialOptions;
  readonly #arrived = new Uint8Array(FIFO_BYTES);
  #count = 0;
  #room = 0;

  constructor(options: SerialOptions) {
    this.#options = options;
    this.target = options.target;
  }

  step(): void {
    this.#room = LINE_BYTES_PER_STEP;
    this.#options.onWritable.call(this, this.#room);
    peer.endTurn();
    for (this.#count = peer.receive(this.#arrived); this.#count > 0; this.#count = peer.receive(this.#arrived)) {
      this.#options.onReadable.call(this, this.#count);
    }
  }

  read(buffer: Uint8Array): number | undefined {
    const count = this.#count;
    if (count === 0) return undefined;
    for (let index = 0; index < count; index++) buffer[index] = this.#arrived[index]!;
    this.#count = 0;
    return count;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > this.#room) throw new Error('output full');
    this.#room -= bytes.length;
    peer.send(bytes, bytes.length);
  }

  close(): void {}
}

/** `embedded:network/mqtt/client`, connected and subscribed in a step each; a frame is a message. */
class PipeMqtt implements MqttClient, Line {
  readonly #options: MqttClientOptions;
  readonly #arrived = new Uint8Array(FRAME_BYTES_MAX);
  readonly #part = { more: false, topic: topicDown(LINK_NAME), byteLength: 0 };
  #control: MqttControl | undefined = { operation: MQTT_CONNACK };
  #pong = { operation: MQTT_PINGRESP };
  #isOpen = true;

  constructor(options: MqttClientOptions) {
    this.#options = options;
  }

  step(): void {
    if (!this.#isOpen) return;
    const control = this.#control;
    this.#control = undefined;
    if (control !== undefined) this.#options.onControl(control);
    this.#options.onWritable(MQTT_ROOM_BYTES);
    peer.endTurn();
    for (let count = peer.receive(this.#arrived); count > 0; count = peer.receive(this.#arrived)) {
      this.#part.byteLength = count;
      this.#options.onReadable(count, this.#part);
    }
  }

  read(into: Uint8Array): number {
    for (let index = 0; index < this.#part.byteLength; index++) into[index] = this.#arrived[index]!;
    return this.#part.byteLength;
  }

  write(data: Uint8Array | null, options: { readonly operation?: number }): number {
    if (data !== null) peer.send(data, data.length);
    else if (options.operation === MQTT_SUBSCRIBE) this.#control = { operation: MQTT_SUBACK, payload: [0] };
    else if (options.operation === MQTT_PINGREQ) this.#control = this.#pong;
    return MQTT_ROOM_BYTES;
  }

  close(): void {
    this.#isOpen = false;
  }
}

/** A partition that takes everything and keeps nothing: what a board without a host would start from is not the subject. */
class ForgetfulFlash implements Flash {
  read(buffer: Uint8Array): void {
    buffer.fill(0xff);
  }
  write(): void {}
  eraseBlock(): void {}
  status(): FlashStatus {
    return { size: FLASH_BLOCKS * BLOCK_BYTES, blockLength: BLOCK_BYTES, blocks: FLASH_BLOCKS };
  }
}

class PipeWifi implements Wifi {
  connection = 0;
  connect(): void {
    this.connection = WIFI_HAS_ADDRESS;
  }
  disconnect(): void {}
  close(): void {}
}

export class PipePlatform implements BoardPlatform {
  readonly serial: SerialDescriptor;
  readonly network: NetworkPlatform;
  #line: Line | undefined;
  readonly #random: number;
  #nowMs = 0;
  #wakeMs = Number.POSITIVE_INFINITY;
  #wake: () => void = () => {};
  readonly #stored = new Map<string, Uint8Array>();

  /** @param boot differs from boot to boot, as a chip's random numbers do */
  constructor(link: 'serial' | 'mqtt', boot: number) {
    this.#random = Math.imul(boot, 0x9e3779b1) >>> 0;
    const carries = (line: Line): void => {
      this.#line = line;
    };
    this.serial = {
      io: class extends PipeSerial {
        constructor(options: SerialOptions) {
          super(options);
          if (link === 'serial') carries(this);
        }
      },
    };
    const io = class extends PipeMqtt {
      constructor(options: MqttClientOptions) {
        super(options);
        carries(this);
      }
    };
    const other = { io: Object };
    this.network = new Network({ mqtt: { io, dns: other, socket: other }, wifi: { io: PipeWifi }, clockwork: this });
  }

  /** Time passes, timers fire, the line goes on by a step. */
  step(): void {
    this.#nowMs += STEP_MS;
    if (this.#nowMs >= this.#wakeMs) {
      this.#wakeMs = Number.POSITIVE_INFINITY;
      this.#wake();
    }
    this.#line?.step();
  }

  nowMs(): number {
    return this.#nowMs;
  }

  randomU32(): number {
    return this.#random;
  }

  wakeAfter(delayMs: number, wake: () => void): void {
    this.#wakeMs = this.#nowMs + delayMs;
    this.#wake = wake;
  }

  restart(): void {
    throw new Error('the firmware restarts itself');
  }

  checkpointFlash(): Flash {
    return new ForgetfulFlash();
  }

  keyValue(): KeyValue {
    const stored = this.#stored;
    return {
      read: (key) => stored.get(key)?.slice().buffer as ArrayBuffer | undefined,
      write: (key, value) => {
        stored.set(key, value.slice());
      },
      delete: (key) => {
        stored.delete(key);
      },
    };
  }
}
