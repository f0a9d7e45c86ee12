// Stands for 'vitest' in bundles for XS: collects describe and it, runs them in order, and prints one line of JSON per test.
import { host } from './host-api.js';
import { expect } from './shim/expect.js';

export { expect };

type Work = (...parameters: never[]) => unknown;
type Hooks = { readonly beforeAll: Work[]; readonly beforeEach: Work[]; readonly afterEach: Work[]; readonly afterAll: Work[] };
type Suite = { readonly name: string; readonly hooks: Hooks; readonly items: (Suite | Test)[] };
type Test = { readonly name: string; readonly work: Work; readonly parameters: readonly unknown[] };

/** A line of a test's result; everything else on stdout is what the tests printed. */
export const RESULT_MARK = '#test ';
export type TestResult = { readonly name: string; readonly error?: string; readonly computrons: number };

const newSuite = (name: string): Suite => ({
  name,
  hooks: { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] },
  items: [],
});

const root = newSuite('');
let current = root;

function pickWork(first: unknown, second: unknown): Work {
  return (typeof first === 'function' ? first : second) as Work;
}

function addTest(name: string, first: unknown, second?: unknown): void {
  current.items.push({ name, work: pickWork(first, second), parameters: [] });
}

function addSuite(name: string, first: unknown, second?: unknown): void {
  const parent = current;
  const suite = newSuite(name);
  parent.items.push(suite);
  current = suite;
  pickWork(first, second)();
  current = parent;
}

type Row = readonly unknown[];
const toRow = (row: unknown): Row => (Array.isArray(row) ? row : [row]);

/** Replaces $name by a property of the row's object, and %s, %i, %d, %j, %o in turn by the row's values. */
function rowName(name: string, row: Row): string {
  let index = 0;
  const text = name.replace(/%[sidjofx%]/g, (form) => {
    if (form === '%%') return '%';
    const value = row[index++];
    return form === '%j' || form === '%o' ? JSON.stringify(value) : String(value);
  });
  return text.replace(/\$(\w+)/g, (whole, key: string) => {
    const value = Object(row[0]) as Record<string, unknown>;
    return key in value ? String(value[key]) : whole;
  });
}

const testEach =
  (rows: readonly unknown[]) =>
  (name: string, first: unknown, second?: unknown): void => {
    for (const row of rows.map(toRow)) current.items.push({ name: rowName(name, row), work: pickWork(first, second), parameters: row });
  };

const suiteEach =
  (rows: readonly unknown[]) =>
  (name: string, first: unknown, second?: unknown): void => {
    for (const row of rows.map(toRow)) addSuite(rowName(name, row), () => pickWork(first, second)(...(row as never[])));
  };

export const it = Object.assign(addTest, { each: testEach });
export const test = it;
export const describe = Object.assign(addSuite, { each: suiteEach });

export const beforeAll = (work: Work): number => current.hooks.beforeAll.push(work);
export const beforeEach = (work: Work): number => current.hooks.beforeEach.push(work);
export const afterEach = (work: Work): number => current.hooks.afterEach.push(work);
export const afterAll = (work: Work): number => current.hooks.afterAll.push(work);

/** Compile-time only in vitest; nothing is left of it at run time. */
export const expectTypeOf = (): unknown => new Proxy(() => {}, { get: expectTypeOf, apply: expectTypeOf });
export const assertType = (): void => {};

async function runTest(test: Test, path: readonly Suite[]): Promise<void> {
  const startComputrons = host.meter();
  let error: string | undefined;
  try {
    for (const suite of path) for (const hook of suite.hooks.beforeEach) await hook();
    await test.work(...(test.parameters as never[]));
  } catch (thrown) {
    error = textOf(thrown);
  }
  try {
    for (const suite of [...path].reverse()) for (const hook of suite.hooks.afterEach) await hook();
  } catch (thrown) {
    error ??= textOf(thrown);
  }
  const name = [...path.slice(1).map((suite) => suite.name), test.name].join(' > ');
  const result: TestResult = { name, computrons: host.meter() - startComputrons, ...(error === undefined ? {} : { error }) };
  host.print(RESULT_MARK + JSON.stringify(result));
}

function textOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? '' : `\ncaused by ${textOf(thrown.cause)}`;
  return `${thrown.name}: ${thrown.message}${cause}`;
}

async function runSuite(suite: Suite, path: readonly Suite[]): Promise<void> {
  const here = [...path, suite];
  for (const hook of suite.hooks.beforeAll) await hook();
  for (const item of suite.items) {
    if ('items' in item) await runSuite(item, here);
    else await runTest(item, here);
  }
  for (const hook of suite.hooks.afterAll) await hook();
}

/** Runs everything that was collected. The program ends with 0 whatever failed: the lines tell. */
export async function runAll(): Promise<void> {
  await runSuite(root, []);
  host.exit(0);
}
