import { Network } from '../../../firmware/network.js';
import type { BoardSettings } from '../../../firmware/platform.js';
import type { FrameTransport, TransportUser } from '../../../firmware/transport.js';
import { type Alarm, VirtualClock } from '../../../sim/clock.js';
import { MqttBroker } from '../../../sim/esp/mqtt-broker.js';
import { MqttClient, type MqttClientOptions } from '../../../sim/esp/mqtt-client.js';
import { Resolver } from '../../../sim/esp/resolver.js';
import { TcpSocket, VirtualNetwork } from '../../../sim/esp/tcp.js';
import { VirtualAccessPoint, Wifi } from '../../../sim/esp/wifi.js';
import { derive, type Random } from '../../../sim/random.js';
import { BROKER_PORT, settings } from './settings.js';

export { settings, TOPIC_DOWN, TOPIC_UP } from './settings.js';

const EVENTS_MAX = 5_000_000;

/** A board's surroundings: air, broker, and the SDK's classes in front of them, in virtual time. */
export class NetworkRig {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly network: VirtualNetwork;
  readonly broker = new MqttBroker();
  readonly point: VirtualAccessPoint | undefined;
  readonly platform: Network;
  readonly clients: MqttClient[] = [];
  keepsClients = true;
  /** Called at the end of every client's constructor. */
  inConstructor: ((options: MqttClientOptions, client: MqttClient) => void) | undefined;

  constructor(seed: number, options: { readonly wifi: boolean } = { wifi: false }) {
    this.random = derive(seed, 'surroundings');
    this.network = new VirtualNetwork(this.clock, derive(seed, 'network'));
    this.network.names.set('broker.local', '10.0.0.1');
    this.network.listen(BROKER_PORT, (end) => this.broker.accept(end));
    this.point = options.wifi ? new VirtualAccessPoint(this.network) : undefined;
    const { clock, network, point, random } = this;
    const made = (client: MqttClient) => {
      if (this.keepsClients) this.clients.push(client);
    };
    const atEnd = (options: MqttClientOptions, client: MqttClient) => this.inConstructor?.(options, client);
    class Client extends MqttClient {
      constructor(options: MqttClientOptions) {
        super(options);
        made(this);
        atEnd(options, this);
      }
    }
    this.platform = new Network({
      clockwork: { nowMs: () => clock.nowMs(), randomU32: () => random.u32() },
      mqtt: { io: Client as never, clock, dns: { io: Resolver, network }, socket: { io: TcpSocket, network } },
      ...(point === undefined ? {} : { wifi: { io: Wifi as never, point } }),
    });
  }

  /** Everything that happens up to then. */
  run(untilMs: number): void {
    let events = 0;
    while (this.clock.step(untilMs)) if (++events > EVENTS_MAX) throw new Error(`no end of events before ${untilMs} ms`);
  }

  runFor(durationMs: number): void {
    this.run(this.clock.nowMs() + durationMs);
  }

  /** A loop around one transport, as a board has it, that keeps what it is told. */
  drive(bootNonce = 7, changes: Partial<BoardSettings> = {}): Driven {
    return new Driven(this.clock, this.platform.createTransport({ ...settings, ...changes }, bootNonce));
  }
}

/** Nothing but a transport, its timers, and a record. */
export class Driven implements TransportUser {
  readonly transport: FrameTransport;
  readonly frames: Uint8Array[] = [];
  readonly openedMs: number[] = [];
  readonly closedMs: number[] = [];
  onDrained: () => void = () => {};
  readonly #clock: VirtualClock;
  #alarm: Alarm | undefined;
  #isLeft = false;

  constructor(clock: VirtualClock, transport: FrameTransport) {
    this.#clock = clock;
    this.transport = transport;
    transport.user = this;
    transport.open(clock.nowMs());
    this.go();
  }

  opened(): void {
    this.openedMs.push(this.#clock.nowMs());
    this.go();
  }

  closed(): void {
    this.closedMs.push(this.#clock.nowMs());
    this.go();
  }

  frame(bytes: Uint8Array, at: number, count: number): void {
    this.frames.push(bytes.slice(at, at + count));
    this.go();
  }

  drained(): void {
    this.onDrained();
    this.go();
  }

  /** Closes, and looks after the transport no more. */
  leave(): void {
    this.transport.user = undefined;
    this.transport.close();
    this.#isLeft = true;
    this.#alarm?.cancel();
  }

  go(): void {
    if (this.#isLeft) return;
    this.transport.tick(this.#clock.nowMs());
    this.#alarm?.cancel();
    const dueMs = this.transport.dueMs(this.#clock.nowMs());
    if (dueMs !== Number.POSITIVE_INFINITY) this.#alarm = this.#clock.at(Math.max(dueMs, this.#clock.nowMs() + 1), () => this.go());
  }
}

/** Bytes that tell themselves apart. */
export function message(count: number, first = 1): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => (first + index) & 0xff);
}
