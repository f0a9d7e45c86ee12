import { Backoff } from './backoff.js';
import { type Clockwork, WIFI_HAS_ADDRESS, WIFI_IDLE, WIFI_JOINED, type Wifi, type WifiDescriptor } from './network-io.js';

export const JOIN_MIN_MS = 1_000;
export const JOIN_MAX_MS = 60_000;
/** From connect() to being joined. */
export const JOIN_MS = 20_000;
/** From being joined to having an address. */
export const ADDRESS_MS = 20_000;
/** onChanged may never be called: `connection` is looked at so often all the same, before and after there is an address. */
export const LOOK_JOINING_MS = 500;
export const LOOK_UP_MS = 5_000;
/** An access point that kept the board so long makes the next attempt after it a first one. */
const HELD_MS = 30_000;

const CLOSED = 0;
const WAITING = 1;
const JOINING = 2;
const ADDRESSING = 3;
const UP = 4;

export interface WifiSupervisorOptions {
  readonly wifi: WifiDescriptor;
  readonly clockwork: Clockwork;
  readonly ssid: string;
  /** Empty: an open network. */
  readonly password: string;
}

/** What the supervisor tells, from within tick() or a callback of the driver. */
export interface WifiUser {
  wifiUp(): void;
  wifiDown(): void;
  /** dueMs() has another answer. */
  wifiChanged(): void;
}

/**
 * Keeps a board in its Wi-Fi network: asks again after whatever went wrong, never more often than the backoff allows, and never stops.
 * Each attempt has a driver object of its own, because the last one may have lost its callbacks. The driver's word is taken from
 * `connection` alone. It does not see that an address was lost (SDK 8.2 handles no lost lease): who finds that nothing gets through
 * calls rejoin().
 */
export class WifiSupervisor {
  readonly counters = Object.seal({ attempts: 0, ups: 0, refused: 0, timeouts: 0, losses: 0, driverErrors: 0, rejoins: 0 });
  user: WifiUser | undefined = undefined;
  readonly #options: WifiSupervisorOptions;
  readonly #backoff = new Backoff(JOIN_MIN_MS, JOIN_MAX_MS);
  #phase = CLOSED;
  #wifi: Wifi | undefined;
  #deadlineMs = 0;
  #lookMs = 0;
  #upMs = 0;

  constructor(options: WifiSupervisorOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#phase === UP;
  }

  open(nowMs: number): void {
    if (this.#phase !== CLOSED) return;
    this.#backoff.reset();
    this.#phase = WAITING;
    this.#deadlineMs = nowMs;
  }

  close(): void {
    const wasUp = this.isUp;
    this.#leave();
    this.#phase = CLOSED;
    if (wasUp) this.user?.wifiDown();
  }

  /** Nothing gets through although the driver has an address: leave the network and join it again. */
  rejoin(nowMs: number): void {
    if (this.#phase !== UP) return;
    this.counters.rejoins++;
    this.#fail(nowMs);
  }

  tick(nowMs: number): void {
    if (this.#phase === WAITING) {
      if (nowMs >= this.#deadlineMs) this.#join(nowMs);
      return;
    }
    if (this.#phase !== CLOSED && nowMs >= Math.min(this.#lookMs, this.#deadlineMs)) this.#look(nowMs);
  }

  dueMs(_nowMs: number): number {
    if (this.#phase === CLOSED) return Number.POSITIVE_INFINITY;
    return this.#phase === WAITING ? this.#deadlineMs : Math.min(this.#lookMs, this.#deadlineMs);
  }

  #join(nowMs: number): void {
    const { wifi, ssid, password } = this.#options;
    this.counters.attempts++;
    this.#phase = JOINING;
    this.#deadlineMs = nowMs + JOIN_MS;
    try {
      const driver: Wifi = new wifi.io({ ...wifi, onChanged: () => this.#onChanged(driver) });
      this.#wifi = driver;
      driver.connect(password === '' ? { SSID: ssid } : { SSID: ssid, password });
    } catch {
      this.counters.driverErrors++;
      this.#fail(nowMs);
      return;
    }
    this.#lookMs = nowMs + LOOK_JOINING_MS;
  }

  #onChanged(driver: Wifi): void {
    if (driver !== this.#wifi) return;
    this.#look(this.#options.clockwork.nowMs());
    this.user?.wifiChanged();
  }

  /** Follows the driver, up or down. */
  #look(nowMs: number): void {
    const connection = this.#connection();
    if (connection >= WIFI_HAS_ADDRESS) this.#onAddress(nowMs);
    else if (connection >= WIFI_JOINED) this.#onJoined(nowMs);
    else if (this.#phase === JOINING && connection > WIFI_IDLE) this.#checkDeadline(nowMs);
    else this.#onRefused(nowMs);
    this.#lookMs = nowMs + (this.#phase === UP ? LOOK_UP_MS : LOOK_JOINING_MS);
  }

  #connection(): number {
    try {
      return this.#wifi?.connection ?? 0;
    } catch {
      this.counters.driverErrors++;
      return 0;
    }
  }

  #onAddress(nowMs: number): void {
    if (this.#phase === UP) return;
    this.#phase = UP;
    this.#upMs = nowMs;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.counters.ups++;
    this.user?.wifiUp();
  }

  #onJoined(nowMs: number): void {
    if (this.#phase === ADDRESSING) {
      this.#checkDeadline(nowMs);
      return;
    }
    const wasUp = this.isUp;
    this.#phase = ADDRESSING;
    this.#deadlineMs = nowMs + ADDRESS_MS;
    if (!wasUp) return;
    this.counters.losses++;
    this.user?.wifiDown();
  }

  /** Never joined: a wrong password, or no such network; or no longer joined. */
  #onRefused(nowMs: number): void {
    if (this.#phase === JOINING) this.counters.refused++;
    else this.counters.losses++;
    this.#fail(nowMs);
  }

  #checkDeadline(nowMs: number): void {
    if (nowMs < this.#deadlineMs) return;
    this.counters.timeouts++;
    this.#fail(nowMs);
  }

  #fail(nowMs: number): void {
    const wasUp = this.isUp;
    if (wasUp && nowMs >= this.#upMs + HELD_MS) this.#backoff.reset();
    this.#leave();
    this.#phase = WAITING;
    this.#deadlineMs = nowMs + this.#backoff.delayMs(this.#options.clockwork.randomU32());
    if (wasUp) this.user?.wifiDown();
  }

  #leave(): void {
    const driver = this.#wifi;
    this.#wifi = undefined;
    try {
      driver?.disconnect();
      driver?.close();
    } catch {
      this.counters.driverErrors++;
    }
  }
}
