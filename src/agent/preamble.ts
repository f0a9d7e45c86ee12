import { MAX_OUTPUT_RING_BYTES, MAX_TIMERS } from './runtime-layout.js';

// What an agent's schema bytes say of its runtime block: u8 format 1 . u8 timer count . per timer u8 name bytes, name .
// u16 ring words. It is part of the fingerprint, so a timer that is renamed or moved makes another schema.

const PREAMBLE_FORMAT = 1;
export const MAX_TIMER_NAME_BYTES = 32;
const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

export function isName(name: string): boolean {
  return NAME.test(name) && name.length <= MAX_TIMER_NAME_BYTES;
}

export function encodePreamble(timerNames: readonly string[], ringBytes: number): Uint8Array {
  const list = [PREAMBLE_FORMAT, timerNames.length];
  for (const name of timerNames) {
    list.push(name.length);
    for (let index = 0; index < name.length; index++) list.push(name.charCodeAt(index));
  }
  list.push((ringBytes >>> 2) & 0xff, ringBytes >>> 10);
  return Uint8Array.from(list);
}

export interface Preamble {
  readonly timerNames: readonly string[];
  readonly ringBytes: number;
}

/** @throws RangeError for anything but what encodePreamble() makes */
export function decodePreamble(bytes: Uint8Array): Preamble {
  if (bytes[0] !== PREAMBLE_FORMAT) throw new RangeError('preamble: an unknown format');
  const timerCount = bytes[1] ?? 0;
  if (timerCount > MAX_TIMERS) throw new RangeError(`preamble: ${timerCount} timers are more than ${MAX_TIMERS}`);
  const timerNames: string[] = [];
  let at = 2;
  for (let index = 0; index < timerCount; index++) {
    const end = at + 1 + (bytes[at] ?? 0);
    let name = '';
    for (at++; at < end && at < bytes.length; at++) name += String.fromCharCode(bytes[at]!);
    if (!isName(name) || timerNames.includes(name)) throw new RangeError(`preamble: timer ${index} has no valid name of its own`);
    timerNames.push(name);
  }
  if (at + 2 !== bytes.length) throw new RangeError('preamble: a wrong length');
  const ringBytes = (bytes[at]! | (bytes[at + 1]! << 8)) * 4;
  if (ringBytes > MAX_OUTPUT_RING_BYTES) throw new RangeError(`preamble: a ring of ${ringBytes} bytes`);
  return { timerNames, ringBytes };
}
