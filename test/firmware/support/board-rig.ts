import { Board } from '../../../firmware/board.js';
import type { BoardSettings } from '../../../firmware/platform.js';
import { fleetAgent } from '../../../sim/boards/fleet-agent.js';
import type { WriterOrders } from '../../../sim/boards/program.js';
import { Chip } from '../../../sim/esp/chip.js';
import { type EspParts, EspPlatform } from '../../../sim/esp/esp-platform.js';
import { Nvs } from '../../../sim/esp/nvs.js';
import { Uart } from '../../../sim/esp/uart.js';
import type { Port, PortListener, SimLink } from '../../../sim/links/port.js';
import { derive } from '../../../sim/random.js';
import { SimHost } from '../../../sim/sim-host.js';
import { simDiskDefaults } from '../../../sim/store/sim-store.js';
import {
  DIRECTION_DOWN,
  ENROL_CHUNK_BYTES_MAX,
  ENROL_COMMIT,
  ENROL_REPLACE,
  KIND_DIFFS,
  KIND_ENROL,
  KIND_HASHES,
  KIND_MAX,
  SERIAL_BYTES_MAX,
} from '../../../src/wire/constants.js';
import { frameSeed, kindOf } from '../../../src/wire/frame.js';
import { FrameBuilder } from '../../../src/wire/frame-builder.js';
import { SerialFramer, serialEncode } from '../../../src/wire/serial-framer.js';
import { SettingsWriter } from '../../../src/wire/settings-writer.js';
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

/** The host's end of the board's serial line. */
export class UartPort implements Port {
  listener: PortListener | undefined = undefined;
  isOpen = false;
  readonly #uart: Uart;
  readonly #framer = new SerialFramer();
  readonly #out = new Uint8Array(SERIAL_BYTES_MAX);

  constructor(uart: Uart) {
    this.#uart = uart;
    uart.toHost = (bytes, at, count) => this.#arrived(bytes, at, count);
  }

  ready(): boolean {
    return this.isOpen;
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    this.#uart.fromHost(this.#out, 0, serialEncode(bytes, at, count, this.#out, 0));
  }

  #arrived(bytes: Uint8Array, at: number, count: number): void {
    const framer = this.#framer;
    for (let used = 0; used < count; ) {
      used += framer.feed(bytes, at + used, count - used);
      if (framer.frameBytes > 0 && this.isOpen) this.listener?.frame(framer.frame, 0, framer.frameBytes);
    }
  }
}

function packed(changes: Partial<BoardSettings>): Uint8Array {
  const writer = new SettingsWriter();
  if (!writer.write({ ...settings, ...changes })) throw new Error('settings that do not fit');
  return writer.bytes.slice(0, writer.count);
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

/** The firmware's own board with an agent, in its surroundings, and the host's real sessions over a simulated disk. */
export class BoardRig {
  readonly rig: NetworkRig;
  readonly orders: WriterOrders = { stopped: false, burstUntilMs: 0, throws: 0, halted: false };
  readonly host: SimHost;
  readonly up = new FrameBytes();
  readonly down = new FrameBytes();
  readonly events: string[] = [];
  readonly uart: Uart;
  readonly line: UartPort;
  readonly nvs = new Nvs();
  readonly #parts: EspParts;
  readonly #seed: number;
  #board: Board | undefined;
  #enrolments = 0;

  constructor(seed: number, rig: NetworkRig) {
    this.#seed = seed;
    this.rig = rig;
    const chip = new Chip(rig.clock);
    this.uart = new Uart(chip, { baud: settings.baud, fifoBytes: 128, random: derive(seed, 'uart') });
    this.line = new UartPort(this.uart);
    const sides = [new HostSide('mqtt', new BrokerPort(rig)), new HostSide('serial', this.line)];
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
    this.#parts = {
      chip,
      uart: this.uart,
      nvs: this.nvs,
      random: rig.random,
      network: rig.platform,
      onRestart: () => {
        throw new Error('the board restarts itself');
      },
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

  /** A board that was enrolled before. */
  powerOn(changes: Partial<BoardSettings> = {}): void {
    const agent = fleetAgent('cells', CELLS, TURN_MS, false, derive(this.#seed, 'agent'), this.orders);
    this.nvs.open('godwit').write('settings', packed(changes));
    this.#board = new Board(agent, new EspPlatform(this.#parts));
    this.#board.start();
  }

  /** New settings over the serial line, as `godwit enroll --replace` writes them. */
  enrol(changes: Partial<BoardSettings>): void {
    const bytes = packed(changes);
    const total = bytes.length;
    const builder = new FrameBuilder();
    const nonce = ++this.#enrolments;
    for (let offset = 0; offset < total; offset += ENROL_CHUNK_BYTES_MAX) {
      const count = Math.min(ENROL_CHUNK_BYTES_MAX, total - offset);
      builder.begin(KIND_ENROL);
      builder.u32(nonce);
      builder.u8(ENROL_REPLACE | (offset + count === total ? ENROL_COMMIT : 0));
      builder.varint(total);
      builder.varint(offset);
      builder.copyFrom(bytes, offset, count);
      this.line.send(builder.bytes, 0, builder.seal(frameSeed(DIRECTION_DOWN, 0)));
      this.rig.runFor(50);
    }
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
