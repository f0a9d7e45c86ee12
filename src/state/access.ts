/** The memory under a typed state: offsets are naturally aligned, and the layout keeps them inside. PageMemory is one. */
export interface StateMemory {
  readonly sizeBytes: number;
  getU8(offset: number): number;
  getI8(offset: number): number;
  getU16(offset: number): number;
  getI16(offset: number): number;
  getU32(offset: number): number;
  getI32(offset: number): number;
  getF32(offset: number): number;
  getF64(offset: number): number;
  setU8(offset: number, value: number): void;
  setI8(offset: number, value: number): void;
  setU16(offset: number, value: number): void;
  setI16(offset: number, value: number): void;
  setU32(offset: number, value: number): void;
  setI32(offset: number, value: number): void;
  setF32(offset: number, value: number): void;
  setF64(offset: number, value: number): void;
  read(offset: number, target: Uint8Array, at: number, count: number): void;
  write(offset: number, source: Uint8Array, from: number, count: number): void;
}

const ZEROS = new Uint8Array(64);

/** What every accessor of one state shares. */
export class Access {
  readonly memory: StateMemory;
  /** Holds one text, or one entry of a map on its way to another place. */
  readonly scratch: Uint8Array;

  constructor(memory: StateMemory, scratchBytes: number) {
    this.memory = memory;
    this.scratch = new Uint8Array(scratchBytes);
  }

  getIndex(offset: number, indexBytes: number): number {
    if (indexBytes === 1) return this.memory.getU8(offset);
    return indexBytes === 2 ? this.memory.getU16(offset) : this.memory.getU32(offset);
  }

  setIndex(offset: number, indexBytes: number, value: number): void {
    if (indexBytes === 1) this.memory.setU8(offset, value);
    else if (indexBytes === 2) this.memory.setU16(offset, value);
    else this.memory.setU32(offset, value);
  }

  zero(offset: number, count: number): void {
    if (((offset | count) & 3) === 0) {
      for (let done = 0; done < count; done += 4) this.memory.setU32(offset + done, 0);
      return;
    }
    for (let done = 0; done < count; done += ZEROS.length) {
      this.memory.write(offset + done, ZEROS, 0, Math.min(ZEROS.length, count - done));
    }
  }
}
