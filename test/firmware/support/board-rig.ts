import { Board } from '../../../firmware/board.js';
import type { BoardPlatform, BoardSettings, KeyValue, SerialDescriptor } from '../../../firmware/platform.js';
import { fleetAgent } from '../../../sim/boards/fleet-agent.js';
import type { WriterOrders } from '../../../sim/boards/program.js';
import type { Alarm } from '../../../sim/clock.js';
import type { Port, PortListener, SimLink } from '../../../sim/links/port.js';
import { derive } from '../../../sim/random.js';
import { SimHost } from '../../../sim/sim-host.js';
import { simDiskDefaults } from '../../../sim/store/sim-store.js';
import { KIND_DIFFS, KIND_HASHES, KIND_MAX } from '../../../src/wire/constants.js';
import { kindOf } from '../../../src/wire/frame.js';
import { type NetworkRig, settings, TOPIC_DOWN, TOPIC_UP } from './network-rig.js';

export const AGENT = 'a1'.repeat(16);
const CELLS = 1200;
const TURN_MS = 150;

/** The host's end of the broker: one board's topics. */
export class BrokerPort implements Port {
  listener: PortListener | undefined = undefined;
  isOpen = false;
  readonly #rig: NetworkRig;

  constructor(rig: NetworkRig) {
    this.#rig = rig;
    rig.broker.onMessage = (topic, payload) => {
      if (this.isOpen && topic === TOPIC_UP) this.listener?.frame(payload, 0, payload.length);
    };
  }

  ready(): boolean {
    return this.isOpen;
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    this.#rig.broker.publish(TOPIC_DOWN, bytes.slice(at, at + count));
  }
}

export class HostSide implements Pick<SimLink, 'kind' | 'host' | 'hostRunning'> {
  readonly kind: 'serial' | 'mqtt';
  readonly host: Port & { isOpen: boolean };

  constructor(kind: 'serial' | 'mqtt', host: Port & { isOpen: boolean }) {
    this.kind = kind;
    this.host = host;
  }

  hostRunning(on: boolean): void {
    this.host.isOpen = on;
    if (on) this.host.listener?.opened();
    else this.host.listener?.closed();
  }
}

/** NVS: what survives a restart. */
export class MemoryKeyValue implements KeyValue {
  readonly #values = new Map<string, Uint8Array>();

  read(key: string): ArrayBuffer | undefined {
    return this.#values.get(key)?.slice().buffer as ArrayBuffer | undefined;
  }

  write(key: string, value: Uint8Array): void {
    this.#values.set(key, value.slice());
  }

  delete(key: string): void {
    this.#values.delete(key);
  }
}

/** Bytes of frames by kind, and the whole. */
export class FrameBytes {
  readonly byKind = new Array<number>(KIND_MAX + 1).fill(0);
  total = 0;

  add(bytes: Uint8Array, at: number, count: number): void {
    this.byKind[kindOf(bytes[at]!)]! += count;
    this.total += count;
  }

  /** Of comparisons of pages. */
  get resync(): number {
    return this.byKind[KIND_HASHES]! + this.byKind[KIND_DIFFS]!;
  }
}

class NoSerial {
  read(): undefined {
    return undefined;
  }
  write(): void {
    throw new Error('no room');
  }
  close(): void {}
}

/** The firmware's own board with an agent, in its surroundings, and the host's real sessions over a simulated disk. */
export class BoardRig {
  readonly rig: NetworkRig;
  readonly orders: WriterOrders = { stopped: false, burstUntilMs: 0, throws: 0, halted: false };
  readonly host: SimHost;
  readonly up = new FrameBytes();
  readonly down = new FrameBytes();
  readonly events: string[] = [];
  readonly platform: BoardPlatform;
  readonly keyValue = new MemoryKeyValue();
  readonly #seed: number;
  #board: Board | undefined;
  #alarm: Alarm | undefined;

  constructor(seed: number, rig: NetworkRig, serial: SerialDescriptor = { io: NoSerial }, links: readonly HostSide[] = []) {
    this.#seed = seed;
    this.rig = rig;
    const sides = [new HostSide('mqtt', new BrokerPort(rig)), ...links];
    this.host = new SimHost(rig.clock, seed, { poolPages: 256, disk: simDiskDefaults }, sides as unknown as SimLink[], {
      hostSends: (_link, bytes, count) => this.down.add(bytes, 0, count),
      hostReceives: (_link, bytes, at, count, deliver) => {
        this.up.add(bytes, at, count);
        deliver();
      },
      onEvent: (_agent, kind) => this.events.push(kind),
      onOutput: () => {},
      inputAccepted: () => {},
      hostCrashed: () => {},
    });
    this.host.start();
    this.platform = {
      nowMs: () => rig.clock.nowMs(),
      randomU32: () => rig.random.u32(),
      wakeAfter: (delayMs, wake) => {
        this.#alarm?.cancel();
        this.#alarm = rig.clock.at(rig.clock.nowMs() + delayMs, wake);
      },
      restart: () => {
        throw new Error('the board restarts itself');
      },
      keyValue: () => this.keyValue,
      serial,
      network: rig.platform,
    };
  }

  get board(): Board {
    return this.#board!;
  }

  get memory() {
    return this.board.runner!.memory;
  }

  get link() {
    return this.board.runner!.link;
  }

  /** Of the transport that carries the link. */
  get counters(): Readonly<Record<string, number>> {
    return this.board.link!.counters;
  }

  powerOn(changes: Partial<BoardSettings> = {}): void {
    const agent = fleetAgent('cells', CELLS, TURN_MS, false, derive(this.#seed, 'agent'), this.orders);
    this.#board = new Board(agent, this.platform, { settings: { ...settings, ...changes } });
    this.#board.start();
  }

  /** No more turns; what is committed goes out. True: the host's head equals the board's memory, byte for byte. */
  settles(withinMs: number): boolean {
    this.orders.stopped = true;
    const limitMs = this.rig.clock.nowMs() + withinMs;
    while (!(this.board.runner !== undefined && this.link.isSettled && this.#isHead())) {
      if (this.rig.clock.nowMs() >= limitMs) return false;
      this.rig.runFor(50);
    }
    const head = this.host.sessions!.state(AGENT)!;
    const { memory } = this;
    for (let at = 0; at < memory.sizeBytes; at++) if (head[at] !== memory.getU8(at)) return false;
    return head.length === memory.sizeBytes;
  }

  #isHead(): boolean {
    return this.host.sessions?.agent(AGENT)?.sequence === this.link.acknowledgedSequence;
  }
}
