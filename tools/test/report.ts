export interface TierResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** What a reader must know beyond the counts, one line each. */
  readonly notes: readonly string[];
}

type Column = 'passed' | 'failed' | 'skipped' | 'seconds';

const sum = (results: readonly TierResult[], column: Column) => results.reduce((total, result) => total + result[column], 0);

function table(results: readonly TierResult[]): string {
  const row = (name: string, cells: readonly (string | number)[]) =>
    name.padEnd(8) + cells.map((cell) => String(cell).padStart(9)).join('');
  const lines = results.map((r) => row(r.name, [r.passed, r.failed, r.skipped, r.seconds.toFixed(1)]));
  return [row('tier', ['passed', 'failed', 'skipped', 'seconds']), ...lines].join('\n');
}

/** The closing lines; the counts are always the very last one. */
export function closingLines(results: readonly TierResult[]): string {
  const notes = results.flatMap((result) => result.notes.map((note) => `${result.name}: ${note}`));
  const skipped = sum(results, 'skipped');
  const counts = `${sum(results, 'passed')} passed, ${sum(results, 'failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return ['', table(results), ...notes, counts].join('\n');
}

export function succeeded(results: readonly TierResult[], requireAll: boolean): boolean {
  return sum(results, 'passed') > 0 && sum(results, 'failed') === 0 && !(requireAll && sum(results, 'skipped') > 0);
}
