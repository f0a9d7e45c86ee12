import { AdaptiveEncoder } from '../src/codec/adaptive-encoder.js';
import { ModelledDecoder } from '../src/codec/modelled-decoder.js';
import { adaptiveDecoders } from '../src/codec/noting-decoder.js';
import { deltaCodeText, OK } from '../src/delta/codes.js';
import { CHECK_BYTES } from '../src/delta/delta-format.js';
import { DeltaSink } from '../src/delta/delta-sink.js';
import { DeltaSource } from '../src/delta/delta-source.js';
import { PagePool } from '../src/delta/page-pool.js';
import { StagedTarget } from '../src/delta/staged-target.js';
import { PageMemory } from '../src/memory/page-memory.js';
import {
  DIRECTION_UP,
  FRAME_BYTES_MAX,
  FRAME_PAYLOAD_MAX,
  KIND_DELTA_FIRST,
  KIND_DELTA_LAST,
  KIND_DELTA_MIDDLE,
  KIND_DELTA_ONLY,
  SERIAL_BYTES_MAX,
} from '../src/wire/constants.js';
import { frameHead, frameSeed, sealFrame } from '../src/wire/frame.js';
import { serialEncode } from '../src/wire/serial-framer.js';
import { putVarint } from '../src/wire/varint.js';
import type { Write } from './workload.js';

const EPOCH = 1;
const SESSION = 1;
const MASK_COUNT = 48;
const COPY_COUNT = 2;
const FLAGS_BYTES = 1;

/** Godwit's own way from a turn's writes to bytes on a serial line, and to a verified head on the other side. */
export class GodwitScheme {
  /** Of the commits so far: delta payloads, and whole frames with COBS and delimiters. */
  payloadBytes = 0;
  serialWireBytes = 0;
  readonly #memory: PageMemory;
  readonly #head: PageMemory;
  readonly #source: DeltaSource;
  readonly #sink: DeltaSink;
  readonly #seed = frameSeed(DIRECTION_UP, SESSION);
  readonly #chunk = new Uint8Array(FRAME_PAYLOAD_MAX);
  readonly #next = new Uint8Array(FRAME_PAYLOAD_MAX);
  readonly #frame = new Uint8Array(FRAME_BYTES_MAX);
  readonly #serial = new Uint8Array(SERIAL_BYTES_MAX);
  #sequence = 0;

  constructor(initial: Uint8Array) {
    this.#memory = new PageMemory({ sizeBytes: initial.length, maskCount: MASK_COUNT, copyCount: COPY_COUNT });
    this.#head = new PageMemory({ sizeBytes: initial.length, maskCount: 0, copyCount: 0 });
    this.#memory.load(0, initial, 0, initial.length);
    this.#head.load(0, initial, 0, initial.length);
    const modelled = new ModelledDecoder();
    const target = new StagedTarget(this.#head, new PagePool(this.#memory.pageCount));
    this.#source = new DeltaSource(this.#memory, [new AdaptiveEncoder()]);
    this.#sink = new DeltaSink(target, adaptiveDecoders(modelled));
  }

  /** One turn and its commit. Throws if the head is not the state afterwards. */
  commit(writes: readonly Write[]): void {
    for (const [offset, bytes] of writes) this.#memory.write(offset, bytes, 0, bytes.length);
    if (!this.#source.begin(EPOCH, SESSION, this.#sequence, this.#sequence + 1)) return;
    this.#sink.begin(EPOCH, SESSION, this.#sequence);
    this.#sequence++;
    let messageBytes = 0;
    let count = this.#fill(this.#chunk);
    for (let index = 0; count > 0; index++) {
      const nextCount = this.#fill(this.#next);
      this.#sendFrame(index, nextCount === 0, count);
      messageBytes += count;
      count = nextCount;
      this.#chunk.set(this.#next);
    }
    this.payloadBytes += messageBytes - FLAGS_BYTES - CHECK_BYTES;
    if (this.#sink.finish() !== OK) throw new Error(`godwit: ${deltaCodeText(this.#sink.code)}`);
    this.#sink.apply();
    this.#source.acknowledge();
  }

  /** The state as the other side holds it. */
  get head(): Uint8Array {
    return this.#head.bytes;
  }

  #fill(chunk: Uint8Array): number {
    let count = 0;
    while (count < FRAME_PAYLOAD_MAX) {
      const made = this.#source.produce(chunk, count, FRAME_PAYLOAD_MAX - count);
      if (made === 0) break;
      count += made;
    }
    return count;
  }

  #sendFrame(index: number, isLast: boolean, chunkBytes: number): void {
    const frame = this.#frame;
    const kind = index === 0 ? (isLast ? KIND_DELTA_ONLY : KIND_DELTA_FIRST) : isLast ? KIND_DELTA_LAST : KIND_DELTA_MIDDLE;
    frame[0] = frameHead(kind);
    frame[1] = this.#sequence & 0xff;
    let at = index === 0 ? 2 : putVarint(frame, 2, index);
    for (let i = 0; i < chunkBytes; i++) frame[at++] = this.#chunk[i]!;
    const frameBytes = sealFrame(frame, at, this.#seed);
    this.serialWireBytes += serialEncode(frame, 0, frameBytes, this.#serial, 0);
    this.#sink.consume(this.#chunk, 0, chunkBytes);
  }
}
