import { decodeUtf8 } from '../../src/state/utf8.js';
import type { EnrolledMessage } from '../../src/wire/enrol-frames.js';
import { LINK_MQTT } from '../../src/wire/settings.js';
import { toHex } from '../sessions/hex.js';

/** Who a board says it is. Ids in hex; ids, link and its name are empty for a board that was never enrolled. */
export interface BoardDescription {
  readonly isEnrolled: boolean;
  readonly boardId: string;
  /** Of the agent that it has now; empty: it is vacant. */
  readonly agentId: string;
  readonly linkName: string;
  readonly link: 'serial' | 'mqtt' | '';
  /** As the board's program has it: not safe for a terminal. */
  readonly agentName: string;
  /** Of the program's schema. */
  readonly fingerprint: string;
  readonly stateBytes: number;
}

export function describeBoard(message: EnrolledMessage): BoardDescription {
  const isEnrolled = message.hasSettings;
  return {
    isEnrolled,
    boardId: isEnrolled ? toHex(message.boardId) : '',
    agentId: agentIdText(message.agentId),
    linkName: decodeUtf8(message.linkName, 0, message.linkNameBytes),
    link: !isEnrolled ? '' : message.link === LINK_MQTT ? 'mqtt' : 'serial',
    agentName: decodeUtf8(message.agentName, 0, message.agentNameBytes),
    fingerprint: toHex(message.fingerprint),
    stateBytes: message.stateBytes,
  };
}

/** In hex; empty for the zeros of a board without an agent. */
export function agentIdText(agentId: Uint8Array): string {
  return agentId.every((byte) => byte === 0) ? '' : toHex(agentId);
}
