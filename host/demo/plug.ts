import type { Duplex } from 'node:stream';
import type { Port } from '../../sim/links/port.js';
import { SerialTransport } from '../transports/serial.js';
import { MqttPort } from './mqtt-port.js';
import { serialLine } from './serial-line.js';
import { StreamPort } from './stream-port.js';

const BAUD = 115_200;
/** What an ESP32's ROM prints at a start: bytes between frames that the host has to skip. */
const BOOT_TEXT = 'ets Jul 29 2019 12:21:46\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n';

/** What a board plugs into: made anew at every start of the board, gone with its power. */
export interface Plug {
  /** As the host names the link. */
  readonly link: string;
  /** Bytes that the board has sent, with all framing of the medium. */
  readonly sentBytes: number;
  powerOn(): Port;
  powerOff(): Promise<void>;
}

/** A board with an MQTT client of its own. */
export class MqttPlug implements Plug {
  readonly link: string;
  readonly #url: string;
  readonly #linkName: string;
  #port: MqttPort | undefined;
  #earlierBytes = 0;

  constructor(url: string, linkName: string) {
    this.#url = url;
    this.#linkName = linkName;
    this.link = `mqtt:${linkName}`;
  }

  get sentBytes(): number {
    return this.#earlierBytes + (this.#port?.sentBytes ?? 0);
  }

  powerOn(): Port {
    this.#port = new MqttPort(this.#url, this.#linkName);
    return this.#port;
  }

  async powerOff(): Promise<void> {
    const port = this.#port;
    this.#earlierBytes = this.sentBytes;
    this.#port = undefined;
    await port?.close();
  }
}

/** A board at a simulated serial cable whose other end is a port of the host. */
export class SerialPlug implements Plug {
  readonly link: string;
  readonly transport: SerialTransport;
  #end: Duplex | undefined;
  #port: StreamPort | undefined;
  #earlierBytes = 0;

  constructor(name: string) {
    this.link = `serial:${name}`;
    this.transport = new SerialTransport(this.link, async () => this.#open(), 'simulated');
  }

  get sentBytes(): number {
    return this.#earlierBytes + (this.#port?.sentBytes ?? 0);
  }

  powerOn(): Port {
    const [board, host] = serialLine(BAUD);
    this.#end = host;
    this.#port = new StreamPort(board);
    this.#port.print(BOOT_TEXT);
    return this.#port;
  }

  async powerOff(): Promise<void> {
    this.#earlierBytes = this.sentBytes;
    this.#port = undefined;
    this.#end?.destroy();
    this.#end = undefined;
  }

  /** The host opens the port: it is there while the board has power, as that of a USB board. */
  #open(): Duplex {
    if (this.#end === undefined || this.#end.destroyed) throw new Error('the board has no power');
    return this.#end;
  }
}
