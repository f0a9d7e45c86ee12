import { basename } from 'node:path';
import { hexAddress } from './chips.js';
import type { FlashSegment } from './flash-plan.js';
import type { FlashedBoard, FlashListener } from './flasher.js';

const REDRAW_MS = 100;
const BAR_COLUMNS = 24;
const LINES_PER_FILE = 4;

/** Tells how far the writing is: one line that is redrawn on a terminal, a line for each quarter of a file where there is none. */
export class FlashProgress implements FlashListener {
  readonly #stream: NodeJS.WriteStream;
  readonly #totalBytes: number;
  readonly #quiet: boolean;
  readonly #verbose: boolean;
  #doneBytes = 0;
  #startMs = 0;
  #drawnMs = 0;
  #quarter = -1;

  /** @param quiet says nothing where there is no terminal */
  constructor(segments: readonly FlashSegment[], stream: NodeJS.WriteStream, quiet: boolean, verbose: boolean) {
    this.#stream = stream;
    this.#quiet = quiet && !stream.isTTY;
    this.#totalBytes = segments.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#verbose = verbose;
  }

  connected({ chip, mac, flashBytes }: FlashedBoard): void {
    this.#startMs = performance.now();
    this.#line(`${chip}, MAC ${mac}, flash of ${flashBytes / 1024} KiB`);
  }

  written(segment: FlashSegment, writtenBytes: number): void {
    const nowMs = performance.now();
    if (this.#stream.isTTY) {
      if (nowMs - this.#drawnMs < REDRAW_MS && writtenBytes < segment.bytes.length) return;
      this.#drawnMs = nowMs;
      this.#stream.write(`\r${this.#bar(segment, this.#doneBytes + writtenBytes, nowMs)}\u001b[K`);
      return;
    }
    const quarter = Math.floor((writtenBytes * LINES_PER_FILE) / segment.bytes.length);
    // The end is told by verified().
    if (quarter === this.#quarter || quarter === LINES_PER_FILE) return;
    this.#quarter = quarter;
    this.#line(`${label(segment)}: ${writtenBytes} of ${segment.bytes.length} bytes`);
  }

  verified(segment: FlashSegment, md5: string): void {
    this.#doneBytes += segment.bytes.length;
    this.#quarter = -1;
    this.#line(`${label(segment)}: ${segment.bytes.length} bytes verified, MD5 ${md5}`);
  }

  log(line: string): void {
    if (this.#verbose) process.stderr.write(`${line}\n`);
  }

  #line(text: string): void {
    if (this.#quiet) return;
    this.#stream.write(this.#stream.isTTY ? `\r${text}\u001b[K\n` : `${text}\n`);
  }

  #bar(segment: FlashSegment, bytes: number, nowMs: number): string {
    const seconds = Math.max((nowMs - this.#startMs) / 1000, 0.001);
    const rate = bytes / seconds;
    const left = rate > 0 ? `${Math.ceil((this.#totalBytes - bytes) / rate)} s left` : '';
    const full = Math.round((bytes / this.#totalBytes) * BAR_COLUMNS);
    const share = `${Math.floor((bytes * 100) / this.#totalBytes)} %`.padStart(5);
    const text = `${'#'.repeat(full).padEnd(BAR_COLUMNS, '.')} ${share}  ${bytes} bytes, ${(rate / 1024).toFixed(1)} KiB/s, ${left}  ${label(segment)}`;
    return text.slice(0, Math.max(this.#stream.columns - 1, 1));
  }
}

function label({ path, address }: FlashSegment): string {
  return `${basename(path)} at ${hexAddress(address)}`;
}
