import type { MqttTransport } from './mqtt-transport.js';
import type { Clockwork } from './network-io.js';
import type { FrameTransport, TransportUser } from './transport.js';
import type { WifiSupervisor, WifiUser } from './wifi-supervisor.js';

/** So many attempts at the broker in a row that failed, and the network itself is doubted. */
export const DOUBTED_ATTEMPTS = 4;
/** A broker that is down must not take the board out of its network again and again. */
export const REJOIN_MIN_MS = 120_000;

/** MQTT while there is Wi-Fi. What the driver does not notice, that its address is worth nothing any more, shows in the attempts. */
export class WifiTransport implements FrameTransport, WifiUser {
  readonly kind = 'mqtt';
  readonly fifoBytes: number;
  readonly lineNsPerByte: number;
  readonly #wifi: WifiSupervisor;
  readonly #mqtt: MqttTransport;
  readonly #clockwork: Clockwork;
  /** The attempts of the MQTT transport up to which the network is not doubted. */
  #doubtAttempts = 0;
  #opens = 0;
  #rejoinMs = Number.NEGATIVE_INFINITY;

  constructor(wifi: WifiSupervisor, mqtt: MqttTransport, clockwork: Clockwork) {
    this.#wifi = wifi;
    this.#mqtt = mqtt;
    this.#clockwork = clockwork;
    this.fifoBytes = mqtt.fifoBytes;
    this.lineNsPerByte = mqtt.lineNsPerByte;
    wifi.user = this;
  }

  get user(): TransportUser | undefined {
    return this.#mqtt.user;
  }

  set user(user: TransportUser | undefined) {
    this.#mqtt.user = user;
  }

  get isOpen(): boolean {
    return this.#mqtt.isOpen;
  }

  get counters(): Readonly<Record<string, number>> {
    const { attempts, ups, refused, timeouts, losses, driverErrors, rejoins } = this.#wifi.counters;
    return {
      ...this.#mqtt.counters,
      wifiAttempts: attempts,
      wifiUps: ups,
      wifiRefused: refused,
      wifiTimeouts: timeouts,
      wifiLosses: losses,
      wifiDriverErrors: driverErrors,
      wifiRejoins: rejoins,
    };
  }

  open(nowMs: number): void {
    this.#wifi.open(nowMs);
  }

  close(): void {
    this.#mqtt.close();
    this.#wifi.close();
  }

  ready(): boolean {
    return this.#mqtt.ready();
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    this.#mqtt.send(bytes, at, count);
  }

  tick(nowMs: number): void {
    this.#wifi.tick(nowMs);
    this.#mqtt.tick(nowMs);
    this.#doubt(nowMs);
  }

  dueMs(nowMs: number): number {
    return Math.min(this.#wifi.dueMs(nowMs), this.#mqtt.dueMs(nowMs));
  }

  // What the supervisor tells

  wifiUp(): void {
    this.#trust();
    this.#mqtt.open(this.#clockwork.nowMs());
  }

  wifiDown(): void {
    this.#mqtt.close();
  }

  wifiChanged(): void {
    this.user?.drained();
  }

  #doubt(nowMs: number): void {
    const { attempts, opens } = this.#mqtt.counters;
    if (opens !== this.#opens) this.#trust();
    if (attempts <= this.#doubtAttempts || nowMs < this.#rejoinMs + REJOIN_MIN_MS) return;
    this.#rejoinMs = nowMs;
    this.#trust();
    this.#wifi.rejoin(nowMs);
  }

  #trust(): void {
    const { attempts, opens } = this.#mqtt.counters;
    this.#opens = opens;
    this.#doubtAttempts = attempts + DOUBTED_ATTEMPTS;
  }
}
