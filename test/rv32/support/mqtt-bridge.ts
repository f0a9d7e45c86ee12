import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { MqttPort } from '../../../host/demo/mqtt-port.js';
import { StreamPort } from '../../../host/demo/stream-port.js';
import { serialPort } from '../../../host/transports/serial-port.js';

const BAUD = 115_200;
const AGAIN_MS = 100;

/**
 * A serial-to-MQTT gateway: the frames of a board's UART, taken out of their COBS, are the payloads of a broker's messages, and the other way
 * round. The emulated board has no radio, so its own end speaks serial; broker, topics and the host's end are what a board over Wi-Fi has.
 */
export class MqttBridge {
  readonly #radio: MqttPort;
  #stream: Duplex | undefined;
  #isOver = false;
  readonly #carrying: Promise<void>;

  /** @param path of the board's port, which comes and goes with its power */
  constructor(path: string, url: string, linkName: string) {
    this.#radio = new MqttPort(url, linkName);
    this.#carrying = this.#carry(path);
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#stream?.destroy();
    await this.#carrying;
    await this.#radio.close();
  }

  async #carry(path: string): Promise<void> {
    while (!this.#isOver) {
      const stream = await serialPort(path, BAUD)().catch(() => undefined);
      if (stream === undefined) {
        await delay(AGAIN_MS);
        continue;
      }
      this.#stream = stream;
      const line = new StreamPort(stream);
      const closed = new Promise<void>((resolve) => {
        line.listener = { ...NOTHING, frame: (bytes, at, count) => this.#radio.send(bytes, at, count), closed: resolve };
      });
      this.#radio.listener = { ...NOTHING, frame: (bytes, at, count) => line.send(bytes, at, count) };
      if (this.#isOver) stream.destroy();
      await closed;
      this.#radio.listener = undefined;
    }
  }
}

const NOTHING = { opened: () => {}, closed: () => {}, drained: () => {}, frame: () => {} };
