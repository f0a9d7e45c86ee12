// Records of what an engine saw: u8 kind, u32 length, bytes.
export type Emit = (bytes: Uint8Array, count: number) => void;

export class RecordWriter {
  readonly #emit: Emit;
  #buffer = new Uint8Array(1024);
  #view = new DataView(this.#buffer.buffer);

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  put(kind: number, bytes: Uint8Array, at: number, count: number): void {
    if (this.#buffer.length < count + 5) {
      this.#buffer = new Uint8Array(2 * count + 5);
      this.#view = new DataView(this.#buffer.buffer);
    }
    this.#head(kind, count);
    for (let index = 0; index < count; index++) this.#buffer[5 + index] = bytes[at + index]!;
    this.#emit(this.#buffer, 5 + count);
  }

  /** Text of ASCII characters. */
  putText(kind: number, text: string): void {
    this.put(
      kind,
      Uint8Array.from(text, (character) => character.charCodeAt(0)),
      0,
      text.length,
    );
  }

  /** Each number as 8 bytes of a double: exact up to 2^53. */
  putNumbers(kind: number, numbers: readonly number[]): void {
    this.#head(kind, 8 * numbers.length);
    for (let index = 0; index < numbers.length; index++) this.#view.setFloat64(5 + 8 * index, numbers[index]!, true);
    this.#emit(this.#buffer, 5 + 8 * numbers.length);
  }

  #head(kind: number, count: number): void {
    this.#view.setUint8(0, kind);
    this.#view.setUint32(1, count, true);
  }
}

export type EngineRecord = { readonly kind: number; readonly bytes: Uint8Array };

/** Splits what was emitted into its records; throws where it is cut. */
export function readRecords(bytes: Uint8Array): EngineRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: EngineRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const count = view.getUint32(at + 1, true);
    if (at + 5 + count > bytes.length) throw new Error(`record ${records.length} is cut`);
    records.push({ kind: view.getUint8(at), bytes: bytes.subarray(at + 5, at + 5 + count) });
    at += 5 + count;
  }
  return records;
}
