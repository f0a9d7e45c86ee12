import { FRAME_BYTES_MAX } from 'godwit/wire/constants';
import type { MqttClient, MqttPart } from './network-io.js';

export const MESSAGE_DROPPED = -1;

/**
 * Puts the parts of a message together in a buffer of one frame. What is longer, or of another topic, is read to its end all the same:
 * the client takes in nothing else before.
 */
export class MqttMessage {
  /** The message, once take() has returned its length. */
  readonly bytes = new Uint8Array(FRAME_BYTES_MAX);
  readonly #topic: string;
  #length = 0;
  #isWanted = false;

  constructor(topic: string) {
    this.#topic = topic;
  }

  /** Takes in `count` bytes: the length of the message if it is whole now, 0 if not, MESSAGE_DROPPED at the end of one not wanted. */
  take(client: MqttClient, count: number, part: MqttPart): number {
    if (part.topic !== undefined) {
      this.#length = 0;
      this.#isWanted = part.topic === this.#topic;
    }
    if (this.#length + count > FRAME_BYTES_MAX) this.#isWanted = false;
    if (this.#isWanted) this.#read(client, count);
    else this.#discard(client, count);
    if (part.more) return 0;
    return this.#isWanted ? this.#length : MESSAGE_DROPPED;
  }

  #read(client: MqttClient, count: number): void {
    const isWhole = this.#length === 0 && count <= FRAME_BYTES_MAX;
    // The client fills no more of the buffer than it has: the first part needs no view of its own.
    client.read(isWhole ? this.bytes : new Uint8Array(this.bytes.buffer, this.#length, count));
    this.#length += count;
  }

  #discard(client: MqttClient, count: number): void {
    for (let left = count; left > 0; left -= FRAME_BYTES_MAX) client.read(this.bytes);
  }
}
