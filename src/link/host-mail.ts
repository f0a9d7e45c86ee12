import type { ByteReader } from '../wire/byte-reader.js';
import { KIND_ERROR, KIND_INPUT, KIND_OUTPUT, KIND_SCHEMA, KIND_SCHEMA_REQUEST } from '../wire/constants.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import { ErrorFrame, MessageFrame, SchemaFrame } from '../wire/small-frames.js';
import type { LinkCounters } from './counters.js';
import { InputSender, type WaitingInput } from './input-sender.js';

export const SCHEMA_RETRY_MS = 1000;
const NO_OFFSET = -1;

/** What comes of messages. Called inside `take` and `poll`. */
export interface MailPort {
  onOutput(sequence: number, index: number, bytes: Uint8Array, at: number, count: number): void;
  onSchema(totalBytes: number, offset: number, bytes: Uint8Array, at: number, count: number): void;
  onReport(code: number, bytes: Uint8Array, at: number, count: number): void;
  /** The first waiting input above `number`, or undefined. */
  inputAfter(number: number): WaitingInput | undefined;
}

/** Messages beside the state, on the host's side: outputs, reports and the schema come in, inputs and requests for the schema go out. */
export class HostMail {
  readonly #port: MailPort;
  readonly #counters: LinkCounters;
  readonly #inputs: InputSender;
  readonly #schema = new SchemaFrame();
  readonly #message = new MessageFrame();
  readonly #error = new ErrorFrame();
  #schemaOffset = NO_OFFSET;
  #schemaAskedMs = Number.NEGATIVE_INFINITY;

  /** `consumedInputs`: -1 if the agent takes none. */
  constructor(port: MailPort, consumedInputs: number, counters: LinkCounters) {
    this.#port = port;
    this.#counters = counters;
    this.#inputs = new InputSender(port, consumedInputs);
  }

  /** The head has consumed the inputs up to this one. */
  consumed(number: number): void {
    this.#inputs.consumed(number);
  }

  wakeInputs(): void {
    this.#inputs.wake();
  }

  /** Asks for the schema from this offset on; -1: not any more. */
  wantSchema(offset: number): void {
    this.#schemaOffset = offset;
    this.#schemaAskedMs = Number.NEGATIVE_INFINITY;
  }

  take(kind: number, reader: ByteReader, bytes: Uint8Array): void {
    if (kind === KIND_OUTPUT) this.#onOutput(reader, bytes);
    else if (kind === KIND_SCHEMA) this.#onSchema(reader, bytes);
    else if (kind !== KIND_ERROR) this.#counters.unexpected++;
    else if (!this.#error.read(reader)) this.#counters.badFields++;
    else this.#port.onReport(this.#error.code, bytes, this.#error.textAt, this.#error.textBytes);
  }

  /** `mayInput`: the board runs and may take inputs. */
  poll(nowMs: number, builder: FrameBuilder, mayInput: boolean): boolean {
    if (nowMs < this.#schemaDueMs) return mayInput && this.#inputs.poll(nowMs, builder, KIND_INPUT);
    this.#schemaAskedMs = nowMs;
    builder.begin(KIND_SCHEMA_REQUEST);
    builder.varint(this.#schemaOffset);
    return true;
  }

  dueMs(nowMs: number, mayInput: boolean): number {
    return mayInput ? Math.min(this.#schemaDueMs, this.#inputs.dueMs(nowMs)) : this.#schemaDueMs;
  }

  get #schemaDueMs(): number {
    return this.#schemaOffset === NO_OFFSET ? Number.POSITIVE_INFINITY : this.#schemaAskedMs + SCHEMA_RETRY_MS;
  }

  #onSchema(reader: ByteReader, bytes: Uint8Array): void {
    const schema = this.#schema;
    if (!schema.read(reader)) this.#counters.badFields++;
    else if (schema.offset !== this.#schemaOffset) this.#counters.staleAnswers++;
    else this.#port.onSchema(schema.totalBytes, schema.offset, bytes, schema.chunkAt, schema.chunkBytes);
  }

  #onOutput(reader: ByteReader, bytes: Uint8Array): void {
    const message = this.#message;
    if (!message.readOutput(reader)) this.#counters.badFields++;
    else this.#port.onOutput(message.number, message.index, bytes, message.bytesAt, message.byteCount);
  }
}
