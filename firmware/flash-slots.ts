import { CHECKPOINT_HEADER_BYTES, type CheckpointSlots } from 'godwit/agent/checkpoint';
import type { AgentDefinition } from 'godwit/agent/definition';
import type { BoardPlatform, Flash } from './platform.js';

/** Bytes per call of the flash: a page of the chip, and a multiple of every write alignment. The one buffer for it is made at the start. */
const CHUNK_BYTES = 256;
const ERASED = 0xff;

/**
 * The two halves of a partition of NOR flash as checkpoint slots. Each begins at a block: erasing one leaves the other alone. Whole chunks
 * are written, filled up with 0xff, which leaves what it is written over as it was.
 */
export class FlashSlots implements CheckpointSlots {
  readonly slotBytes: number;
  /** Blocks of a slot that are in use. */
  readonly blockCount: number;
  readonly #flash: Flash;
  readonly #slotBlocks: number;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);

  /** @throws RangeError if the partition has not room for two slots of `slotBytes` */
  constructor(flash: Flash, slotBytes: number) {
    const { blockLength, blocks, writeAlign = 1 } = flash.status();
    this.#flash = flash;
    this.#slotBlocks = blocks >>> 1;
    this.slotBytes = this.#slotBlocks * blockLength;
    this.blockCount = Math.ceil(slotBytes / blockLength);
    if (slotBytes <= this.slotBytes && CHUNK_BYTES % writeAlign === 0) return;
    throw new RangeError(`checkpoint: two slots of ${slotBytes} bytes need more than ${blocks} blocks of ${blockLength} bytes of flash`);
  }

  read(slot: number, offset: number, target: Uint8Array, at: number, count: number): void {
    let position = this.#position(slot, offset, count);
    const end = position + count;
    while (position < end) {
      const start = position - (position % CHUNK_BYTES);
      const stop = Math.min(end, start + CHUNK_BYTES);
      this.#flash.read(this.#chunk, start);
      while (position < stop) target[at++] = this.#chunk[position++ - start]!;
    }
  }

  erase(slot: number, block: number): void {
    if (block >= this.blockCount) throw new RangeError(`checkpoint: block ${block} of ${this.blockCount}`);
    this.#position(slot, 0, 0);
    this.#flash.eraseBlock(slot * this.#slotBlocks + block);
  }

  write(slot: number, offset: number, source: Uint8Array, from: number, count: number): void {
    let position = this.#position(slot, offset, count);
    const end = position + count;
    while (position < end) {
      const start = position - (position % CHUNK_BYTES);
      const stop = Math.min(end, start + CHUNK_BYTES);
      this.#chunk.fill(ERASED);
      while (position < stop) this.#chunk[position++ - start] = source[from++]!;
      this.#flash.write(this.#chunk, start);
    }
  }

  #position(slot: number, offset: number, count: number): number {
    if ((slot === 0 || slot === 1) && offset >= 0 && offset + count <= this.slotBytes) return slot * this.slotBytes + offset;
    throw new RangeError(`checkpoint: ${count} bytes at ${offset} of slot ${slot}`);
  }
}

/**
 * Where an agent that goes on without its host keeps its checkpoints; undefined: it waits for its host, or the platform has no flash.
 * @throws Error if there is no such partition, RangeError if it is too small
 */
export function slotsFor(agent: AgentDefinition, platform: BoardPlatform): FlashSlots | undefined {
  const flash = agent.whenHostAway === 'run' ? platform.checkpointFlash?.() : undefined;
  return flash === undefined ? undefined : new FlashSlots(flash, CHECKPOINT_HEADER_BYTES + agent.sizeBytes);
}
