import { Board, type BoardConfig } from '../../../firmware/board.js';
import { HostSessions } from '../../../host/sessions/host-sessions.js';
import type { AgentOutput, HostListener } from '../../../host/sessions/types.js';
import { VirtualClock } from '../../../sim/clock.js';
import { Chip } from '../../../sim/esp/chip.js';
import { EspPlatform } from '../../../sim/esp/esp-platform.js';
import { NorFlash } from '../../../sim/esp/nor-flash.js';
import { Nvs } from '../../../sim/esp/nvs.js';
import { Uart } from '../../../sim/esp/uart.js';
import { Random } from '../../../sim/random.js';
import { SimDisk, SimStore } from '../../../sim/store/sim-store.js';
import { type AgentDefinition, defineAgent } from '../../../src/agent/index.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { counter } from '../../../src/state/index.js';
import { SERIAL_BYTES_MAX } from '../../../src/wire/constants.js';
import { SerialFramer, serialEncode } from '../../../src/wire/serial-framer.js';
import { SETTINGS } from './enrol.js';

export const AGENT = 'a1'.repeat(16);
const NOBODY = new Uint8Array(16);
const FLASH_BLOCKS = 8;
const BLOCK_BYTES = 4096;
/** What the operating system buffers for the host. */
const HOST_BUFFER_BYTES = 512;

/** Counts, and says each number: one that is missing or comes twice is seen at the host. */
export const counting = defineAgent({
  name: 'counting',
  state: { count: counter },
  whenHostAway: 'run',
  outputs: { said: 'committed' },
  initialise: (_state, turn) => turn.every('tick', 100),
  timers: {
    tick(state, turn) {
      if (turn.emit('said', `${state.count + 1}`)) state.count += 1;
    },
  },
});

/** The firmware's board with its flash and its line. */
export class BenchBoard {
  readonly nvs = new Nvs();
  readonly flash: NorFlash;
  readonly boardId: string;
  board: Board | undefined;
  linkId = -1;
  readonly uart: Uart;
  readonly #chip: Chip;
  readonly #bench: MoveBench;
  readonly #config: BoardConfig;
  readonly #framer = new SerialFramer();
  readonly #out = new Uint8Array(SERIAL_BYTES_MAX);
  #lineFreeMs = 0;
  #lives = 0;

  constructor(bench: MoveBench, byte: number, isVacant: boolean) {
    this.#bench = bench;
    this.boardId = byte.toString(16).repeat(16);
    const boardId = new Uint8Array(16).fill(byte);
    this.#config = { settings: { ...SETTINGS, boardId, ...(isVacant ? { agentId: NOBODY } : {}) }, backOff: false };
    this.#chip = new Chip(bench.clock);
    this.flash = new NorFlash(FLASH_BLOCKS, BLOCK_BYTES, this.#chip);
    this.uart = new Uart(this.#chip, { baud: SETTINGS.baud, fifoBytes: 128, random: new Random(byte) });
    this.reconnect();
  }

  /** The host hears the board. */
  reconnect(): void {
    this.uart.toHost = (bytes, at, count) => this.#fromBoard(bytes, at, count);
  }

  get link() {
    return this.board!.runner!.link;
  }

  powerOn(): void {
    const { uart, nvs, flash } = this;
    const parts = { chip: this.#chip, uart, nvs, flash, random: new Random(++this.#lives), onRestart: () => undefined };
    this.board = new Board(this.#bench.definition, new EspPlatform(parts), this.#config);
    this.board.start();
  }

  powerCut(): void {
    this.board = undefined;
    this.#chip.reset();
    this.uart.reset();
  }

  /** What the host has to say, as fast as the line takes it. */
  pump(nowMs: number, sessions: HostSessions): void {
    const byteMs = 10_000 / SETTINGS.baud;
    while (this.#lineFreeMs - nowMs < HOST_BUFFER_BYTES * byteMs) {
      const count = sessions.poll(nowMs, this.linkId);
      if (count === 0) return;
      const length = serialEncode(sessions.frame, 0, count, this.#out, 0);
      this.uart.fromHost(this.#out, 0, length);
      this.#lineFreeMs = Math.max(nowMs, this.#lineFreeMs) + length * byteMs;
    }
  }

  #fromBoard(bytes: Uint8Array, at: number, count: number): void {
    for (let used = 0; used < count; ) {
      used += this.#framer.feed(bytes, at + used, count - used);
      const { frame, frameBytes } = this.#framer;
      if (frameBytes > 0 && this.board !== undefined) {
        this.#bench.sessions?.receive(this.#bench.clock.nowMs(), this.linkId, frame, 0, frameBytes);
      }
    }
  }
}

/** Two boards of the firmware, the first with an agent, the second vacant; a host's sessions on a simulated disk; virtual time. */
export class MoveBench implements HostListener {
  readonly clock = new VirtualClock();
  readonly definition: AgentDefinition = counting;
  readonly boards: readonly [BenchBoard, BenchBoard] = [new BenchBoard(this, 0xb1, false), new BenchBoard(this, 0xb2, true)];
  readonly disk = new SimDisk(this.clock, 1, { syncMinMs: 1, syncMaxMs: 3, readMs: 0.2 });
  sessions: HostSessions | undefined;
  /** Numbers that the agent said, as receivers see them that leave out what has an id that they know. */
  readonly said: number[] = [];
  refusal: Error | undefined;
  readonly #known = new Set<string>();

  startHost(): void {
    this.sessions = new HostSessions({
      store: new SimStore(this.disk),
      pool: new PagePool(512),
      listener: this,
      clock: () => this.clock.nowMs(),
    });
    for (const [index, board] of this.boards.entries())
      board.linkId = this.sessions.attach({ name: `serial:/dev/${index}`, kind: 'serial', shared: false });
  }

  migrate(to: BenchBoard): void {
    this.sessions!.migrate(AGENT, to.boardId, {}, (error) => {
      this.refusal = error;
    });
  }

  get phase(): string | undefined {
    return this.sessions!.migration(AGENT)?.phase;
  }

  /** Lets time pass until something is so; false: it never was. */
  until(isSo: () => boolean, withinMs = 60_000): boolean {
    const endMs = this.clock.nowMs() + withinMs;
    while (!isSo()) {
      if (this.clock.nowMs() >= endMs) return false;
      this.run(1);
    }
    return true;
  }

  run(forMs: number): void {
    const endMs = this.clock.nowMs() + forMs;
    while (this.clock.nowMs() < endMs) {
      const nextMs = this.clock.nowMs() + 1;
      while (this.clock.step(nextMs)) this.#pump();
      this.#pump();
    }
  }

  onOutput(_agentId: string, { sequence, index, bytes }: AgentOutput): void {
    const id = `${sequence}.${index}`;
    if (this.#known.has(id)) return;
    this.#known.add(id);
    this.said.push(Number(Buffer.from(bytes).toString('latin1', 1 + bytes[0]!)));
  }

  onWake(): void {}
  onSession(): void {}
  onHead(): void {}
  onEvent(): void {}

  #pump(): void {
    if (this.sessions === undefined) return;
    for (const board of this.boards) board.pump(this.clock.nowMs(), this.sessions);
  }
}
