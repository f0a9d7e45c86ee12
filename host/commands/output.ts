import { printable } from '../printable.js';

export { printable };

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number;
  /** Numbers stand at the right. */
  readonly right?: boolean;
}

export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const cells = rows.map((row) => columns.map((column) => printable(String(column.value(row)))));
  const widths = columns.map((column, index) => Math.max(column.title.length, ...cells.map((row) => row[index]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => (columns[index]!.right ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!)))
      .join('  ')
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...cells.map(line)];
}

export function printTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
  process.stdout.write(`${tableLines(columns, rows).join('\n')}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
