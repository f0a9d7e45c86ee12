import type { AgentDefinition } from 'godwit/agent/definition';
import { AgentRunner } from 'godwit/agent/runner';
import type { AgentRunnerOptions } from 'godwit/agent/runner-options';
import type { BoardPlatform, BoardSettings } from './platform.js';
import { SerialTransport } from './serial-transport.js';
import type { FrameTransport, TransportUser } from './transport.js';

export const DEFAULT_BAUD = 115_200;
/** Frames that leave in one go of the loop, so that what comes in is served between them. */
export const FRAMES_PER_GO_MAX = 32;
/** Chips' timers do not fire more finely. */
const STEP_MS = 1;
/** While the link takes nothing, what is due may be a frame, and drained() will tell; turns are looked after so often. */
const FULL_STEP_MS = 5;
const LONGEST_WAIT_MS = 60_000;

/** Not enrolled: it answers enrolment on its serial line, and nothing else. */
export const BOARD_UNENROLLED = 1;
/** The runner has the word: it waits for its host, or runs. */
export const BOARD_ACTIVE = 2;

/** What else speaks on the serial line beside the link. */
export interface SideChannel {
  /** The frame that poll() made. */
  readonly frame: Uint8Array;
  /** True: the frame was meant for it. */
  take(nowMs: number, bytes: Uint8Array, at: number, count: number): boolean;
  /** Makes the next frame in `frame`; returns its length, 0 if there is none. */
  poll(nowMs: number): number;
}

export interface BoardConfig {
  /** For boards that were never enrolled: tests, and firmware with an identity built in. */
  readonly settings?: BoardSettings;
  readonly runner?: Omit<AgentRunnerOptions, 'boardId' | 'agentId' | 'bootNonce' | 'checkpoint'>;
  readonly sideChannel?: (board: Board) => SideChannel;
}

/** One transport, as the board listens to it. */
class Side implements TransportUser {
  readonly #board: Board;
  readonly #transport: FrameTransport;

  constructor(board: Board, transport: FrameTransport) {
    this.#board = board;
    this.#transport = transport;
  }

  opened(): void {
    this.#board.opened(this.#transport);
  }

  closed(): void {
    this.#board.closed(this.#transport);
  }

  frame(bytes: Uint8Array, at: number, count: number): void {
    this.#board.frame(this.#transport, bytes, at, count);
  }

  drained(): void {
    this.#board.go();
  }
}

/** An agent on a board: its runner, the transport in use, and the loop that drives both. */
export class Board {
  readonly definition: AgentDefinition;
  readonly serial: SerialTransport;
  phase = BOARD_UNENROLLED;
  settings: BoardSettings | undefined;
  runner: AgentRunner | undefined = undefined;
  bootNonce = 0;
  readonly #platform: BoardPlatform;
  readonly #config: BoardConfig;
  readonly #side: SideChannel | undefined;
  #network: FrameTransport | undefined;
  /** What carries the runner's frames. */
  #link: FrameTransport | undefined;
  #busy = false;
  readonly #wake = (): void => this.go();

  constructor(definition: AgentDefinition, platform: BoardPlatform, config: BoardConfig = {}) {
    this.definition = definition;
    this.#platform = platform;
    this.#config = config;
    this.settings = config.settings;
    this.serial = new SerialTransport(platform.serial, this.settings?.baud ?? DEFAULT_BAUD);
    this.#side = config.sideChannel?.(this);
  }

  get link(): FrameTransport | undefined {
    return this.#link;
  }

  start(): void {
    const nowMs = this.#platform.nowMs();
    this.bootNonce = this.#platform.randomU32();
    this.serial.user = new Side(this, this.serial);
    this.serial.open(nowMs);
    if (this.settings !== undefined) this.#activate(nowMs, this.settings);
    this.go();
  }

  opened(transport: FrameTransport): void {
    if (transport === this.#link) this.runner?.connected(this.#platform.nowMs());
    this.go();
  }

  closed(transport: FrameTransport): void {
    if (transport === this.#link) this.runner?.disconnected(this.#platform.nowMs());
    this.go();
  }

  frame(transport: FrameTransport, bytes: Uint8Array, at: number, count: number): void {
    const nowMs = this.#platform.nowMs();
    const isForSide = transport === this.serial && this.#side?.take(nowMs, bytes, at, count) === true;
    if (!isForSide && transport === this.#link) this.runner?.receive(nowMs, bytes, at, count);
    this.go();
  }

  /** Turns that are due, frames that can leave, and when to go on. */
  go(): void {
    if (this.#busy) return;
    this.#busy = true;
    const nowMs = this.#platform.nowMs();
    this.serial.tick(nowMs);
    this.#network?.tick(nowMs);
    this.runner?.tick(nowMs);
    this.#sendSide(nowMs);
    this.#sendLink(nowMs);
    this.#busy = false;
    const stepMs = this.#link?.ready() === false ? FULL_STEP_MS : STEP_MS;
    this.#platform.wakeAfter(Math.min(LONGEST_WAIT_MS, Math.max(stepMs, Math.ceil(this.#dueMs(nowMs) - nowMs))), this.#wake);
  }

  #activate(nowMs: number, settings: BoardSettings): void {
    this.runner = new AgentRunner(this.definition, {
      ...this.#config.runner,
      boardId: settings.boardId,
      agentId: settings.agentId,
      bootNonce: this.bootNonce,
    });
    this.phase = BOARD_ACTIVE;
    this.#link = this.serial;
    if (settings.link === 'mqtt' && this.#platform.network !== undefined) {
      this.#network = this.#platform.network.createTransport(settings, this.bootNonce);
      this.#network.user = new Side(this, this.#network);
      this.#network.open(nowMs);
      this.#link = this.#network;
    }
  }

  #sendSide(nowMs: number): void {
    if (this.#side === undefined) return;
    while (this.serial.ready()) {
      const count = this.#side.poll(nowMs);
      if (count === 0) return;
      this.serial.send(this.#side.frame, 0, count);
    }
  }

  #sendLink(nowMs: number): void {
    const runner = this.runner;
    const link = this.#link;
    if (runner === undefined || link === undefined) return;
    for (let frames = 0; frames < FRAMES_PER_GO_MAX && link.ready(); frames++) {
      const count = runner.poll(nowMs);
      if (count === 0) return;
      link.send(runner.frame, 0, count);
    }
  }

  #dueMs(nowMs: number): number {
    const transportMs = Math.min(this.serial.dueMs(nowMs), this.#network?.dueMs(nowMs) ?? Number.POSITIVE_INFINITY);
    return Math.min(transportMs, this.runner?.dueMs(nowMs) ?? Number.POSITIVE_INFINITY);
  }
}
