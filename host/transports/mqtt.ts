import type { MqttClient } from 'mqtt';
import { linkNameOfUp, TOPIC_FILTER_UP, topicDown } from '../../src/wire/topics.js';
import { parseBrokerUrl, withoutPassword } from './broker-url.js';
import { MQTT_PAYLOAD_BYTES_MAX } from './embedded-broker.js';
import type { FrameLink, LinkUser, Transport } from './frame-link.js';
import { connectMqtt } from './mqtt-client.js';

export const MQTT_LINKS_MAX = 4096;
export const MQTT_LINK_IDLE_MS = 60_000;
const UNSENT_BYTES_MAX = 64 * 1024;

/** The frames of one board's name on the broker. */
class MqttLink implements FrameLink {
  readonly kind = 'mqtt';
  readonly shared = true;
  readonly name: string;
  readonly #topic: string;
  readonly #transport: MqttTransport;
  id = -1;
  heardMs = 0;

  constructor(transport: MqttTransport, linkName: string) {
    this.name = `mqtt:${linkName}`;
    this.#topic = topicDown(linkName);
    this.#transport = transport;
  }

  get writable(): boolean {
    return this.#transport.writable;
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    this.#transport.publish(this.#topic, Buffer.from(bytes.subarray(at, at + count)));
  }
}

/** Many boards over one connection to a broker: one link for each name in godwit/NAME/u. */
export class MqttTransport implements Transport {
  readonly name: string;
  readonly counters = { connects: 0, messages: 0, badTopics: 0, badPayloads: 0, retained: 0, noRoom: 0, oversized: 0, notSent: 0 };
  /** Why the broker could not be reached last time; empty while all is well. */
  lastError = '';
  readonly #url: URL;
  readonly #links = new Map<string, MqttLink>();
  #client: MqttClient | undefined;
  #user: LinkUser | undefined;
  #subscribed = false;
  #unsentBytes = 0;
  #full = false;

  /**
   * @param url mqtt://HOST[:PORT] or mqtts://HOST[:PORT], with USER:PASSWORD@ if the broker wants them
   * @throws TypeError when it is neither
   */
  constructor(url: string) {
    this.#url = parseBrokerUrl(url);
    this.name = withoutPassword(this.#url);
  }

  get up(): boolean {
    return this.#subscribed;
  }

  get writable(): boolean {
    return this.#subscribed && !this.#full;
  }

  start(user: LinkUser): void {
    this.#user = user;
    const client = connectMqtt(this.#url, 'host', () => this.counters.oversized++);
    this.#client = client;
    client.on('connect', () => this.#connected(client));
    client.on('error', (error) => {
      this.lastError = error.message;
    });
    client.on('close', () => {
      this.#subscribed = false;
      this.#unsentBytes = 0;
      this.#full = false;
    });
    client.on('message', (topic, payload, packet) => this.deliver(topic, payload, packet.retain));
  }

  publish(topic: string, payload: Buffer): void {
    if (this.#client === undefined || !this.#subscribed) {
      this.counters.notSent++;
      return;
    }
    this.#unsentBytes += payload.length;
    this.#full ||= this.#unsentBytes > UNSENT_BYTES_MAX;
    this.#client.publish(topic, payload, { qos: 0 }, () => {
      this.#unsentBytes = Math.max(0, this.#unsentBytes - payload.length);
      if (this.#full && this.#unsentBytes * 2 < UNSENT_BYTES_MAX) {
        this.#full = false;
        this.#drained();
      }
    });
  }

  async close(): Promise<void> {
    for (const link of this.#links.values()) this.#user?.closed(link.id);
    this.#links.clear();
    this.#subscribed = false;
    await this.#client?.endAsync(true);
  }

  #connected(client: MqttClient): void {
    this.counters.connects++;
    client.subscribe(TOPIC_FILTER_UP, { qos: 0 }, (error) => {
      if (error) {
        // Without the subscription the connection is worth nothing; the next attempt asks again.
        this.lastError = error.message;
        client.stream.destroy();
        return;
      }
      this.lastError = '';
      this.#subscribed = true;
      this.#drained();
    });
  }

  #drained(): void {
    for (const link of this.#links.values()) this.#user?.drained(link.id);
  }

  /** A message of the broker: a frame for its link, or counted and dropped. */
  deliver(topic: string, payload: Buffer, retained: boolean): void {
    this.counters.messages++;
    const linkName = linkNameOfUp(topic);
    if (retained) this.counters.retained++;
    else if (linkName === undefined) this.counters.badTopics++;
    else if (payload.length === 0 || payload.length > MQTT_PAYLOAD_BYTES_MAX) this.counters.badPayloads++;
    else {
      const link = this.#links.get(linkName) ?? this.#open(linkName);
      if (link === undefined) return;
      link.heardMs = performance.now();
      this.#user?.received(link.id, payload, 0, payload.length);
    }
  }

  #open(linkName: string): MqttLink | undefined {
    if (this.#links.size >= MQTT_LINKS_MAX && !this.#closeSilent()) {
      this.counters.noRoom++;
      return undefined;
    }
    const link = new MqttLink(this, linkName);
    this.#links.set(linkName, link);
    link.id = this.#user!.opened(link);
    return link;
  }

  /** Gives up one link that has been silent for MQTT_LINK_IDLE_MS; a flood of made-up names must not shut out the next board. */
  #closeSilent(): boolean {
    const latestMs = performance.now() - MQTT_LINK_IDLE_MS;
    for (const [linkName, link] of this.#links) {
      if (link.heardMs > latestMs) continue;
      this.#links.delete(linkName);
      this.#user?.closed(link.id);
      return true;
    }
    return false;
  }
}
