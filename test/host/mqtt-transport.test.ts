import { connect as connectTcp } from 'node:net';
import fc from 'fast-check';
import mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseBrokerUrl, withoutPassword } from '../../host/transports/broker-url.js';
import { type EmbeddedBroker, MQTT_PAYLOAD_BYTES_MAX, startEmbeddedBroker } from '../../host/transports/embedded-broker.js';
import { MqttTransport } from '../../host/transports/mqtt.js';
import { MQTT_PACKET_BYTES_MAX, PacketGuard } from '../../host/transports/packet-guard.js';
import { Recorder, until } from './support/recorder.js';

const SEED = 20261122;

describe('MQTT transport with the embedded broker', () => {
  let broker: EmbeddedBroker;
  let transport: MqttTransport;
  let recorder: Recorder;
  let board: mqtt.MqttClient;

  beforeEach(async () => {
    broker = await startEmbeddedBroker();
    transport = new MqttTransport(broker.url);
    recorder = new Recorder();
    transport.start(recorder);
    await until('the subscription', () => transport.up);
    board = await mqtt.connectAsync(broker.url);
  });
  afterEach(async () => {
    await board.endAsync(true);
    await transport.close();
    await broker.close();
  });

  it('makes one link of each name and carries frames both ways', async () => {
    const down: [string, string][] = [];
    board.on('message', (topic, payload) => down.push([topic, payload.toString()]));
    await board.subscribeAsync('godwit/+/d');
    board.publish('godwit/attic/u', 'one');
    board.publish('godwit/shed-1/u', 'two');
    board.publish('godwit/attic/u', 'three');
    await recorder.until('three frames', () => recorder.frames.length === 3);
    expect(recorder.frames.map(({ link, bytes }) => [link, bytes.toString()])).toEqual([
      ['mqtt:attic', 'one'],
      ['mqtt:shed-1', 'two'],
      ['mqtt:attic', 'three'],
    ]);
    const lent = Buffer.from('..answer..');
    recorder.links[1]!.send(lent, 2, 6);
    lent.fill(0);
    await until('the answer', () => down.length > 0);
    expect(down).toEqual([['godwit/shed-1/d', 'answer']]);
  });

  it('the broker neither keeps nor carries what is not Godwit’s', async () => {
    board.on('error', () => {});
    board.publish('godwit/attic/u', 'kept?', { retain: true });
    await recorder.until('the frame', () => recorder.frames.length === 1);
    const late = await mqtt.connectAsync(broker.url);
    const seen: string[] = [];
    late.on('message', (topic) => seen.push(topic));
    await late.subscribeAsync('#');
    board.publish('godwit/attic/u', 'later');
    await until('the later frame', () => seen.length > 0);
    expect(seen).toEqual(['godwit/attic/u']);
    await late.endAsync(true);
    board.publish('elsewhere', 'x');
    await until('the refusal', () => broker.counters.refusedPublishes === 1);
  });

  it('drops the connection that announces a packet of more than its bound, before its bytes come', async () => {
    const port = Number(new URL(broker.url).port);
    const closed = new Promise<void>((resolve) => {
      const socket = connectTcp(port, '127.0.0.1', () => socket.write(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f)));
      socket.on('error', () => {});
      socket.on('close', () => resolve());
    });
    await closed;
    expect(broker.counters.refusedPackets).toBe(1);
  });

  it(`I6: any topic and payload is delivered as a frame or counted and dropped (seed ${SEED})`, async () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/);
    const topic = fc.oneof(
      name.map((text) => `godwit/${text}/u`),
      fc
        .tuple(fc.constantFrom('godwit', 'Godwit', ''), fc.string({ maxLength: 40 }), fc.constantFrom('u', 'd', 'U', 'u/u'))
        .map((parts) => parts.join('/')),
    );
    const size = fc.oneof(
      fc.integer({ min: 0, max: MQTT_PAYLOAD_BYTES_MAX + 2 }),
      fc.constantFrom(MQTT_PAYLOAD_BYTES_MAX, MQTT_PAYLOAD_BYTES_MAX + 1),
    );
    const fuzz = new MqttTransport(broker.url);
    const heard = new Recorder();
    fuzz.start(heard);
    await until('the subscription', () => fuzz.up);
    fc.assert(
      fc.property(topic, size, fc.boolean(), (text, sizeBytes, retained) => {
        const before = heard.frames.length;
        const countedBefore = counted(fuzz);
        fuzz.deliver(text, Buffer.alloc(sizeBytes, 7), retained);
        const good = /^godwit\/[A-Za-z0-9_-]{1,32}\/u$/.test(text) && sizeBytes > 0 && sizeBytes <= MQTT_PAYLOAD_BYTES_MAX && !retained;
        expect(heard.frames.length - before).toBe(good ? 1 : 0);
        expect(counted(fuzz) - countedBefore).toBe(good ? 0 : 1);
      }),
      { numRuns: 2000, seed: SEED },
    );
    await fuzz.close();
  });
});

function counted(transport: MqttTransport): number {
  const { badTopics, badPayloads, retained, noRoom } = transport.counters;
  return badTopics + badPayloads + retained + noRoom;
}

describe('packet guard', () => {
  const packet = (bodyBytes: number): Buffer => {
    const length = [];
    let rest = bodyBytes;
    do {
      length.push((rest % 128) | (rest > 127 ? 128 : 0));
      rest = Math.floor(rest / 128);
    } while (rest > 0);
    return Buffer.concat([Buffer.of(0x30, ...length), Buffer.alloc(bodyBytes, 0xff)]);
  };

  it('lets every stream of packets within the bound pass, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: MQTT_PACKET_BYTES_MAX }), { maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 700 })),
        (sizes, cuts) => {
          const stream = Buffer.concat(sizes.map(packet));
          const guard = new PacketGuard();
          for (let at = 0; at < stream.length; ) {
            const count = cuts.next().value;
            expect(guard.accepts(stream.subarray(at, at + count))).toBe(true);
            at += count;
          }
        },
      ),
      { seed: SEED },
    );
  });

  it('refuses a larger packet at its length field, after any packets before it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 4 }),
        fc.integer({ min: MQTT_PACKET_BYTES_MAX + 1, max: 268_435_455 }),
        (sizes, large) => {
          const head = packet(large % 20_000 > MQTT_PACKET_BYTES_MAX ? large % 20_000 : MQTT_PACKET_BYTES_MAX + 1).subarray(0, 5);
          expect(new PacketGuard().accepts(Buffer.concat([...sizes.map(packet), head]))).toBe(false);
        },
      ),
      { seed: SEED },
    );
    expect(new PacketGuard().accepts(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80))).toBe(false);
  });
});

describe('broker URLs', () => {
  it('takes mqtt: and mqtts: with a host, and nothing else', () => {
    for (const good of ['mqtt://localhost', 'mqtts://broker.example:8883', 'mqtt://user:secret@10.0.0.7:1884/', 'mqtt://[::1]:1883']) {
      expect(parseBrokerUrl(good).href).toContain(new URL(good).hostname);
    }
    for (const bad of ['', 'localhost', 'http://localhost', 'mqtt://', 'mqtt:///x', 'mqtt://h/path', 'tcp:1883', 'mqtt://h:99999']) {
      expect(() => parseBrokerUrl(bad)).toThrow(TypeError);
    }
  });

  it('never shows a password', () => {
    expect(withoutPassword(parseBrokerUrl('mqtt://user:secret@host'))).not.toContain('secret');
  });
});
