import type { MoveMutant } from './mutants.js';

/** Broken variants of the one decision: the compare-and-set, and what is said before and after it. */
export const DECISION_MUTANTS: readonly MoveMutant[] = [
  {
    name: 'thaw in the same epoch',
    breaks: 'a grant that is still on its way and a thaw are both right',
    profile: 'around an activation',
    patches: [
      {
        file: 'host/sessions/agent-book.ts',
        find: 'const owned = { ...before, boardId, leaseMs, epoch: before.epoch + 1, session: before.session + 1 };',
        replace:
          'const owned = { ...before, boardId, leaseMs, epoch: before.epoch + (boardId === before.boardId ? 0 : 1), session: before.session + 1 };',
      },
    ],
  },
  {
    name: 'activate before the grant is durable',
    breaks: 'a board is active in an epoch that another one may get',
    profile: 'around an activation',
    patches: [
      {
        file: 'host/migration/decision.ts',
        find: '  moves.sessions.book.transfer(entry, { boardId, leaseMs, content }, (error) => {',
        replace: `    if (!isThaw) {
      m.guest!.guestLink.activate(record.epoch + 1, record.sequence);
      moves.wake(m.guest!.link.linkId);
    }
    moves.sessions.book.transfer(entry, { boardId, leaseMs, content }, (error) => {`,
      },
    ],
  },
  {
    name: 'unknown grant taken for done',
    breaks: 'a board is told to run although the record names another one',
    profile: 'in doubt',
    patches: [
      {
        file: 'host/migration/decision.ts',
        find: '    if (error === undefined) {\n      decided(m, moves);',
        replace: `      if (error?.code === 'unknown' && !isThaw) {
        entry.record = { ...record, boardId, leaseMs, epoch: record.epoch + 1, session: record.session + 1 };
        decided(m, moves);
      } else if (error === undefined) {
        decided(m, moves);`,
      },
    ],
  },
  {
    name: 'unknown grant taken for refused',
    breaks: 'the source is thawed although the target owns the agent',
    profile: 'in doubt',
    patches: [
      {
        file: 'host/migration/decision.ts',
        find: '      m.isUnknown = true;\n',
        replace: `        if (m.source !== undefined && !m.source.isEnded && !isThaw) {
          m.source.hostLink.orders.thaw(record.epoch + 1);
          moves.wake(m.source.link.linkId);
        }
        m.isUnknown = true;
`,
      },
    ],
  },
  {
    name: 'thaw before it is durable',
    breaks: 'the source runs in an epoch that the target may get',
    profile: 'around a freeze',
    patches: [
      {
        file: 'host/migration/decision.ts',
        find: '  if (m.isFrozen) transfer(m, moves, m.plan.source);',
        replace: `    if (m.source !== undefined && !m.source.isEnded) m.source.hostLink.orders.thaw(m.entry.record!.epoch + 1);
    if (m.source !== undefined) moves.wake(m.source.link.linkId);
    if (m.isFrozen) transfer(m, moves, m.plan.source);`,
      },
    ],
  },
  {
    name: 'content granted, not appended',
    breaks: 'the board of a rewound agent has a state that the store does not have',
    profile: 'late answers',
    patches: [
      {
        file: 'host/sessions/agent-book.ts',
        find: 'this.#store.grant(entry.agentId, { ...owned, ...expected, append }, (error) => {',
        replace: 'this.#store.grant(entry.agentId, { ...owned, ...expected }, (error) => {',
      },
    ],
  },
  {
    name: 'grant does not expect the head',
    breaks: 'a second host on the same store grants a session with the state that it loaded long ago',
    profile: 'in doubt',
    patches: [
      {
        file: 'host/sessions/agent-book.ts',
        find: 'expectSession: before?.session ?? 0, expectSequence: after.sequence };',
        replace: 'expectSession: before?.session ?? 0 };',
      },
      {
        file: 'host/sessions/agent-book.ts',
        find: 'expectSession: before.session, expectSequence: before.sequence };',
        replace: 'expectSession: before.session };',
      },
    ],
  },
  {
    name: 'old owner heard after the grant',
    breaks: 'a board of an older epoch changes the head',
    profile: 'around a freeze',
    patches: [
      {
        file: 'host/migration/decision.ts',
        find: '    entry.session = undefined;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'old board let back in',
    breaks: 'a board that gave the agent up, or never heard that it has to, takes it back with its old state',
    profile: 'cut off',
    patches: [
      { file: 'host/sessions/hello-decision.ts', find: '  if (boardId !== record.boardId) {', replace: '  if (boardId === undefined) {' },
    ],
  },
  {
    name: 'retired board keeps running',
    breaks: 'the old board goes on when it is told that another one has the agent',
    profile: 'around a freeze',
    patches: [
      {
        file: 'src/link/board-orders.ts',
        find: '    if (ownership.isVacant || epoch <= line.epoch) return this.#refuse(true);\n    this.retire(epoch);',
        replace: '    if (ownership.isVacant || epoch <= line.epoch) return this.#refuse(true);\n    line.enter(epoch);\n    this.thaw();',
      },
    ],
  },
];
