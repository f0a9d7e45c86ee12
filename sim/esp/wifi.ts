import type { Alarm, Clock } from '../clock.js';
import type { VirtualNetwork } from './tcp.js';

const IDLE = 200;
const CONNECTING = 300;
const JOINED = 400;
const HAS_ADDRESS = 500;

/** The access point, and the one radio of the board that all driver objects share. */
export class VirtualAccessPoint {
  password = 'correct horse';
  /** There is one at all. */
  isThere = true;
  /** Takes the board's request and never answers it. */
  ignores = false;
  /** Joins, and gives no address. */
  givesAddress = true;
  /** Driver objects lose their callbacks. */
  losesCallbacks = false;
  associateMs = 800;
  addressMs = 600;
  /** When connect() was called. */
  readonly attemptsMs: number[] = [];
  connection = IDLE;
  readonly clock: Clock;
  readonly network: VirtualNetwork;
  readonly #drivers = new Set<Wifi>();
  #alarm: Alarm | undefined;

  constructor(network: VirtualNetwork) {
    this.clock = network.clock;
    this.network = network;
    network.isUp = false;
  }

  get driverCount(): number {
    return this.#drivers.size;
  }

  add(driver: Wifi): void {
    this.#drivers.add(driver);
  }

  remove(driver: Wifi): void {
    this.#drivers.delete(driver);
  }

  connect(password: string): void {
    if (this.connection === CONNECTING) throw new Error('already connecting');
    if (this.connection >= JOINED) throw new Error('connect failed');
    this.attemptsMs.push(this.clock.nowMs());
    this.#become(CONNECTING);
    if (this.ignores) return;
    this.#after(this.associateMs, () => {
      if (!this.isThere || password !== this.password) {
        this.#become(IDLE);
        return;
      }
      this.#become(JOINED);
      if (this.givesAddress) this.#after(this.addressMs, () => this.#become(HAS_ADDRESS));
    });
  }

  disconnect(): void {
    this.#alarm?.cancel();
    const wasJoined = this.connection >= JOINED;
    this.connection = IDLE;
    this.network.isUp = false;
    // The event comes when the state has been taken back already: it changes nothing, and nobody is told.
    if (wasJoined) this.network.reset();
  }

  /** The chip was reset: radio and driver objects are as new. */
  reset(): void {
    this.disconnect();
    this.#drivers.clear();
  }

  /** The board is thrown out, or out of reach. */
  drop(): void {
    if (this.connection < CONNECTING) return;
    this.#alarm?.cancel();
    this.#become(IDLE);
  }

  /** Joined still, and known to be without an address. */
  loseAddress(): void {
    if (this.connection !== HAS_ADDRESS) return;
    this.#become(JOINED);
  }

  /** The lease has ended: nothing gets through any more, and the driver says HAS_ADDRESS as before. */
  loseLease(): void {
    this.network.fallSilent();
  }

  #after(delayMs: number, action: () => void): void {
    this.#alarm = this.clock.at(this.clock.nowMs() + delayMs, action);
  }

  #become(connection: number): void {
    this.connection = connection;
    this.network.isUp = connection === HAS_ADDRESS;
    if (connection === HAS_ADDRESS) this.network.speak(true);
    if (this.losesCallbacks) return;
    for (const driver of [...this.#drivers]) this.clock.at(0, () => driver.tell());
  }
}

/** Stands for `embedded:network/interface/wifi` of SDK 8.2: it comes back from nothing by itself, and connect() throws while it connects. */
export class Wifi {
  readonly #point: VirtualAccessPoint;
  readonly #onChanged: (() => void) | undefined;
  #isClosed = false;

  constructor(options: { readonly point: VirtualAccessPoint; readonly onChanged?: () => void }) {
    this.#point = options.point;
    this.#onChanged = options.onChanged;
    this.#point.add(this);
  }

  get connection(): number {
    this.#mustBeOpen();
    return this.#point.connection;
  }

  connect(options: { SSID: string; password?: string }): void {
    this.#mustBeOpen();
    this.#point.connect(options.password ?? '');
  }

  disconnect(): void {
    this.#mustBeOpen();
    this.#point.disconnect();
  }

  close(): void {
    this.#isClosed = true;
    this.#point.remove(this);
  }

  tell(): void {
    if (!this.#isClosed) this.#onChanged?.();
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new Error('a closed Wi-Fi object');
  }
}
