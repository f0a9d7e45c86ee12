import type { BoardSettings } from 'godwit/wire/settings';
import type { BoardPlatform } from './platform.js';
import { SerialTransport } from './serial-transport.js';
import type { FrameTransport, TransportUser } from './transport.js';

export const DEFAULT_BAUD = 115_200;

/** What a board's transports tell, with the one that it came from. */
export interface LinksUser {
  opened(transport: FrameTransport): void;
  closed(transport: FrameTransport): void;
  frame(transport: FrameTransport, bytes: Uint8Array, at: number, count: number): void;
  go(): void;
}

/** One transport, as the board listens to it. */
class Side implements TransportUser {
  readonly #user: LinksUser;
  readonly #transport: FrameTransport;

  constructor(user: LinksUser, transport: FrameTransport) {
    this.#user = user;
    this.#transport = transport;
  }

  opened(): void {
    this.#user.opened(this.#transport);
  }

  closed(): void {
    this.#user.closed(this.#transport);
  }

  frame(bytes: Uint8Array, at: number, count: number): void {
    this.#user.frame(this.#transport, bytes, at, count);
  }

  drained(): void {
    this.#user.go();
  }
}

/** A board's transports: its serial line, which is always listened to, and its network, if the settings name one. */
export class Links {
  serial: SerialTransport;
  /** What carries the agent's frames; undefined while it has no word. */
  current: FrameTransport | undefined;
  #network: FrameTransport | undefined;
  readonly #platform: BoardPlatform;
  readonly #bootNonce: number;
  readonly #user: LinksUser;

  constructor(platform: BoardPlatform, bootNonce: number, baud: number, user: LinksUser) {
    this.#platform = platform;
    this.#bootNonce = bootNonce;
    this.#user = user;
    this.serial = this.#makeSerial(baud);
  }

  /** Takes the transport that the settings name. Throws RangeError for settings that it cannot use. */
  choose(nowMs: number, settings: BoardSettings): FrameTransport {
    const { network } = this.#platform;
    if (settings.link === 'mqtt' && network !== undefined) {
      this.#network = network.createTransport(settings, this.#bootNonce);
      this.#network.user = new Side(this.#user, this.#network);
      this.#network.open(nowMs);
    }
    this.current = this.#network ?? this.serial;
    return this.current;
  }

  /** Other settings follow: the network is left, and so is a serial line of another speed. */
  leave(nowMs: number, settings: BoardSettings): void {
    this.current = undefined;
    const network = this.#network;
    this.#network = undefined;
    if (network !== undefined) {
      network.user = undefined;
      network.close();
    }
    const baud = settings.baud || DEFAULT_BAUD;
    if (baud === this.serial.baud) return;
    this.serial.user = undefined;
    this.serial.close();
    this.serial = this.#makeSerial(baud);
    this.serial.open(nowMs);
  }

  tick(nowMs: number): void {
    this.serial.tick(nowMs);
    this.#network?.tick(nowMs);
  }

  dueMs(nowMs: number): number {
    return Math.min(this.serial.dueMs(nowMs), this.#network?.dueMs(nowMs) ?? Number.POSITIVE_INFINITY);
  }

  #makeSerial(baud: number): SerialTransport {
    const serial = new SerialTransport(this.#platform.serial, baud || DEFAULT_BAUD);
    serial.user = new Side(this.#user, serial);
    return serial;
  }
}
