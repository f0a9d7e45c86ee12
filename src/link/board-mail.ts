import type { ByteReader } from '../wire/byte-reader.js';
import { KIND_ERROR, KIND_INPUT, KIND_SCHEMA_REQUEST } from '../wire/constants.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import { ErrorFrame, MessageFrame, SchemaFrame } from '../wire/small-frames.js';
import type { BoardListener } from './board-options.js';
import type { LinkCounters } from './counters.js';
import { OutputQueue } from './output-queue.js';
import { ReportCell } from './report-cell.js';
import { SchemaUpload } from './schema-upload.js';

/** Messages beside the state: inputs and reports come in, immediate outputs, reports and the schema go out. */
export class BoardMail {
  readonly report = new ReportCell();
  /** Outputs stay where they are: the board is frozen, or its lease has ended. */
  isHolding = false;
  readonly outputs: OutputQueue;
  readonly #schema: SchemaUpload;
  readonly #listener: BoardListener;
  readonly #counters: LinkCounters;
  readonly #schemaFrame = new SchemaFrame();
  readonly #message = new MessageFrame();
  readonly #error = new ErrorFrame();

  constructor(outputCells: number, schemaBytes: Uint8Array | undefined, listener: BoardListener, counters: LinkCounters) {
    this.outputs = new OutputQueue(outputCells);
    this.#schema = new SchemaUpload(schemaBytes);
    this.#listener = listener;
    this.#counters = counters;
  }

  /** `mayRun`: an input can be taken by a turn now. */
  take(kind: number, reader: ByteReader, bytes: Uint8Array, mayRun: boolean): void {
    if (kind === KIND_INPUT) this.#onInput(reader, bytes, mayRun);
    else if (kind === KIND_SCHEMA_REQUEST) this.#onSchemaRequest(reader);
    else if (kind === KIND_ERROR) this.#onError(reader, bytes);
    else this.#counters.unexpected++;
  }

  get pending(): boolean {
    return this.#schema.pending || this.#mayRelease || this.report.pending;
  }

  build(builder: FrameBuilder): void {
    if (this.#schema.pending) this.#schema.build(builder);
    else if (this.#mayRelease) this.outputs.shift(builder);
    else this.report.build(builder);
  }

  get #mayRelease(): boolean {
    return this.outputs.count > 0 && !this.isHolding;
  }

  #onInput(reader: ByteReader, bytes: Uint8Array, mayRun: boolean): void {
    const message = this.#message;
    if (!message.readInput(reader)) {
      this.#counters.badFields++;
      return;
    }
    const { number, bytesAt, byteCount, previous } = message;
    if (!mayRun || !this.#listener.onInput(number, bytes, bytesAt, byteCount, previous)) this.#counters.inputsRefused++;
  }

  #onSchemaRequest(reader: ByteReader): void {
    if (!this.#schemaFrame.readRequest(reader)) this.#counters.badFields++;
    else if (!this.#schema.request(this.#schemaFrame.offset)) this.#counters.unexpected++;
  }

  #onError(reader: ByteReader, bytes: Uint8Array): void {
    const error = this.#error;
    if (!error.read(reader)) this.#counters.badFields++;
    else this.#listener.onError(error.code, bytes, error.textAt, error.textBytes);
  }
}
