import { Board, type BoardConfig } from '../../../firmware/board.js';
import type { BoardSettings } from '../../../firmware/platform.js';
import { HostSessions } from '../../../host/sessions/host-sessions.js';
import type { HostListener } from '../../../host/sessions/types.js';
import { VirtualClock } from '../../../sim/clock.js';
import { Chip } from '../../../sim/esp/chip.js';
import { type EspParts, EspPlatform } from '../../../sim/esp/esp-platform.js';
import { NorFlash } from '../../../sim/esp/nor-flash.js';
import { Nvs } from '../../../sim/esp/nvs.js';
import type { SerialHabits } from '../../../sim/esp/serial.js';
import { Uart } from '../../../sim/esp/uart.js';
import { Random } from '../../../sim/random.js';
import { SimDisk, SimStore } from '../../../sim/store/sim-store.js';
import type { AgentDefinition } from '../../../src/agent/definition.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { SERIAL_BYTES_MAX } from '../../../src/wire/constants.js';
import { SerialFramer, serialEncode } from '../../../src/wire/serial-framer.js';

import { enrolFrames, SETTINGS } from './enrol.js';

export const AGENT_ID = 'a1'.repeat(16);
/** What the operating system buffers for the host. */
const HOST_BUFFER_BYTES = 512;
const BLOCK_BYTES = 4096;

export interface BenchOptions {
  readonly seed?: number;
  readonly config?: BoardConfig;
  readonly flashBlocks?: number;
  readonly habits?: SerialHabits;
  readonly baud?: number;
}

/** The firmware's board on stand-ins of an ESP32's parts, a real host's sessions, and the line between them, in virtual time. */
export class EspBench implements HostListener {
  readonly clock = new VirtualClock();
  readonly chip = new Chip(this.clock);
  readonly nvs = new Nvs();
  readonly flash: NorFlash | undefined;
  readonly uart: Uart;
  readonly random: Random;
  readonly events: { kind: string; detail: string }[] = [];
  disk = new SimDisk(this.clock, 1, { syncMinMs: 1, syncMaxMs: 3, readMs: 0.2 });
  store = new SimStore(this.disk);
  sessions: HostSessions | undefined;
  board: Board | undefined;
  /** Frames as they come from the board, for tests that look. */
  onFrame: (bytes: Uint8Array, count: number) => void = () => undefined;
  readonly #definition: AgentDefinition;
  readonly #config: BoardConfig;
  readonly #parts: EspParts;
  readonly #framer = new SerialFramer();
  readonly #out = new Uint8Array(SERIAL_BYTES_MAX);
  readonly #byteMs: number;
  #linkId = -1;
  #lineFreeMs = 0;
  #enrolments = 0;

  constructor(definition: AgentDefinition, options: BenchOptions = {}) {
    const { seed = 1, baud = SETTINGS.baud } = options;
    this.#definition = definition;
    this.#config = options.config ?? { settings: { ...SETTINGS, baud } };
    this.random = new Random(seed);
    this.flash = options.flashBlocks === undefined ? undefined : new NorFlash(options.flashBlocks, BLOCK_BYTES, this.chip);
    this.uart = new Uart(this.chip, { baud, fifoBytes: 128, random: new Random(seed + 1) });
    this.uart.toHost = (bytes, at, count) => this.#fromBoard(bytes, at, count);
    this.#byteMs = 10_000 / baud;
    const { chip, uart, nvs, flash, random } = this;
    this.#parts = {
      chip,
      uart,
      nvs,
      random,
      onRestart: () => this.clock.at(this.clock.nowMs(), () => this.reset()),
      ...(flash === undefined ? {} : { flash }),
      ...(options.habits === undefined ? {} : { habits: options.habits }),
    };
  }

  get nowMs(): number {
    return this.clock.nowMs();
  }

  powerOn(): void {
    this.board = new Board(this.#definition, new EspPlatform(this.#parts), this.#config);
    this.board.start();
  }

  powerCut(): void {
    this.chip.reset();
    this.uart.reset();
    this.board = undefined;
  }

  reset(): void {
    this.powerCut();
    this.powerOn();
  }

  startHost(): void {
    this.store = new SimStore(this.disk);
    this.sessions = new HostSessions({ store: this.store, pool: new PagePool(512), listener: this });
    this.#linkId = this.sessions.attach({ name: 'serial:/dev/bench', kind: 'serial', shared: false });
  }

  crashHost(): void {
    this.store.crash();
    this.sessions = undefined;
    this.#linkId = -1;
  }

  /** The data folder is an old copy: of before the host ever heard of the agent. */
  forgetEverything(): void {
    this.crashHost();
    this.disk = new SimDisk(this.clock, 2, { syncMinMs: 1, syncMaxMs: 3, readMs: 0.2 });
    this.startHost();
  }

  /** Lets time pass. */
  run(forMs: number): void {
    const endMs = this.nowMs + forMs;
    while (this.nowMs < endMs) {
      const nextMs = Math.min(endMs, this.nowMs + 1);
      while (this.clock.step(nextMs)) this.#pump();
      this.#pump();
    }
  }

  /** Until the host holds everything, or until it is plain that it never will. */
  settle(): void {
    for (let tries = 0; tries < 2000 && !this.isEqual; tries++) this.run(7);
  }

  get isEqual(): boolean {
    const held = this.store.durable(AGENT_ID);
    const runner = this.board?.runner;
    if (held === undefined || runner === undefined) return false;
    if (!runner.link.isSettled || held.record.sequence !== runner.link.acknowledgedSequence) return false;
    for (let at = 0; at < runner.memory.sizeBytes; at++) if (held.state[at] !== runner.memory.bytes[at]) return false;
    return true;
  }

  /** A number of the agent's state. */
  field(name: string): number {
    return (this.board!.runner!.state as unknown as Record<string, number>)[name]!;
  }

  get reports(): { code: number; text: string }[] {
    return this.events.filter(({ kind }) => kind === 'report').map(({ detail }) => JSON.parse(detail));
  }

  send(text: string): void {
    this.sessions!.sendInput(AGENT_ID, new TextEncoder().encode(text), () => undefined);
  }

  onWake(): void {}
  onSession(): void {}
  onHead(): void {}
  onOutput(): void {}

  onEvent(_agentId: string, kind: string, detail: string): void {
    this.events.push({ kind, detail });
  }

  /** Tells the board who it is, as `godwit enroll` does. */
  enrol(settings: BoardSettings, flags = 0): void {
    for (const frame of enrolFrames(settings, ++this.#enrolments, flags)) {
      this.toBoard(frame, frame.length);
      this.run(100);
    }
  }

  /** Writes a frame to the board as any host might. */
  toBoard(frame: Uint8Array, count: number): void {
    const length = serialEncode(frame, 0, count, this.#out, 0);
    this.uart.fromHost(this.#out, 0, length);
    this.#lineFreeMs = Math.max(this.nowMs, this.#lineFreeMs) + length * this.#byteMs;
  }

  #pump(): void {
    while (this.sessions !== undefined && this.#lineFreeMs - this.nowMs < HOST_BUFFER_BYTES * this.#byteMs) {
      const count = this.sessions.poll(this.nowMs, this.#linkId);
      if (count === 0) return;
      this.toBoard(this.sessions.frame, count);
    }
  }

  #fromBoard(bytes: Uint8Array, at: number, count: number): void {
    for (let used = 0; used < count; ) {
      used += this.#framer.feed(bytes, at + used, count - used);
      const { frame, frameBytes } = this.#framer;
      if (frameBytes === 0) continue;
      this.onFrame(frame, frameBytes);
      this.sessions?.receive(this.nowMs, this.#linkId, frame, 0, frameBytes);
    }
  }
}
