import type { StateMemory } from './access.js';

/** A state's bytes without tracking: for reading a copy, and for tests. */
export class ByteMemory implements StateMemory {
  readonly sizeBytes: number;
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.sizeBytes = bytes.length;
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  getU8(offset: number): number {
    return this.#view.getUint8(offset);
  }
  getI8(offset: number): number {
    return this.#view.getInt8(offset);
  }
  getU16(offset: number): number {
    return this.#view.getUint16(offset, true);
  }
  getI16(offset: number): number {
    return this.#view.getInt16(offset, true);
  }
  getU32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }
  getI32(offset: number): number {
    return this.#view.getInt32(offset, true);
  }
  getF32(offset: number): number {
    return this.#view.getFloat32(offset, true);
  }
  getF64(offset: number): number {
    return this.#view.getFloat64(offset, true);
  }
  setU8(offset: number, value: number): void {
    this.#view.setUint8(offset, value);
  }
  setI8(offset: number, value: number): void {
    this.#view.setInt8(offset, value);
  }
  setU16(offset: number, value: number): void {
    this.#view.setUint16(offset, value, true);
  }
  setI16(offset: number, value: number): void {
    this.#view.setInt16(offset, value, true);
  }
  setU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }
  setI32(offset: number, value: number): void {
    this.#view.setInt32(offset, value, true);
  }
  setF32(offset: number, value: number): void {
    this.#view.setFloat32(offset, value, true);
  }
  setF64(offset: number, value: number): void {
    this.#view.setFloat64(offset, value, true);
  }
  read(offset: number, target: Uint8Array, at: number, count: number): void {
    for (let index = 0; index < count; index++) target[at + index] = this.bytes[offset + index]!;
  }
  write(offset: number, source: Uint8Array, from: number, count: number): void {
    for (let index = 0; index < count; index++) this.bytes[offset + index] = source[from + index]!;
  }
}
