import type { DeltaSummary } from './delta-watch.js';
import type { Fields, FieldValue } from './frame-fields.js';
import type { FrameSeen, Seen } from './monitor.js';

const KIND_COLUMNS = 14;

/** One line for people. Everything in it is safe for a terminal. */
export function textOfSeen(seen: Seen): string {
  switch (seen.type) {
    case 'text':
      return `| ${seen.text}`;
    case 'bad':
      return `! ${seen.bytes} bytes, ${seen.why} [${seen.hex}${seen.hex.length < seen.bytes * 2 ? '...' : ''}]`;
    case 'frame':
      return frameLine(seen);
  }
}

function frameLine({ kind, way, bytes, check, session, fields, delta }: FrameSeen): string {
  const arrow = way === 'up' ? '>' : '<';
  const told = check === 'unknown' ? 'check unknown' : session === undefined ? 'ok' : `ok session ${session}`;
  const whole = delta === undefined ? '' : `; whole: ${deltaText(delta)}`;
  return `${arrow} ${kind.padEnd(KIND_COLUMNS)} ${String(bytes).padStart(3)} B  ${told}  ${fieldsText(fields)}${whole}`.trimEnd();
}

function fieldsText(fields: Fields): string {
  return Object.entries(fields)
    .map(([name, value]) => fieldText(name, value))
    .filter((text) => text !== '')
    .join(' ');
}

function fieldText(name: string, value: FieldValue): string {
  if (typeof value === 'boolean') return value ? name : '';
  return `${name}=${Array.isArray(value) ? value.join('+') : value}`;
}

function deltaText({ frames, bytes, codec, distance, sequence, pages, runs, changedBytes, restartsHistory, fault }: DeltaSummary): string {
  const to = sequence === undefined ? `+${distance}` : `sequence=${sequence} (+${distance})`;
  const content = pages === undefined ? '' : ` pages=${pages} runs=${runs} changed=${changedBytes} B`;
  return `${to} ${bytes} B in ${frames === 1 ? '1 frame' : `${frames} frames`}, ${codec}${restartsHistory ? ', history anew' : ''}${content}${fault === undefined ? '' : `, damaged: ${fault}`}`;
}
