// Lines of the benchmark's report, each with its goal where it has one.

export function goal(what: string, value: number, most: number): void {
  const digits = Number.isInteger(value) && Number.isInteger(most) ? 0 : value < 0.1 ? 4 : 3;
  const limit = Number.isInteger(most) ? String(most) : most.toFixed(digits === 0 ? 2 : digits);
  line(`${what}: ${value.toFixed(digits)} (goal <= ${limit}: ${value <= most ? 'reached' : 'NOT reached'})`);
}

export function floor(what: string, value: number, least: number): void {
  line(`${what}: ${value} (goal >= ${least}: ${value >= least ? 'reached' : 'NOT reached'})`);
}

export function heading(text: string): void {
  line(`\n${text}`);
}

export function line(text: string): void {
  process.stdout.write(`${text}\n`);
}
