import type { MqttClient } from 'mqtt';
import type { Port, PortListener } from '../../sim/links/port.js';
import { topicDown, topicUp } from '../../src/wire/topics.js';
import { parseBrokerUrl } from '../transports/broker-url.js';
import { connectMqtt } from '../transports/mqtt-client.js';

const UNSENT_FRAMES_MAX = 8;
/** A PUBLISH of up to 127 bytes after its length field has one byte of length, a longer one of ours two (MQTT 3.1.1, 2.2.3). */
const PUBLISH_LENGTH_LIMIT = 128;

/** A board's MQTT client, as its firmware has one: its own topic up, its own topic down. */
export class MqttPort implements Port {
  listener: PortListener | undefined;
  /** Bytes of the PUBLISH packets that the board has sent. */
  sentBytes = 0;
  readonly #client: MqttClient;
  readonly #topicUp: string;
  #subscribed = false;
  #unsentFrames = 0;

  /** @param linkName the board's name on the broker, 1 to 32 of A-Z a-z 0-9 _ - */
  constructor(url: string, linkName: string) {
    this.#topicUp = topicUp(linkName);
    this.#client = connectMqtt(parseBrokerUrl(url), linkName, () => {});
    this.#client.on('connect', () => this.#connected(topicDown(linkName)));
    this.#client.on('close', () => this.#lost());
    this.#client.on('error', () => {});
    this.#client.on('message', (_topic, payload, packet) => {
      if (!packet.retain) this.listener?.frame(payload, 0, payload.length);
    });
  }

  get isOpen(): boolean {
    return this.#subscribed;
  }

  ready(): boolean {
    return this.#subscribed && this.#unsentFrames < UNSENT_FRAMES_MAX;
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    if (!this.#subscribed) return;
    this.#unsentFrames++;
    this.sentBytes += publishBytes(this.#topicUp.length, count);
    this.#client.publish(this.#topicUp, Buffer.from(bytes.subarray(at, at + count)), { qos: 0 }, () => {
      this.#unsentFrames = Math.max(0, this.#unsentFrames - 1);
      this.listener?.drained();
    });
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }

  #connected(topic: string): void {
    this.#client.subscribe(topic, { qos: 0 }, (error) => {
      if (error) {
        this.#client.stream.destroy();
        return;
      }
      this.#unsentFrames = 0;
      this.#subscribed = true;
      this.listener?.opened();
    });
  }

  #lost(): void {
    if (!this.#subscribed) return;
    this.#subscribed = false;
    this.listener?.closed();
  }
}

function publishBytes(topicBytes: number, payloadBytes: number): number {
  const remaining = 2 + topicBytes + payloadBytes;
  return 1 + (remaining < PUBLISH_LENGTH_LIMIT ? 1 : 2) + remaining;
}
