import type { Flash, FlashStatus } from '../../firmware/platform.js';
import type { Chip } from './chip.js';

/** The power went in the middle of an operation. */
export class PowerCut extends Error {}

const ERASED = 0xff;
/** Typical of a 4 KiB sector, and of a page of 256 bytes (data sheet of the W25Q32, the flash of many ESP32 modules). */
export const ERASE_MS = 45;
export const PROGRAM_MS_PER_PAGE = 0.7;
const PROGRAM_PAGE_BYTES = 256;

/** A partition of NOR flash as `embedded:storage/flash` shows it: writes only clear bits, blocks are erased, and both stop the core. */
export class NorFlash implements Flash {
  readonly bytes: Uint8Array;
  readonly #blockBytes: number;
  readonly #chip: Chip | undefined;
  /** Erases, by block. */
  readonly erases: Uint32Array;
  /** Writes that the chip refuses. */
  isBroken = false;
  /** The power goes after so many bytes written; a block that is erased counts as its bytes. */
  bytesLeft = Number.POSITIVE_INFINITY;

  constructor(blocks: number, blockBytes: number, chip?: Chip) {
    this.bytes = new Uint8Array(blocks * blockBytes).fill(ERASED);
    this.#blockBytes = blockBytes;
    this.#chip = chip;
    this.erases = new Uint32Array(blocks);
  }

  status(): FlashStatus {
    return { size: this.bytes.length, blockLength: this.#blockBytes, blocks: this.erases.length };
  }

  read(buffer: Uint8Array, offset: number): number {
    if (offset < 0 || offset + buffer.length > this.bytes.length) throw new Error('read failed');
    for (let index = 0; index < buffer.length; index++) buffer[index] = this.bytes[offset + index]!;
    return buffer.length;
  }

  write(buffer: Uint8Array, offset: number): void {
    if (this.isBroken || offset < 0 || offset + buffer.length > this.bytes.length) throw new Error('write failed');
    const count = this.#powered(buffer.length);
    for (let index = 0; index < count; index++) this.bytes[offset + index]! &= buffer[index]!;
    this.#chip?.busy(Math.ceil(buffer.length / PROGRAM_PAGE_BYTES) * PROGRAM_MS_PER_PAGE);
    if (count < buffer.length) throw new PowerCut();
  }

  eraseBlock(start: number, end = start + 1): void {
    if (this.isBroken || start < 0 || end > this.erases.length) throw new Error('erase failed');
    for (let block = start; block < end; block++) this.#erase(block);
  }

  /** An erase that is cut short leaves a block of which some is erased, and some is not. */
  #erase(block: number): void {
    this.erases[block]!++;
    const from = block * this.#blockBytes;
    const count = this.#powered(this.#blockBytes);
    this.bytes.fill(ERASED, from, from + count);
    this.#chip?.busy(ERASE_MS);
    if (count < this.#blockBytes) throw new PowerCut();
  }

  #powered(count: number): number {
    const done = Math.max(0, Math.min(count, this.bytesLeft));
    this.bytesLeft -= count;
    return done;
  }
}
