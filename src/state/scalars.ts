import type { Access } from './access.js';
import type { Codec } from './codec.js';
import { refuseNumber } from './refuse.js';
import type { ScalarKind } from './types.js';

// One class per kind: the check and the store stay monomorphic, and instances can be preloaded.

class U8Codec implements Codec<number> {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get(access: Access, offset: number): number {
    return access.memory.getU8(offset);
  }
  set(access: Access, offset: number, value: number): void {
    if (value !== (value & 0xff)) refuseNumber(this.path, 'u8', '0 to 255', value);
    access.memory.setU8(offset, value);
  }
}

class U16Codec implements Codec<number> {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get(access: Access, offset: number): number {
    return access.memory.getU16(offset);
  }
  set(access: Access, offset: number, value: number): void {
    if (value !== (value & 0xffff)) refuseNumber(this.path, 'u16', '0 to 65,535', value);
    access.memory.setU16(offset, value);
  }
}

class U32Codec implements Codec<number> {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get(access: Access, offset: number): number {
    return access.memory.getU32(offset);
  }
  set(access: Access, offset: number, value: number): void {
    if (value !== value >>> 0) refuseNumber(this.path, 'u32', '0 to 4,294,967,295', value);
    access.memory.setU32(offset, value);
  }
}

class I8Codec implements Codec<number> {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get(access: Access, offset: number): number {
    return access.memory.getI8(offset);
  }
  set(access: Access, offset: number, value: number): void {
    if (value !== (value << 24) >> 24) refuseNumber(this.path, 'i8', '-128 to 127', value);
    access.memory.setI8(offset, value);
  }
}

class I16Codec implements Codec<number> {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get(access: Access, offset: number): number {
    return access.memory.getI16(offset);
  }
  set(access: Access, offset: number, value: number): void {
    if (value !== (value << 16) >> 16) refuseNumber(this.path, 'i16', '-32,768 to 32,767', value);
    access.memory.setI16(offset, value);
  }
}

class I32Codec implements Codec<number> {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get(access: Access, offset: number): number {
    return access.memory.getI32(offset);
  }
  set(access: Access, offset: number, value: number): void {
    if (value !== (value | 0)) refuseNumber(this.path, 'i32', '-2,147,483,648 to 2,147,483,647', value);
    access.memory.setI32(offset, value);
  }
}

/** Numbers from here on round to infinity: half a step beyond the largest f32. */
const F32_LIMIT = 2 ** 128 - 2 ** 103;

class F32Codec implements Codec<number> {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get(access: Access, offset: number): number {
    return access.memory.getF32(offset);
  }
  set(access: Access, offset: number, value: number): void {
    const overflows = (value >= F32_LIMIT || value <= -F32_LIMIT) && value - value === 0;
    if (typeof value !== 'number' || overflows) refuseNumber(this.path, 'f32', 'about -3.4e38 to 3.4e38, infinities, NaN', value);
    access.memory.setF32(offset, value);
  }
}

class F64Codec implements Codec<number> {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get(access: Access, offset: number): number {
    return access.memory.getF64(offset);
  }
  set(access: Access, offset: number, value: number): void {
    if (typeof value !== 'number') refuseNumber(this.path, 'f64', 'any number', value);
    access.memory.setF64(offset, value);
  }
}

class BoolCodec implements Codec<boolean> {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get(access: Access, offset: number): boolean {
    return access.memory.getU8(offset) !== 0;
  }
  set(access: Access, offset: number, value: boolean): void {
    if (typeof value !== 'boolean') throw new TypeError(`${this.path}: a bool is true or false, not ${typeof value}`);
    access.memory.setU8(offset, value ? 1 : 0);
  }
}

const TWO_32 = 0x100000000;

/** 64 bits, low word first; the program sees a number of at most 2^53-1. */
class CounterCodec implements Codec<number> {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get(access: Access, offset: number): number {
    return access.memory.getU32(offset + 4) * TWO_32 + access.memory.getU32(offset);
  }
  set(access: Access, offset: number, value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) refuseNumber(this.path, 'counter', '0 to 9,007,199,254,740,991', value);
    access.memory.setU32(offset, value >>> 0);
    access.memory.setU32(offset + 4, (value / TWO_32) >>> 0);
  }
}

/** @param path the field's name in messages */
export function scalarCodec(kind: ScalarKind, path: string): Codec<number> | Codec<boolean> {
  switch (kind) {
    case 'u8':
      return new U8Codec(path);
    case 'u16':
      return new U16Codec(path);
    case 'u32':
      return new U32Codec(path);
    case 'i8':
      return new I8Codec(path);
    case 'i16':
      return new I16Codec(path);
    case 'i32':
      return new I32Codec(path);
    case 'f32':
      return new F32Codec(path);
    case 'f64':
      return new F64Codec(path);
    case 'bool':
      return new BoolCodec(path);
    case 'counter':
      return new CounterCodec(path);
  }
}
