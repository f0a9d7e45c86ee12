// Values in messages: short, and never throwing whatever they are.
const TEXT_LENGTH_MAX = 300;
const DEPTH_MAX = 3;

export function show(value: unknown, depth = 0): string {
  const text = describe(value, depth);
  return text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}...` : text;
}

function describe(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `[function ${value.name}]`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof RegExp || value instanceof Date) return String(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (depth >= DEPTH_MAX) return '...';
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}[${Array.from(value as Uint8Array).join(', ')}]`;
  if (Array.isArray(value)) return `[${value.map((item) => show(item, depth + 1)).join(', ')}]`;
  const entries = Object.entries(value).map(([name, item]) => `${name}: ${show(item, depth + 1)}`);
  return `{ ${entries.join(', ')} }`;
}
