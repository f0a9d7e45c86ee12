import { BoardLink } from '../../src/link/board-link.js';
import type { BoardListener } from '../../src/link/board-options.js';
import { PageMemory } from '../../src/memory/page-memory.js';
import { SimulatedBoard } from '../board.js';
import type { BoardProgram, Boot } from '../boards/program.js';
import { VirtualClock } from '../clock.js';
import { flipBits } from '../links/damage.js';
import { MessageLink, type MessageLinkOptions, messageLinkDefaults } from '../links/message-link.js';
import type { SimLink } from '../links/port.js';
import { SerialLink, type SerialLinkOptions, serialLinkDefaults } from '../links/serial-link.js';
import { Random } from '../random.js';
import { SimHost } from '../sim-host.js';

/** A damage that nobody looks at. */
const damage = {
  sent: () => undefined,
  corrupt: (_direction: number, frame: Uint8Array, random: Random) => flipBits(frame, random),
  reseal: (_direction: number, frame: Uint8Array) => frame,
};

const watch = {
  hostSends: () => undefined,
  hostReceives: (_link: SimLink, _bytes: Uint8Array, _at: number, _count: number, deliver: () => void) => deliver(),
  onEvent: () => undefined,
  onOutput: () => undefined,
  inputAccepted: () => undefined,
  hostCrashed: () => undefined,
};

/** A board's firmware with nothing in it but what is measured. */
export class MeasuredProgram implements BoardProgram, BoardListener {
  readonly memory: PageMemory;
  readonly link: BoardLink;
  readonly turnsThrown = 0;
  nextTurnMs = Number.POSITIVE_INFINITY;
  refilledMs = Number.NaN;
  refillBegunMs = Number.NaN;
  acknowledgements = 0;
  /** Set by whoever measures. */
  onTurn: (nowMs: number) => void = () => undefined;
  onAcknowledge: () => void = () => undefined;
  readonly #clock: VirtualClock;

  constructor(boot: Boot, clock: VirtualClock, sizeBytes: number, windowFrames: number) {
    const id = new Uint8Array(16).fill(7);
    this.#clock = clock;
    this.memory = new PageMemory({ sizeBytes, maskCount: 48, copyCount: 4 });
    const options = { boardId: id, agentId: id, agentName: Uint8Array.of(109), bootNonce: boot.bootNonce, fingerprint: id.subarray(0, 8) };
    this.link = new BoardLink({ ...options, memory: this.memory, windowFrames }, this);
  }

  get frame(): Uint8Array {
    return this.link.frame;
  }

  connected(nowMs: number): void {
    this.link.connected(nowMs);
  }

  disconnected(nowMs: number): void {
    this.link.disconnected(nowMs);
  }

  receive(nowMs: number, bytes: Uint8Array, at: number, count: number): void {
    const { refills } = this.link.counters;
    this.link.receive(nowMs, bytes, at, count);
    if (this.link.counters.refills > refills) this.refillBegunMs = nowMs;
  }

  poll(nowMs: number): number {
    return this.link.poll(nowMs);
  }

  run(nowMs: number): void {
    if (nowMs >= this.nextTurnMs) this.onTurn(nowMs);
  }

  dueMs(nowMs: number): number {
    return Math.min(this.nextTurnMs, this.link.dueMs(nowMs));
  }

  onFresh(): void {
    const random = new Random(1);
    for (let offset = 0; offset < this.memory.sizeBytes; offset += 4) this.memory.setU32(offset, random.u32());
    this.link.commit();
  }

  onRefilled(): void {
    this.refilledMs = this.#clock.nowMs();
  }

  onAcknowledged(): void {
    this.acknowledgements++;
    this.onAcknowledge();
  }

  onContinued(): void {}
  onRefused(): void {}
  onError(): void {}

  onInput(): boolean {
    return false;
  }
}

/** One board, one link, one host, nothing else: what is measured is theirs. */
export class Rig {
  readonly clock = new VirtualClock();
  readonly link: SimLink;
  readonly host: SimHost;
  readonly board: SimulatedBoard;

  constructor(
    link: { readonly serial: Partial<SerialLinkOptions> } | { readonly mqtt: Partial<MessageLinkOptions> },
    sizeBytes: number,
    windowFrames: number,
  ) {
    const { clock } = this;
    this.link =
      'serial' in link
        ? new SerialLink(clock, 1, { ...serialLinkDefaults, ...link.serial }, damage)
        : new MessageLink(clock, 1, { ...messageLinkDefaults, ...link.mqtt }, damage);
    this.host = new SimHost(clock, 1, { poolPages: 256, disk: { syncMinMs: 1, syncMaxMs: 1, readMs: 0.1 } }, [this.link], watch);
    this.board = new SimulatedBoard({
      clock,
      random: new Random(1),
      makeProgram: (boot) => new MeasuredProgram(boot, clock, sizeBytes, windowFrames),
    });
    this.board.plug(this.link.board);
    this.host.start();
  }

  get program(): MeasuredProgram {
    return this.board.program as MeasuredProgram;
  }

  powerOn(): void {
    this.link.boardPowered(true);
    this.board.powerOn();
  }

  powerLoss(): void {
    this.board.powerLoss();
    this.link.boardPowered(false);
  }

  /** The board's first turn is at `timeMs`. */
  firstTurn(timeMs: number): void {
    this.program.nextTurnMs = timeMs;
    this.board.drained();
  }

  /** Steps until `done` holds; throws when it does not within `limitMs`. */
  until(what: string, limitMs: number, done: () => boolean): void {
    const endMs = this.clock.nowMs() + limitMs;
    while (!done()) if (!this.clock.step(endMs)) throw new Error(`${what}: not within ${limitMs} ms`);
  }

  /** Powers the board on and waits until its first state is durable. */
  begin(): MeasuredProgram {
    this.powerOn();
    this.until('first commit', 120_000, () => this.program.acknowledgements > 0);
    return this.program;
  }
}
