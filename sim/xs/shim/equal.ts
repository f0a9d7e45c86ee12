// Deep equality as the tests mean it: bits of numbers (NaN equals NaN, 0 differs from -0), own enumerable properties, typed arrays,
// dates, maps, sets, errors by their message. Strict equality also compares prototypes and properties that are undefined.

export type Asymmetric = { readonly matches: (value: unknown) => boolean };

export function isAsymmetric(value: unknown): value is Asymmetric {
  return typeof value === 'object' && value !== null && typeof (value as Asymmetric).matches === 'function';
}

export function equal(a: unknown, b: unknown, strict: boolean): boolean {
  if (isAsymmetric(b)) return b.matches(a);
  if (isAsymmetric(a)) return a.matches(b);
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.prototype.toString.call(a) !== Object.prototype.toString.call(b)) return false;
  if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Error) return a.message === (b as Error).message && a.name === (b as Error).name;
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  if (a instanceof ArrayBuffer) return equal(new Uint8Array(a), new Uint8Array(b as ArrayBuffer), strict);
  if (a instanceof Map) return equalMaps(a, b as Map<unknown, unknown>, strict);
  if (a instanceof Set) return equalSets(a, b as Set<unknown>, strict);
  if (ArrayBuffer.isView(a)) return equalLists(a as Uint8Array, b as Uint8Array, strict);
  if (Array.isArray(a) && !equalLists(a, b as unknown[], strict)) return false;
  return equalProperties(a as Record<PropertyKey, unknown>, b as Record<PropertyKey, unknown>, strict);
}

function equalLists(a: ArrayLike<unknown>, b: ArrayLike<unknown>, strict: boolean): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (!equal(a[index], b[index], strict)) return false;
  return true;
}

function equalMaps(a: Map<unknown, unknown>, b: Map<unknown, unknown>, strict: boolean): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (!b.has(key) || !equal(value, b.get(key), strict)) return false;
  return true;
}

function equalSets(a: Set<unknown>, b: Set<unknown>, strict: boolean): boolean {
  if (a.size !== b.size) return false;
  for (const value of a) if (!b.has(value) && ![...b].some((other) => equal(value, other, strict))) return false;
  return true;
}

function equalProperties(a: Record<PropertyKey, unknown>, b: Record<PropertyKey, unknown>, strict: boolean): boolean {
  const keysOf = (value: Record<PropertyKey, unknown>) =>
    Reflect.ownKeys(value).filter(
      (key) => Object.getOwnPropertyDescriptor(value, key)?.enumerable === true && (strict || value[key] !== undefined),
    );
  const keys = keysOf(a);
  if (keys.length !== keysOf(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key], strict));
}
