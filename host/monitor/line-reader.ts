import { cobsDecode } from '../../src/wire/cobs.js';
import { FRAME_BYTES_MAX, SERIAL_BYTES_MAX } from '../../src/wire/constants.js';
import { looksLikeText } from './line-text.js';

const EMPTY = Buffer.alloc(0);
const NEWLINE = 0x0a;
/** Text without a line break is shown in pieces of this size. */
const RUN_BYTES_MAX = 4096;

/** What a line reader finds; the bytes are only lent. */
export interface LineListener {
  /**
   * The bytes between two delimiters, decoded: a frame, if they are one. `before`: text that stands before it without a delimiter, so
   * that whoever waits for frames skips both. False: they are none, and come again through other().
   */
  frame(bytes: Uint8Array, count: number, before: Buffer | undefined): boolean;
  /** Bytes that are no frame: text, noise, or a damaged frame. */
  other(bytes: Buffer): void;
}

/**
 * Cuts what comes over a serial line at the delimiters, and text also at its line breaks, so that a log is seen while it is written.
 * Nothing is dropped, and at most RUN_BYTES_MAX bytes are kept.
 */
export class LineReader {
  readonly #listener: LineListener;
  readonly #frame = new Uint8Array(FRAME_BYTES_MAX);
  #run: Buffer = EMPTY;
  /** Something of this run was told already: what is left is no whole run. */
  #isCut = false;

  constructor(listener: LineListener) {
    this.#listener = listener;
  }

  feed(bytes: Buffer): void {
    let from = 0;
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, from)) {
      this.#hold(bytes.subarray(from, end));
      this.#close();
      from = end + 1;
    }
    this.#hold(bytes.subarray(from));
  }

  /** Nothing comes just now: what looks like whole lines is told. */
  idle(): void {
    this.#tellLines();
  }

  /** Nothing will come any more. */
  end(): void {
    this.#tell(this.#run.length);
  }

  #hold(bytes: Buffer): void {
    this.#run = this.#run.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#run, bytes]);
    // Too long for a frame; the end may still be one.
    if (this.#run.length > SERIAL_BYTES_MAX) this.#tellLines();
    while (this.#run.length > RUN_BYTES_MAX) this.#tell(RUN_BYTES_MAX);
  }

  #close(): void {
    const isFrame = this.#isCut ? this.#isFrame(0, EMPTY) : this.#isFrame(0, undefined) || this.#isBehindText();
    if (!isFrame) this.#tellRun();
    this.#run = EMPTY;
    this.#isCut = false;
  }

  #isFrame(at: number, before: Buffer | undefined): boolean {
    const length = this.#decode(at);
    return length >= 0 && this.#listener.frame(this.#frame, length, before);
  }

  #decode(at: number): number {
    const count = this.#run.length - at;
    return count > SERIAL_BYTES_MAX ? -1 : cobsDecode(this.#run, at, count, this.#frame, 0, FRAME_BYTES_MAX);
  }

  /** A line break may lie in a frame too: each is tried. */
  #isBehindText(): boolean {
    for (let at = this.#run.indexOf(NEWLINE) + 1; at > 0; at = this.#run.indexOf(NEWLINE, at) + 1) {
      const before = this.#run.subarray(0, at);
      if (looksLikeText(before) && this.#isFrame(at, before)) return true;
    }
    return false;
  }

  /** Text and the noise behind it are two things; a damaged frame is one. */
  #tellRun(): void {
    if (this.#decode(0) < 0) this.#tellLines();
    this.#tell(this.#run.length);
  }

  #tellLines(): void {
    const lines = this.#run.lastIndexOf(NEWLINE) + 1;
    if (lines > 0 && looksLikeText(this.#run.subarray(0, lines))) this.#tell(lines);
  }

  #tell(count: number): void {
    if (count === 0) return;
    this.#listener.other(this.#run.subarray(0, count));
    this.#run = this.#run.subarray(count);
    this.#isCut = true;
  }
}
