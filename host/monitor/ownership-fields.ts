import type { ByteReader } from '../../src/wire/byte-reader.js';
import { ActivateMessage, FreezeMessage, readOrderEpoch } from '../../src/wire/ownership-frames.js';
import type { Fields } from './frame-fields.js';

// The frames that move an agent, by SPEC.md's names; undefined if they break a rule of their kind.

export function activateFields(reader: ByteReader): Fields | undefined {
  const message = new ActivateMessage();
  if (!message.read(reader)) return undefined;
  return { epoch: message.epoch, sequence: message.sequence, usedSequence: message.usedSequence };
}

export function freezeFields(reader: ByteReader): Fields | undefined {
  const message = new FreezeMessage();
  return message.readOrder(reader) ? { nonce: message.nonce } : undefined;
}

export function frozenFields(reader: ByteReader): Fields | undefined {
  const message = new FreezeMessage();
  return message.readAnswer(reader) ? { nonce: message.nonce, sequence: message.sequence } : undefined;
}

/** THAW, RETIRE. */
export function epochFields(reader: ByteReader): Fields | undefined {
  const epoch = readOrderEpoch(reader);
  return epoch > 0 ? { epoch } : undefined;
}
