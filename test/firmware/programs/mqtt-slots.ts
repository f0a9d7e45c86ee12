// What a frame over Wi-Fi and MQTT costs in slots and chunks: the firmware's own share, with SDK classes that allocate nothing.
import { Network } from '../../../firmware/network.js';
import {
  MQTT_CONNACK,
  MQTT_SUBACK,
  type MqttClient,
  type MqttClientOptions,
  type MqttDescriptor,
  WIFI_HAS_ADDRESS,
  type WifiDescriptor,
} from '../../../firmware/network-io.js';
import { LOOK_JOINING_MS } from '../../../firmware/wifi-supervisor.js';
import { host } from '../../../sim/xs/host-api.js';
import { settings } from '../support/settings.js';

const FRAME_BYTES = 200;
const ROOM_BYTES = 8000;
/** MQTT 3.1.1, table 2.1. */
const MQTT_PINGRESP = 13;

class QuietClient implements MqttClient {
  static last: QuietClient;
  readonly options: MqttClientOptions;
  framesOut = 0;
  bytesOut = 0;

  constructor(options: MqttClientOptions) {
    this.options = options;
    QuietClient.last = this;
  }

  read(into: Uint8Array): number {
    return into.length;
  }

  write(data: Uint8Array | null): number {
    this.framesOut++;
    this.bytesOut += data === null ? 0 : data.length;
    return ROOM_BYTES;
  }

  close(): void {}
}

class QuietWifi {
  readonly connection = WIFI_HAS_ADDRESS;
  connect(): void {}
  disconnect(): void {}
  close(): void {}
}

class Quiet {
  framesIn = 0;
  opened(): void {}
  closed(): void {}
  drained(): void {}
  frame(): void {
    this.framesIn++;
  }
}

const frames = Number(host.args()[0]);
const user = new Quiet();
let nowMs = 0;
const descriptor = { io: QuietClient, dns: { io: Object }, socket: { io: Object } } as unknown as MqttDescriptor;
const wifi = { io: QuietWifi } as unknown as WifiDescriptor;
const network = new Network({ mqtt: descriptor, wifi, clockwork: { nowMs: () => nowMs, randomU32: () => 1 } });
const transport = network.createTransport(settings, 1);
transport.user = user;
transport.open(0);
transport.tick(0);
nowMs = LOOK_JOINING_MS;
transport.tick(nowMs);
transport.tick(nowMs);
const client = QuietClient.last;
const { options } = client;
options.onControl({ operation: MQTT_CONNACK });
options.onControl({ operation: MQTT_SUBACK, payload: [0] });
options.onWritable(ROOM_BYTES);

const frame = new Uint8Array(280);
const whole = Object.freeze({ more: false, topic: 'godwit/b1/d', byteLength: FRAME_BYTES });
const first = Object.freeze({ more: true, topic: 'godwit/b1/d', byteLength: FRAME_BYTES });
const last = Object.freeze({ more: false });
const pong = Object.freeze({ operation: MQTT_PINGRESP });

/** A sign of life now and then, as the broker gives it. */
function advance(index: number): void {
  nowMs += 10;
  if (index % 600 === 0) options.onControl(pong);
  transport.tick(nowMs);
}

function sendAll(): void {
  for (let index = 0; index < frames; index++) {
    transport.send(frame, 0, FRAME_BYTES - (index & 63));
    advance(index);
  }
}

function receiveWhole(): void {
  for (let index = 0; index < frames; index++) {
    options.onReadable(FRAME_BYTES, whole);
    advance(index);
  }
}

function receiveInTwoParts(): void {
  for (let index = 0; index < frames; index++) {
    options.onReadable(FRAME_BYTES - 50, first);
    options.onReadable(50, last);
    advance(index);
  }
}

interface Cost {
  readonly slots: number;
  readonly chunkBytes: number;
  readonly collections: number;
}

function measure(work: () => void): Cost {
  const collections = host.collections();
  const slots = host.slots();
  const chunks = host.chunks();
  work();
  const slotsAfter = host.slots();
  const chunksAfter = host.chunks();
  const collectionsAfter = host.collections();
  return { slots: (slotsAfter - slots) / frames, chunkBytes: (chunksAfter - chunks) / frames, collections: collectionsAfter - collections };
}

transport.send(frame, 0, 100);
receiveInTwoParts();
host.gc();
const up = measure(sendAll);
const down = measure(receiveWhole);
const downInTwo = measure(receiveInTwoParts);
host.print(
  JSON.stringify({
    frames,
    up,
    down,
    downInTwo,
    framesOut: transport.counters.framesOut,
    framesIn: user.framesIn,
    asks: transport.counters.asks,
  }),
);
