import type { AgentRecord } from '../store/store.js';
import type { AgentEntry } from './agent-entry.js';
import type { AgentView } from './types.js';

export function viewOf(entry: AgentEntry, record: AgentRecord): AgentView {
  const link = entry.session?.link;
  return {
    agentId: entry.agentId,
    agentName: record.agentName,
    boardId: record.boardId,
    epoch: record.epoch,
    session: record.session,
    linkId: link?.linkId ?? -1,
    linkName: link?.end.name ?? '',
    sizeBytes: record.sizeBytes,
    fingerprint: record.fingerprint,
    sequence: record.sequence,
    digest: record.digest,
    boardSequence: entry.boardSequence,
    lastHeardMs: entry.lastHeardMs,
    deltas: entry.deltas,
    frameBytesUp: entry.frameBytesUp,
    frameBytesDown: entry.frameBytesDown,
    inputsWaiting: entry.inputs.count,
  };
}
