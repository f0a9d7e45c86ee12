// The matchers that the core's suites use, with vitest's meaning.
import { type Asymmetric, equal } from './equal.js';
import { show } from './show.js';

type Thrown = string | RegExp | Error | (abstract new (...parameters: never[]) => unknown) | undefined;

export class AssertionError extends Error {
  override name = 'AssertionError';
}

class Matchers {
  readonly #value: unknown;
  readonly #negated: boolean;
  readonly #note: string;

  constructor(value: unknown, negated: boolean, note: string) {
    this.#value = value;
    this.#negated = negated;
    this.#note = note;
  }

  get not(): Matchers {
    return new Matchers(this.#value, !this.#negated, this.#note);
  }

  get resolves(): AsyncMatchers {
    return new AsyncMatchers(Promise.resolve(this.#value), this.#negated, this.#note);
  }

  get rejects(): AsyncMatchers {
    const settled = Promise.resolve(this.#value).then(
      (value) => {
        throw new AssertionError(`expected a rejection, got ${show(value)}`);
      },
      (error: unknown) => error,
    );
    return new AsyncMatchers(settled, this.#negated, this.#note, true);
  }

  #check(ok: boolean, claim: string): void {
    if (ok !== this.#negated) return;
    const note = this.#note === '' ? '' : `${this.#note}: `;
    throw new AssertionError(`${note}expected ${show(this.#value)} ${this.#negated ? 'not ' : ''}${claim}`);
  }

  toBe(other: unknown): void {
    this.#check(Object.is(this.#value, other), `to be ${show(other)}`);
  }

  toEqual(other: unknown): void {
    this.#check(equal(this.#value, other, false), `to equal ${show(other)}`);
  }

  toStrictEqual(other: unknown): void {
    this.#check(equal(this.#value, other, true), `to equal strictly ${show(other)}`);
  }

  toMatchObject(other: object): void {
    this.#check(matchesObject(this.#value, other), `to match ${show(other)}`);
  }

  toBeTruthy(): void {
    this.#check(Boolean(this.#value), 'to be truthy');
  }

  toBeFalsy(): void {
    this.#check(!this.#value, 'to be falsy');
  }

  toBeUndefined(): void {
    this.#check(this.#value === undefined, 'to be undefined');
  }

  toBeDefined(): void {
    this.#check(this.#value !== undefined, 'to be defined');
  }

  toBeNull(): void {
    this.#check(this.#value === null, 'to be null');
  }

  toBeNaN(): void {
    this.#check(Number.isNaN(this.#value), 'to be NaN');
  }

  toBeGreaterThan(other: number | bigint): void {
    this.#check((this.#value as number) > other, `to be greater than ${other}`);
  }

  toBeGreaterThanOrEqual(other: number | bigint): void {
    this.#check((this.#value as number) >= other, `to be at least ${other}`);
  }

  toBeLessThan(other: number | bigint): void {
    this.#check((this.#value as number) < other, `to be less than ${other}`);
  }

  toBeLessThanOrEqual(other: number | bigint): void {
    this.#check((this.#value as number) <= other, `to be at most ${other}`);
  }

  toBeCloseTo(other: number, digits = 2): void {
    const value = this.#value as number;
    this.#check(Object.is(value, other) || Math.abs(value - other) < 10 ** -digits / 2, `to be close to ${other} in ${digits} digits`);
  }

  toBeInstanceOf(type: abstract new (...parameters: never[]) => unknown): void {
    this.#check(this.#value instanceof type, `to be an instance of ${type.name}`);
  }

  toBeTypeOf(type: string): void {
    this.#check(typeof this.#value === type, `to be of type ${type}`);
  }

  toContain(item: unknown): void {
    const value = this.#value;
    const found = typeof value === 'string' ? value.includes(String(item)) : Array.from(value as Iterable<unknown>).includes(item);
    this.#check(found, `to contain ${show(item)}`);
  }

  toContainEqual(item: unknown): void {
    const found = Array.from(this.#value as Iterable<unknown>).some((candidate) => equal(candidate, item, false));
    this.#check(found, `to contain an equal of ${show(item)}`);
  }

  toHaveLength(length: number): void {
    this.#check((this.#value as ArrayLike<unknown>).length === length, `to have length ${length}`);
  }

  toHaveProperty(name: string, ...value: [] | [unknown]): void {
    const object = Object(this.#value) as Record<string, unknown>;
    const ok = name in object && (value.length === 0 || equal(object[name], value[0], false));
    this.#check(ok, `to have property ${name}${value.length === 0 ? '' : ` ${show(value[0])}`}`);
  }

  toMatch(pattern: string | RegExp): void {
    const text = String(this.#value);
    this.#check(typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text), `to match ${String(pattern)}`);
  }

  toThrow(expected?: Thrown): void {
    try {
      (this.#value as () => unknown)();
    } catch (error) {
      this.#check(matchesThrown(error, expected), `to throw ${show(expected)}, threw ${show(error)}`);
      return;
    }
    this.#check(false, `to throw ${show(expected)}`);
  }

  toThrowError(expected?: Thrown): void {
    this.toThrow(expected);
  }
}

class AsyncMatchers {
  constructor(value: Promise<unknown>, negated: boolean, note: string, thrown = false) {
    for (const name of Object.getOwnPropertyNames(Matchers.prototype) as (keyof Matchers)[]) {
      if (!name.startsWith('to')) continue;
      Object.defineProperty(this, name, {
        value: async (...parameters: unknown[]) => {
          const settled = await value;
          const subject = thrown && name.startsWith('toThrow') ? () => raise(settled) : settled;
          const matchers = new Matchers(subject, negated, note);
          (matchers[name] as (...values: unknown[]) => void)(...parameters);
        },
      });
    }
  }
}

function raise(error: unknown): never {
  throw error;
}

function matchesObject(value: unknown, other: object): boolean {
  return Object.entries(other).every(([name, expected]) => {
    const found = Object(value)[name] as unknown;
    const nested = typeof expected === 'object' && expected !== null && Object.getPrototypeOf(expected) === Object.prototype;
    return nested ? matchesObject(found, expected as object) : equal(found, expected, false);
  });
}

function matchesThrown(error: unknown, expected: Thrown): boolean {
  if (expected === undefined) return true;
  const message = error instanceof Error ? error.message : String(error);
  if (typeof expected === 'string') return message.includes(expected);
  if (expected instanceof RegExp) return expected.test(message);
  if (typeof expected === 'function') return error instanceof expected;
  return message === expected.message;
}

const asymmetric = (matches: (value: unknown) => boolean): Asymmetric => ({ matches });

export function expect(value: unknown, note = ''): Matchers {
  return new Matchers(value, false, note);
}

expect.fail = (message = 'failed'): never => {
  throw new AssertionError(message);
};
expect.anything = () => asymmetric((value) => value !== undefined && value !== null);
expect.any = (type: unknown) =>
  asymmetric((value) => Object(value) instanceof (type as new () => object) && value !== undefined && value !== null);
expect.stringContaining = (text: string) => asymmetric((value) => typeof value === 'string' && value.includes(text));
expect.stringMatching = (pattern: RegExp) => asymmetric((value) => typeof value === 'string' && pattern.test(value));
expect.objectContaining = (part: object) => asymmetric((value) => matchesObject(value, part));
expect.arrayContaining = (part: unknown[]) =>
  asymmetric((value) => Array.isArray(value) && part.every((item) => value.some((found) => equal(found, item, false))));
