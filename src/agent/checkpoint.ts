import { PAGE_BYTES } from '../memory/constants.js';
import type { PageMemory } from '../memory/page-memory.js';
import { ID_BYTES } from '../wire/constants.js';
import { crc32 } from '../wire/crc32.js';

/**
 * Two places of equal size that survive a loss of power, such as two flash partitions; the platform provides them. Calls are
 * synchronous; a call that fails throws.
 */
export interface CheckpointSlots {
  readonly slotBytes: number;
  /** Erasing a slot takes so many calls, each of which stalls the board. Absent: one call, and nothing stalls. */
  readonly blockCount?: number;
  read(slot: number, offset: number, target: Uint8Array, at: number, count: number): void;
  /** Makes a block of a slot ready to be written once. Block 0 is the first, and holds the slot's header. */
  erase(slot: number, block: number): void;
  write(slot: number, offset: number, source: Uint8Array, from: number, count: number): void;
}

/** Where a checkpoint lies on the agent's line, for BoardLink.startAlone(). */
export interface CheckpointPoint {
  epoch: number;
  sequence: number;
  acknowledgedSequence: number;
  acknowledgedDigest: number;
}

// A slot: header, then the state. The header is written last: a slot cut off in the middle has none.
//   0 u32 magic · 4 u32 state bytes · 8 u64 write number · 16 u64 epoch · 24 u64 sequence · 32 u64 acknowledged sequence ·
//   40 u32 acknowledged digest · 44 u32 CRC-32 of the state · 48 fingerprint 8 · 56 u32 CRC-32 of the ids of board and agent · 60 u32 CRC-32 of bytes 0 to 59
const MAGIC = 0x31435747;
export const CHECKPOINT_HEADER_BYTES = 64;
const STATE_CHECK_OFFSET = 44;
const OWNER_OFFSET = 56;
const CHECK_OFFSET = 60;
const TWO_32 = 0x100000000;

/**
 * Keeps an agent's state in two slots in turn, so that a torn write leaves the older checkpoint whole. What another agent's or another
 * board's program left there is never read.
 */
export class Checkpoints implements CheckpointPoint {
  epoch = 0;
  sequence = 0;
  acknowledgedSequence = 0;
  acknowledgedDigest = 0;
  readonly #slots: CheckpointSlots;
  readonly #boardId: Uint8Array;
  readonly #agentId: Uint8Array;
  readonly #fingerprint: Uint8Array;
  readonly #memory: PageMemory;
  readonly #header = new Uint8Array(CHECKPOINT_HEADER_BYTES);
  readonly #view: DataView;
  readonly #page = new Uint8Array(PAGE_BYTES);
  readonly #blockCount: number;
  #writeNumber = 0;
  #newestSlot = -1;
  #erasedBlocks = 0;

  /**
   * @param agentId of the agent that the board has, as long as it has one; its bytes change when that does
   * @throws RangeError if a slot is smaller than header and state
   */
  constructor(slots: CheckpointSlots, memory: PageMemory, fingerprint: Uint8Array, boardId: Uint8Array, agentId: Uint8Array) {
    const needed = CHECKPOINT_HEADER_BYTES + memory.sizeBytes;
    if (slots.slotBytes < needed) throw new RangeError(`checkpoint: a slot needs ${needed} bytes, it has ${slots.slotBytes}`);
    this.#slots = slots;
    this.#boardId = boardId;
    this.#agentId = agentId;
    this.#blockCount = slots.blockCount ?? 1;
    this.#memory = memory;
    this.#fingerprint = fingerprint;
    this.#view = new DataView(this.#header.buffer);
    this.#findNewest(Number.POSITIVE_INFINITY);
  }

  /** There is a whole header of this agent in one of the slots. */
  get hasAny(): boolean {
    return this.#newestSlot >= 0;
  }

  /** The older slot is ready to be written. */
  get isErased(): boolean {
    return this.#erasedBlocks === this.#blockCount;
  }

  /** Erases the next block of the older slot. */
  eraseBlock(): void {
    this.#slots.erase(this.#olderSlot, this.#erasedBlocks);
    this.#erasedBlocks++;
  }

  /** Makes every checkpoint unreadable, whoever's it is. Throws what the slots throw; what was erased before stays so. */
  drop(): void {
    this.#erasedBlocks = 0;
    for (let slot = 0; slot < 2; slot++) if (this.#readHeader(slot)) this.#slots.erase(slot, 0);
    this.#newestSlot = -1;
  }

  /** Makes those unreadable that are not this agent's, before the board is given theirs again. Throws as drop() does. */
  dropForeign(): void {
    for (let slot = 0; slot < 2; slot++) if (this.#readHeader(slot) && !this.#isOwn) this.#slots.erase(slot, 0);
  }

  /** Writes the memory's state as of now over the older slot. Between turns only. */
  save(point: CheckpointPoint): void {
    while (!this.isErased) this.eraseBlock();
    const slot = this.#olderSlot;
    const view = this.#view;
    // Whatever becomes of this write, the slot is not erased any more.
    this.#erasedBlocks = 0;
    this.#slots.write(slot, CHECKPOINT_HEADER_BYTES, this.#memory.bytes, 0, this.#memory.sizeBytes);
    view.setUint32(0, MAGIC, true);
    view.setUint32(4, this.#memory.sizeBytes, true);
    this.#setU64(8, this.#writeNumber + 1);
    this.#setU64(16, point.epoch);
    this.#setU64(24, point.sequence);
    this.#setU64(32, point.acknowledgedSequence);
    view.setUint32(40, point.acknowledgedDigest, true);
    view.setUint32(STATE_CHECK_OFFSET, crc32(this.#memory.bytes, 0, this.#memory.sizeBytes, 0), true);
    for (let index = 0; index < 8; index++) this.#header[48 + index] = this.#fingerprint[index]!;
    view.setUint32(OWNER_OFFSET, this.#ownerCheck(), true);
    view.setUint32(CHECK_OFFSET, this.#headerCheck(), true);
    this.#slots.write(slot, 0, this.#header, 0, CHECKPOINT_HEADER_BYTES);
    this.#newestSlot = slot;
    this.#writeNumber++;
  }

  /**
   * Fills the memory from the newest whole checkpoint, without marks, and the point's fields with where it lies.
   * @returns false if there is none; then the memory is as it was
   */
  restore(): boolean {
    this.#erasedBlocks = 0;
    for (let below = Number.POSITIVE_INFINITY; this.#findNewest(below); below = this.#writeNumber) {
      if (this.#slotCheck(this.#newestSlot) !== this.#view.getUint32(STATE_CHECK_OFFSET, true)) continue;
      this.#memory.reset();
      for (let offset = 0; offset < this.#memory.sizeBytes; offset += PAGE_BYTES) {
        this.#memory.load(offset, this.#page, 0, this.#readPage(this.#newestSlot, offset));
      }
      return true;
    }
    return false;
  }

  get #olderSlot(): number {
    return this.#newestSlot === 0 ? 1 : 0;
  }

  /** Finds the newest slot with a valid header and a write number under `below`. */
  #findNewest(below: number): boolean {
    this.#newestSlot = -1;
    let writeNumber = 0;
    for (let slot = 0; slot < 2; slot++) {
      if (!this.#readHeader(slot) || !this.#isOwn || !this.#fits) continue;
      const number = this.#getU64(8);
      if (number >= below || number <= writeNumber) continue;
      writeNumber = number;
      this.#newestSlot = slot;
    }
    if (this.#newestSlot < 0) return false;
    this.#writeNumber = writeNumber;
    this.#readHeader(this.#newestSlot);
    this.epoch = this.#getU64(16);
    this.sequence = this.#getU64(24);
    this.acknowledgedSequence = this.#getU64(32);
    this.acknowledgedDigest = this.#view.getUint32(40, true);
    return true;
  }

  /** False: there is no whole header. */
  #readHeader(slot: number): boolean {
    this.#slots.read(slot, 0, this.#header, 0, CHECKPOINT_HEADER_BYTES);
    return this.#view.getUint32(0, true) === MAGIC && this.#view.getUint32(CHECK_OFFSET, true) === this.#headerCheck();
  }

  /** The header that was read is of a checkpoint of this agent on this board. */
  get #isOwn(): boolean {
    return this.#view.getUint32(OWNER_OFFSET, true) === this.#ownerCheck();
  }

  /** ... and of a state of this program. */
  get #fits(): boolean {
    if (this.#view.getUint32(4, true) !== this.#memory.sizeBytes) return false;
    for (let index = 0; index < 8; index++) if (this.#header[48 + index] !== this.#fingerprint[index]) return false;
    return true;
  }

  #ownerCheck(): number {
    return crc32(this.#agentId, 0, ID_BYTES, crc32(this.#boardId, 0, ID_BYTES, 0));
  }

  #headerCheck(): number {
    return crc32(this.#header, 0, CHECK_OFFSET, 0);
  }

  #slotCheck(slot: number): number {
    let check = 0;
    for (let offset = 0; offset < this.#memory.sizeBytes; offset += PAGE_BYTES) {
      check = crc32(this.#page, 0, this.#readPage(slot, offset), check);
    }
    return check;
  }

  #readPage(slot: number, offset: number): number {
    const count = Math.min(PAGE_BYTES, this.#memory.sizeBytes - offset);
    this.#slots.read(slot, CHECKPOINT_HEADER_BYTES + offset, this.#page, 0, count);
    return count;
  }

  #getU64(offset: number): number {
    return this.#view.getUint32(offset + 4, true) * TWO_32 + this.#view.getUint32(offset, true);
  }

  #setU64(offset: number, value: number): void {
    this.#view.setUint32(offset, value >>> 0, true);
    this.#view.setUint32(offset + 4, (value / TWO_32) >>> 0, true);
  }
}
