import { crc32 } from 'node:zlib';

/** A record that is not what was written: says which key and what is wrong with it. Nothing of it has been used. */
export class RecordError extends Error {
  readonly key: string;

  constructor(key: string, what: string) {
    super(`store record ${key}: ${what}`);
    this.name = 'RecordError';
    this.key = key;
  }
}

/** Of every record but those whose fields have grown since. */
export const RECORD_VERSION = 1;
const HEAD_BYTES = 2;
const CRC_BYTES = 4;
const TWO_TO_32 = 0x1_0000_0000;

// Every record: kind u8 · version u8 · fields · CRC-32 of (key in ASCII, all bytes before the CRC). Little-endian. SPEC.md has the fields.

/** The checksum binds a record to its key, so that an intact record under a wrong key is refused too. */
function checksum(key: string, bytes: Uint8Array): number {
  return crc32(bytes, crc32(key));
}

/** Builds one record; grows its buffer as needed and is used for one record only. */
export class RecordWriter {
  readonly #key: string;
  #bytes: Buffer;
  #length = 0;

  constructor(key: string, kind: number, sizeHintBytes = 128, version = RECORD_VERSION) {
    this.#key = key;
    this.#bytes = Buffer.allocUnsafe(sizeHintBytes + HEAD_BYTES + CRC_BYTES);
    this.u8(kind).u8(version);
  }

  u8(value: number): this {
    this.#room(1);
    this.#length = this.#bytes.writeUInt8(value, this.#length);
    return this;
  }

  u32(value: number): this {
    this.#room(4);
    this.#length = this.#bytes.writeUInt32LE(value, this.#length);
    return this;
  }

  /** An integer of 0 to 2^53 - 1 in 8 bytes. */
  u53(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no integer of 0 to 2^53 - 1`);
    return this.u32(value % TWO_TO_32).u32(Math.floor(value / TWO_TO_32));
  }

  /** Bytes of a length that the format fixes. */
  raw(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  hex(text: string): this {
    return this.raw(Buffer.from(text, 'hex'));
  }

  /** A length (u32) and as many bytes. */
  bytes(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  text(text: string): this {
    return this.bytes(Buffer.from(text, 'utf8'));
  }

  finish(): Buffer {
    this.u32(checksum(this.#key, this.#bytes.subarray(0, this.#length)));
    return this.#bytes.subarray(0, this.#length);
  }

  #room(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count + CRC_BYTES));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** Reads one record, after its checksum, kind and version; every fault is a RecordError. */
export class RecordReader {
  readonly version: number;
  readonly #key: string;
  readonly #bytes: Buffer;
  #at = HEAD_BYTES;
  readonly #end: number;

  /** Reads versions 1 to `newest`. */
  constructor(key: string, kind: number, bytes: Uint8Array, newest = RECORD_VERSION) {
    this.#key = key;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#end = bytes.length - CRC_BYTES;
    if (this.#end < HEAD_BYTES) throw this.fault(`${bytes.length} bytes are too few for a record`);
    if (this.#bytes.readUInt32LE(this.#end) !== checksum(key, this.#bytes.subarray(0, this.#end)))
      throw this.fault('its checksum is wrong');
    if (this.#bytes[0] !== kind) throw this.fault(`it is of kind ${this.#bytes[0]}, not ${kind}`);
    this.version = this.#bytes[1]!;
    if (this.version < 1 || this.version > newest) throw this.fault(`it has format version ${this.version}; this Godwit reads ${newest}`);
  }

  u8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  u53(): number {
    const value = this.u32() + this.u32() * TWO_TO_32;
    if (value > Number.MAX_SAFE_INTEGER) throw this.fault(`a number beyond 2^53 - 1 ends at byte ${this.#at}`);
    return value;
  }

  raw(count: number): Uint8Array {
    const at = this.#take(count);
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + at, count);
  }

  hex(count: number): string {
    const at = this.#take(count);
    return this.#bytes.toString('hex', at, at + count);
  }

  bytes(maxBytes: number): Uint8Array {
    const count = this.u32();
    if (count > maxBytes) throw this.fault(`a field of ${count} bytes before byte ${this.#at} may have ${maxBytes} at most`);
    return this.raw(count);
  }

  text(maxBytes: number): string {
    const bytes = this.bytes(maxBytes);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.fault(`the text before byte ${this.#at} is not UTF-8`);
    }
  }

  /** All fields are read: nothing may be left. */
  end(): void {
    if (this.#at !== this.#end) throw this.fault(`${this.#end - this.#at} bytes too many`);
  }

  fault(what: string): RecordError {
    return new RecordError(this.#key, what);
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw this.fault(`it ends before byte ${at + count}`);
    this.#at = at + count;
    return at;
  }
}
