import { BoardLink } from '../../src/link/board-link.js';
import type { BoardLinkOptions, BoardListener } from '../../src/link/board-options.js';
import { PageMemory } from '../../src/memory/page-memory.js';
import type { WriterOptions } from '../options.js';
import type { Random } from '../random.js';
import type { BoardProgram, Boot, WriterOrders } from './program.js';

const PAGE_BYTES = 256;
/** How soon a delayed turn is tried again. */
const DELAYED_TURN_MS = 5;

export interface RawProgramOptions {
  readonly memory: { readonly sizeBytes: number; readonly maskCount: number; readonly copyCount: number };
  readonly link: Omit<BoardLinkOptions, 'memory' | 'bootNonce' | 'source'>;
  readonly turnEveryMs: number;
  readonly writer: WriterOptions;
  readonly random: Random;
  /** Outlives the board's RAM: what the run wants of it. */
  readonly orders: WriterOrders;
}

/** Random writes into a page memory, one turn after the other, on a board's real link. */
export class RawProgram implements BoardProgram, BoardListener {
  readonly memory: PageMemory;
  readonly link: BoardLink;
  turnsThrown = 0;
  readonly #options: RawProgramOptions;
  readonly #bytes = new Uint8Array(1024);
  #hasState = false;
  #nextTurnMs = Number.POSITIVE_INFINITY;

  constructor(boot: Boot, options: RawProgramOptions) {
    this.#options = options;
    this.memory = new PageMemory(options.memory);
    this.link = new BoardLink({ ...options.link, memory: this.memory, bootNonce: boot.bootNonce }, this);
    this.#nextTurnMs = boot.nowMs + options.random.unit() * options.turnEveryMs;
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
    this.link.receive(nowMs, bytes, at, count);
  }

  poll(nowMs: number): number {
    return this.link.poll(nowMs);
  }

  dueMs(nowMs: number): number {
    return Math.min(this.#turnDueMs, this.link.dueMs(nowMs));
  }

  run(nowMs: number): void {
    if (nowMs < this.#turnDueMs) return;
    if (!this.link.mayRunTurn(nowMs)) {
      this.#nextTurnMs = nowMs + DELAYED_TURN_MS;
      return;
    }
    this.#nextTurnMs = nowMs + this.#options.turnEveryMs * (0.5 + this.#options.random.unit());
    this.#turn(nowMs);
  }

  onFresh(): void {
    const { random } = this.#options;
    for (let writes = 0; writes < 4; writes++) this.#write(random.below(this.memory.sizeBytes), 64);
    this.link.commit();
    this.#hasState = true;
  }

  onRefilled(): void {
    this.#hasState = true;
  }

  onContinued(): void {}
  onAcknowledged(): void {}
  onRefused(): void {}
  onError(): void {}

  onInput(): boolean {
    return false;
  }

  get #turnDueMs(): number {
    return this.#hasState && !this.#options.orders.stopped ? this.#nextTurnMs : Number.POSITIVE_INFINITY;
  }

  #turn(nowMs: number): void {
    const { writer, random, orders } = this.#options;
    if (nowMs < orders.burstUntilMs) this.#burst();
    else for (let writes = 1 + random.below(2 * writer.writesPerTurn); writes > 0; writes--) this.#writeSomewhere();
    if (orders.throws > 0) {
      orders.throws--;
      this.turnsThrown++;
      this.#hasState = false;
      this.link.requestReload();
      return;
    }
    this.link.commit();
  }

  #writeSomewhere(): void {
    const { writer, random } = this.#options;
    const { sizeBytes } = this.memory;
    const hot = random.chance(writer.hotShare);
    const offset = random.below(hot ? Math.min(64, sizeBytes) : sizeBytes);
    if (random.chance(writer.idleShare)) this.memory.write(offset, this.memory.bytes, offset, 1);
    else this.#write(offset, 1 + random.below(hot ? 4 : writer.writeBytesMax));
  }

  /** A few bytes in every page. */
  #burst(): void {
    for (let page = 0; page < this.memory.pageCount; page++) {
      const start = page * PAGE_BYTES;
      const room = Math.min(PAGE_BYTES, this.memory.sizeBytes - start);
      this.#write(start + this.#options.random.below(room), 40);
    }
  }

  #write(offset: number, count: number): void {
    const { random } = this.#options;
    const length = Math.min(count, this.memory.sizeBytes - offset, this.#bytes.length);
    for (let i = 0; i < length; i++) this.#bytes[i] = random.u32();
    this.memory.write(offset, this.#bytes, 0, length);
  }
}
