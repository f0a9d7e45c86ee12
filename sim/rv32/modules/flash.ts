// embedded:storage/flash (ECMA-419) of the emulated board: partitions of its NOR flash. The first blocks are the key-value storage's.
import { board } from './natives.js';

const BLOCK_BYTES = 0x40000;
const WRITE_ALIGN = 4;
const ERASED = 0xff;

type Partition = { readonly firstBlock: number; readonly blocks: number };

/** The partition of firmware/partitions.csv. */
export const CHECKPOINTS = 'godwit';

/** Blocks 0 and 1 hold the keys and values. */
export const PARTITIONS: { readonly [path: string]: Partition } = {
  [CHECKPOINTS]: { firstBlock: 4, blocks: 4 },
};

export interface FlashStatus {
  readonly size: number;
  readonly blockLength: number;
  readonly blocks: number;
  readonly writeAlign: number;
  readonly eraseValue: number;
}

export class Flash {
  readonly format = 'buffer';
  readonly #start: number;
  readonly #status: FlashStatus;

  /** @throws RangeError for a partition that is not there */
  constructor(path: string) {
    const partition = PARTITIONS[path];
    if (partition === undefined) throw new RangeError(`no partition ${path}`);
    this.#start = partition.firstBlock * BLOCK_BYTES;
    const size = partition.blocks * BLOCK_BYTES;
    this.#status = { size, blockLength: BLOCK_BYTES, blocks: partition.blocks, writeAlign: WRITE_ALIGN, eraseValue: ERASED };
  }

  static open(options: { readonly path: string }): Flash {
    return new Flash(options.path);
  }

  /** Fills a buffer from `offset` and returns its length; or gives `count` bytes in a new one. */
  read(into: ArrayBuffer | Uint8Array, offset: number): number;
  read(count: number, offset: number): ArrayBuffer;
  read(into: ArrayBuffer | Uint8Array | number, offset: number): ArrayBuffer | number {
    const bytes = typeof into === 'number' ? new ArrayBuffer(into) : into;
    board.flashRead(this.#address(offset, bytes.byteLength), bytes);
    return typeof into === 'number' ? (bytes as ArrayBuffer) : bytes.byteLength;
  }

  /** Turns ones to zeros. @throws RangeError outside the partition, or off the words of `writeAlign` bytes */
  write(bytes: ArrayBuffer | Uint8Array, offset: number): void {
    board.flashWrite(this.#address(offset, bytes.byteLength), bytes);
  }

  eraseBlock(start: number, end: number = start + 1): void {
    if (!(start < end)) throw new RangeError('no blocks');
    for (let block = start; block < end; block++) board.flashErase(this.#address(block * BLOCK_BYTES, BLOCK_BYTES));
  }

  status(): FlashStatus {
    return this.#status;
  }

  close(): void {}

  #address(offset: number, count: number): number {
    if (!(offset >= 0 && offset + count <= this.#status.size)) throw new RangeError(`${offset} + ${count} is outside the partition`);
    return this.#start + offset;
  }
}
