import type { Column } from './output.js';
import { printable, tableLines } from './output.js';

const REDRAW_MS = 250;
const PRINT_MS = 2_000;

/** A table that is redrawn in place on a terminal, and printed now and then where there is none. */
export class LiveTable<Row> {
  readonly #columns: readonly Column<Row>[];
  readonly #rows: () => readonly Row[];
  readonly #notes: () => readonly string[];
  readonly #stream: NodeJS.WriteStream;
  #timer: NodeJS.Timeout | undefined;
  #drawnLines = 0;

  /** @param notes lines below the table */
  constructor(
    columns: readonly Column<Row>[],
    rows: () => readonly Row[],
    notes: () => readonly string[],
    stream: NodeJS.WriteStream = process.stdout,
  ) {
    this.#columns = columns;
    this.#rows = rows;
    this.#notes = notes;
    this.#stream = stream;
  }

  start(): void {
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), this.#stream.isTTY ? REDRAW_MS : PRINT_MS);
  }

  /** Draws the last state and stops. */
  stop(): void {
    clearInterval(this.#timer);
    this.#draw();
  }

  #draw(): void {
    const width = this.#stream.isTTY && this.#stream.columns > 0 ? this.#stream.columns : Number.POSITIVE_INFINITY;
    const lines = [...tableLines(this.#columns, this.#rows()), ...this.#notes().map(printable)].map((line) => line.slice(0, width));
    // Up over what was drawn before, and each line cleared to its end (ECMA-48: CUU, EL, ED).
    const up = this.#stream.isTTY && this.#drawnLines > 0 ? `\u001b[${this.#drawnLines}A\r` : '';
    const end = this.#stream.isTTY ? '\u001b[K\n' : '\n';
    this.#stream.write(`${up}${lines.join(end)}${end}${this.#stream.isTTY ? '\u001b[J' : ''}`);
    this.#drawnLines = lines.length;
  }
}
