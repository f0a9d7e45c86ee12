/** One write of a turn: where, and what. */
export type Write = readonly [offset: number, bytes: Uint8Array];

/** A state, and what an agent writes into it commit after commit. */
export interface Workload {
  readonly name: string;
  readonly sizeBytes: number;
  readonly initial: Uint8Array;
  /** The writes of each commit, in order; ends after the commits asked for. */
  readonly commits: Iterable<readonly Write[]>;
}

/** Makes a workload of `commitCount` commits; the same seed always makes the same one. */
export type WorkloadMaker = (seed: number, commitCount: number) => Workload;

/** A state under construction whose stores are noted as the writes of the current commit. */
export class Recorder {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #writes: Write[] = [];

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** The writes since the last call. */
  take(): readonly Write[] {
    const writes = this.#writes;
    this.#writes = [];
    return writes;
  }

  u8(offset: number, value: number): void {
    this.#view.setUint8(offset, value);
    this.#note(offset, 1);
  }

  u16(offset: number, value: number): void {
    this.#view.setUint16(offset, value, true);
    this.#note(offset, 2);
  }

  u32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
    this.#note(offset, 4);
  }

  f32(offset: number, value: number): void {
    this.#view.setFloat32(offset, value, true);
    this.#note(offset, 4);
  }

  f64(offset: number, value: number): void {
    this.#view.setFloat64(offset, value, true);
    this.#note(offset, 8);
  }

  ascii(offset: number, text: string): void {
    for (let i = 0; i < text.length; i++) this.#view.setUint8(offset + i, text.charCodeAt(i));
    this.#note(offset, text.length);
  }

  set(offset: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, offset);
    this.#note(offset, bytes.length);
  }

  getU8(offset: number): number {
    return this.#view.getUint8(offset);
  }

  getU16(offset: number): number {
    return this.#view.getUint16(offset, true);
  }

  getU32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  getF32(offset: number): number {
    return this.#view.getFloat32(offset, true);
  }

  #note(offset: number, lengthBytes: number): void {
    this.#writes.push([offset, this.bytes.slice(offset, offset + lengthBytes)]);
  }
}

/** Runs `start` once for the initial bytes, then `turn` once for each commit. */
export function recordWorkload(name: string, recorder: Recorder, commitCount: number, turn: (commitIndex: number) => void): Workload {
  recorder.take();
  const initial = recorder.bytes.slice();
  function* commits(): Generator<readonly Write[]> {
    for (let i = 0; i < commitCount; i++) {
      turn(i);
      yield recorder.take();
    }
  }
  return { name, sizeBytes: initial.length, initial, commits: commits() };
}
