import { InvalidArgumentError } from 'commander';

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const DURATION_MS_MAX = 7 * 24 * 3_600_000;
export const DEFAULT_BAUD = 115_200;

/** A parser for whole numbers of `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw new InvalidArgumentError(`Give a whole number of ${min} to ${max}.`);
    return value;
  };
}

/** "10s", "250ms", "2m", "1h" in milliseconds. */
export function durationMs(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text);
  const value = match ? Number(match[1]) * UNIT_MS[match[2]!]! : 0;
  if (value < 1 || value > DURATION_MS_MAX) throw new InvalidArgumentError('Give a time such as 10s, 250ms, 2m or 1h, up to 168h.');
  return value;
}

export interface SerialPath {
  readonly path: string;
  readonly baud: number;
}

/** PATH[:BAUD], collected over several options. A colon that no baud rate follows belongs to the path. */
export function serialPath(text: string, earlier: readonly SerialPath[] = []): SerialPath[] {
  const match = /^(.+?)(?::(\d+))?$/.exec(text);
  const baud = match?.[2] === undefined ? DEFAULT_BAUD : Number(match[2]);
  if (!match || baud < 300 || baud > 20_000_000) throw new InvalidArgumentError('Give PATH[:BAUD], such as /dev/ttyUSB0:921600.');
  return [...earlier, { path: match[1]!, baud }];
}

/** The examples at the end of a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
