import { MAX_NAME_BYTES } from './limits.js';

const PATTERN = /^[A-Za-z][A-Za-z0-9_]*$/;

/** Names every object has already; a field of that name would hide them. */
const OBJECT_NAMES = [
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toString',
  'valueOf',
  'toJSON',
  'then',
];

/** Members of the arrays, rings and maps themselves, beside which the accessors of a record's fields stand. */
const CONTAINER_NAMES = ['length', 'capacity', 'push', 'clear', 'find', 'add', 'has', 'delete', 'keyAt'];

/** @returns what is wrong with a field's name, or undefined */
export function nameProblem(name: string, insideContainer: boolean): string | undefined {
  if (name.length > MAX_NAME_BYTES) return `a name has at most ${MAX_NAME_BYTES} characters`;
  if (!PATTERN.test(name)) return 'a name is a letter followed by letters, digits and _';
  if (OBJECT_NAMES.includes(name)) return 'the name belongs to every object';
  if (insideContainer && CONTAINER_NAMES.includes(name)) return 'the name belongs to the array, ring or map around it';
  return undefined;
}
