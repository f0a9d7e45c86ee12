import { MemorySlots } from '../../src/agent/memory-slots.js';

const BLOCKS = 2;
/** Of a 4 KiB sector; the rest is programming (data sheet of the W25Q32). */
const ERASE_MS = 45;
const PROGRAM_MS_PER_BYTE = 0.7 / 256;

/** Checkpoint slots in flash whose every operation stops the board's core: what its UART receives meanwhile waits in the FIFO, or is lost. */
export class StallingSlots extends MemorySlots {
  readonly blockCount = BLOCKS;
  readonly #stall: (forMs: number) => void;

  constructor(slotBytes: number, stall: (forMs: number) => void) {
    super(slotBytes);
    this.#stall = stall;
  }

  override erase(slot: number, block = 0): void {
    if (block === 0) super.erase(slot);
    this.#stall(ERASE_MS);
  }

  override write(slot: number, offset: number, source: Uint8Array, from: number, count: number): void {
    super.write(slot, offset, source, from, count);
    this.#stall(count * PROGRAM_MS_PER_BYTE);
  }
}
