// What an author reads when a value or an index is refused. Nothing has changed by then.

/** @throws TypeError for another type than number, RangeError for a number outside the type */
export function refuseNumber(path: string, kind: string, range: string, value: unknown): never {
  if (typeof value !== 'number') throw new TypeError(`${path}: a ${kind} is a number, not ${typeof value}`);
  throw new RangeError(`${path}: ${value} is outside ${kind} (${range})`);
}

export function refuseIndex(path: string, index: number, length: number): never {
  throw new RangeError(`${path}: index ${index} is outside the ${length} elements`);
}
