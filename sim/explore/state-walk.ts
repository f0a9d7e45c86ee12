import { createHash } from 'node:crypto';

/** How a field enters a digest. */
export type FieldRule = 'left out' | 'instant' | 'clock' | 'name' | 'plain' | { readonly olderMs: number };

/** Of classes by name, when an object is at rest, and which of its fields count even then. */
export type Rests = Readonly<Record<string, { readonly is: (object: never) => boolean; readonly keeps: readonly string[] }>>;

/** Of classes by name, fields that are not plain. */
export type FieldRules = Readonly<Record<string, Readonly<Record<string, FieldRule>>>>;

const OBJECT = 1;
const SEEN = 2;
const ARRAY = 3;
const MAP = 4;
const SET = 5;
const BYTES = 6;
const NUMBER = 7;
const TEXT = 8;
const NAME = 9;
const TRUE = 10;
const FALSE = 11;
const NOTHING = 12;
const INSTANT = 13;

/** Rounding of sums of times that are not whole. */
const PER_MS = 1000;
const NUMBERS_MAX = 1 << 17;
const BYTES_MAX = 1 << 20;

interface Field {
  readonly name: string;
  readonly rule: FieldRule;
}

/**
 * Turns everything that can be reached from some objects into a digest: every field of every object, private ones too (they are opened
 * when the modules are loaded), but for those that the rules leave out. An instant counts by its distance from now, a name (a nonce)
 * by where it was met first. Functions are not looked into.
 */
export class StateWalk {
  readonly #rules: FieldRules;
  readonly #skipped: ReadonlySet<string>;
  readonly #rests: Rests;
  readonly #fields = new Map<unknown, readonly Field[]>();
  readonly #texts = new Map<string, number>();
  readonly #numbers = new Float64Array(NUMBERS_MAX);
  readonly #tags = new Uint8Array(NUMBERS_MAX);
  readonly #bytes = new Uint8Array(BYTES_MAX);
  readonly #seen = new Map<object, number>();
  readonly #names = new Map<unknown, number>();
  #count = 0;
  #byteCount = 0;
  #nowMs = 0;

  /** @param skipped names of classes that are not entered */
  constructor(rules: FieldRules, skipped: readonly string[], rests: Rests) {
    this.#rules = rules;
    this.#rests = rests;
    this.#skipped = new Set(skipped);
  }

  digest(nowMs: number, roots: readonly unknown[]): string {
    this.#nowMs = nowMs;
    this.#count = 0;
    this.#byteCount = 0;
    this.#seen.clear();
    this.#names.clear();
    for (const root of roots) this.#walk(root, 'plain');
    const hash = createHash('md5');
    hash.update(new Uint8Array(this.#numbers.buffer, 0, this.#count * 8));
    hash.update(this.#tags.subarray(0, this.#count));
    hash.update(this.#bytes.subarray(0, this.#byteCount));
    return hash.digest('base64');
  }

  #put(tag: number, value: number): void {
    this.#tags[this.#count] = tag;
    this.#numbers[this.#count++] = value;
  }

  #walk(value: unknown, rule: FieldRule): void {
    switch (typeof value) {
      case 'number':
        this.#putNumber(value, rule);
        break;
      case 'boolean':
        this.#put(value ? TRUE : FALSE, 0);
        break;
      case 'string':
        this.#put(TEXT, this.#idOf(value));
        break;
      case 'object':
        if (value === null) this.#put(NOTHING, 1);
        else this.#enter(value, rule);
        break;
      case 'function':
        break;
      default:
        this.#put(NOTHING, 0);
    }
  }

  #putNumber(value: number, rule: FieldRule): void {
    if (rule === 'name') this.#put(NAME, this.#indexOf(this.#names, value));
    else if (rule === 'instant') this.#putInstant(value, Number.POSITIVE_INFINITY);
    else if (typeof rule === 'object') this.#putInstant(value, rule.olderMs);
    else if (rule === 'clock') this.#put(INSTANT, Math.round((value + this.#nowMs) * PER_MS));
    else this.#put(NUMBER, value);
  }

  /** 0 stands for never. */
  #putInstant(value: number, olderMs: number): void {
    if (value === 0 || value === Number.NEGATIVE_INFINITY)
      this.#put(NUMBER, olderMs === Number.POSITIVE_INFINITY ? value : Number.NEGATIVE_INFINITY);
    else if (value < this.#nowMs - olderMs) this.#put(NUMBER, Number.NEGATIVE_INFINITY);
    else this.#put(INSTANT, Math.round((value - this.#nowMs) * PER_MS));
  }

  #idOf(text: string): number {
    return this.#indexOf(this.#texts, text);
  }

  #indexOf<T>(known: Map<T, number>, value: T): number {
    let index = known.get(value);
    if (index === undefined) {
      index = known.size;
      known.set(value, index);
    }
    return index;
  }

  #enter(value: object, rule: FieldRule): void {
    if (this.#skipped.has(value.constructor.name)) return;
    const seen = this.#seen.get(value);
    if (seen !== undefined) {
      this.#put(SEEN, seen);
      return;
    }
    this.#seen.set(value, this.#seen.size);
    if (ArrayBuffer.isView(value)) this.#putBytes(value, rule);
    else if (Array.isArray(value)) this.#putAll(ARRAY, value, value.length, rule);
    else if (value instanceof Map) this.#putAll(MAP, [...value].flat(), value.size, rule);
    else if (value instanceof Set) this.#putAll(SET, value, value.size, rule);
    else this.#putFields(value);
  }

  #putAll(tag: number, items: Iterable<unknown>, count: number, rule: FieldRule): void {
    this.#put(tag, count);
    for (const item of items) this.#walk(item, rule);
  }

  #putBytes(view: ArrayBufferView, rule: FieldRule): void {
    this.#put(BYTES, view.byteLength);
    if (rule !== 'plain') {
      for (const item of view as Float64Array) this.#putNumber(item, rule);
      return;
    }
    // Views of one buffer: it counts once, as a whole. Small Buffers share one with others that are none of ours.
    const isShared = view instanceof Buffer;
    if (!isShared && this.#seen.has(view.buffer)) return;
    const bytes = isShared ? view : new Uint8Array(view.buffer);
    if (!isShared) this.#seen.set(view.buffer, this.#seen.size);
    this.#bytes.set(bytes, this.#byteCount);
    this.#byteCount += bytes.length;
  }

  #putFields(value: object): void {
    const { constructor: maker } = value;
    this.#put(OBJECT, this.#idOf(maker.name));
    const rest = this.#rests[maker.name];
    if (rest?.is(value as never)) {
      for (const name of rest.keeps) this.#walk(field(value, name), name.endsWith('Ms') ? 'instant' : 'plain');
      return;
    }
    const fields = maker === Object ? this.#fieldsOf(value) : this.#knownFieldsOf(value);
    if (maker === Object) for (const { name } of fields) this.#put(TEXT, this.#idOf(name));
    for (const { name, rule } of fields) this.#walk((value as Record<string, unknown>)[name], rule);
  }

  #knownFieldsOf(value: object): readonly Field[] {
    let fields = this.#fields.get(value.constructor);
    if (fields === undefined) {
      fields = this.#fieldsOf(value);
      this.#fields.set(value.constructor, fields);
    }
    return fields;
  }

  #fieldsOf(value: object): readonly Field[] {
    const own = this.#rules[value.constructor.name];
    for (const name of Object.keys(own ?? {})) field(value, name);
    const rules = { ...this.#rules['*'], ...own };
    return Object.keys(value)
      .map((name) => ({ name, rule: rules[name] ?? (name.endsWith('Ms') ? 'instant' : 'plain') }) as const)
      .filter(({ rule }) => rule !== 'left out');
  }
}

/** A rule for a field that is not there any more would leave out nothing, or all. */
function field(value: object, name: string): unknown {
  if (!(name in value)) throw new Error(`a rule for ${value.constructor.name}.${name}, which is no field`);
  return (value as Record<string, unknown>)[name];
}
