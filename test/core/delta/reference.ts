import { deltaCheck } from '../../../src/delta/check.js';
import { digestOf } from '../memory/model.js';

export type Expectation = { readonly epoch: number; readonly session: number; readonly baseSequence: number };

/** Where a message's parts lie, and the state that it would make; undefined where the specification refuses it. */
export type Reading = { readonly state: Uint8Array; readonly sequence: number; readonly checkAt: number };

/**
 * The delta format once more, in the plainest way, for whole messages and the stored codec: what a sink must agree with.
 * The check is not looked at; `seal` writes the right one.
 */
export function readDelta(message: readonly number[], base: Uint8Array, baseSequence: number): Reading | undefined {
  let at = 0;
  const varint = (bytesMax: number): number | undefined => {
    let value = 0n;
    for (let i = 0; i < bytesMax; i++) {
      const byte = message[at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return (byte === 0 && i > 0) || value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value);
    }
    return undefined;
  };
  const flags = message[at++];
  if (flags === undefined || (flags & 0x80) !== 0 || (flags & 7) !== 0) return undefined;
  let distance = flags >> 4;
  if (distance === 0) {
    distance = varint(8) ?? 0;
    if (distance < 8) return undefined;
  }
  if (distance > Number.MAX_SAFE_INTEGER - baseSequence) return undefined;
  const padded = new Uint8Array(Math.ceil(base.length / 4) * 4);
  padded.set(base);
  for (let end = 0; ; ) {
    const head = varint(4);
    if (head === undefined) return undefined;
    if (head === 0) break;
    const isLong = head % 8 === 0;
    const count = isLong ? (message[at++] ?? 0) : head % 8;
    if (isLong && (count < 8 || count > 64)) return undefined;
    const start = end + (isLong ? head / 8 - 1 : Math.floor(head / 8));
    end = start + count;
    if (end * 4 > padded.length || start >> 6 !== (end - 1) >> 6) return undefined;
    for (let i = start * 4; i < end * 4; i++) {
      const byte = message[at++];
      if (byte === undefined) return undefined;
      padded[i] = byte;
    }
  }
  for (let i = base.length; i < padded.length; i++) if (padded[i] !== 0) return undefined;
  return at + 4 === message.length ? { state: padded.slice(0, base.length), sequence: baseSequence + distance, checkAt: at } : undefined;
}

/** Writes the check that a sender of these bytes would write. */
export function seal(message: number[], reading: Reading, expectation: Expectation): void {
  const { epoch, session, baseSequence } = expectation;
  const check = deltaCheck(message[0]!, digestOf(reading.state), epoch, session, baseSequence, reading.sequence);
  for (let i = 0; i < 4; i++) message[reading.checkAt + i] = (check >>> (8 * i)) & 0xff;
}
