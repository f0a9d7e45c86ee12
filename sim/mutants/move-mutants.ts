import type { Mutant } from './mutants.js';

/** Broken variants of the protocol that moves an agent. Runs of agents that count and move must catch every one of them. */
export const MOVE_MUTANTS: readonly Mutant[] = [
  {
    name: 'frozen board runs on',
    breaks: 'what the source commits after the last delta is lost, and two boards count',
    patches: [
      {
        file: 'src/link/board-link.ts',
        find: 'if (!this.#line.hasState || this.isFenced || this.#ownership.isFrozen) return false;',
        replace: 'if (!this.#line.hasState || this.isFenced) return false;',
      },
      { file: 'src/agent/runner.ts', find: 'if (this.phase === AGENT_RUNNING) this.phase = AGENT_FROZEN;', replace: '' },
    ],
  },
  {
    name: 'thaw in the same epoch',
    breaks: 'a grant that is still on its way and a thaw are both right',
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
    name: 'target lags behind',
    breaks: 'the target goes on from an older commit than the one acknowledged to the source',
    patches: [
      {
        file: 'host/migration/step-context.ts',
        find: 'if (m.isRewinding || guest.guestLink.preparedSequence >= entry.record!.sequence) return false;',
        replace: 'if (m.isRewinding || m.phase === "freezing" || guest.guestLink.preparedSequence >= entry.record!.sequence) return false;',
      },
      {
        file: 'host/migration/granting.ts',
        find: 'if (guest === undefined || guest.guestLink.preparedSequence !== m.wantedSequence || guest.guestLink.preparedDigest !== wantedDigest(m)) {',
        replace: 'if (guest === undefined) {',
      },
    ],
  },
  {
    name: 'grant without a freeze',
    breaks: 'the source runs on after the target has begun',
    patches: [
      { file: 'host/migration/freezing.ts', find: '  session.hostLink.orders.freeze(moves.freezeNonce);\n', replace: '' },
      {
        file: 'host/migration/freezing.ts',
        find: "return m.isFrozen && !isBehind ? 'granting' : undefined;",
        replace: "return !isBehind ? 'granting' : undefined;",
      },
    ],
  },
  {
    name: 'lease not waited for',
    breaks: 'a board without its host still runs when another one is given the agent',
    patches: [
      {
        file: 'host/migration/granting.ts',
        find: '  if (entry.record!.leaseMs === 0) return true;',
        replace: '  if (entry.record!.leaseMs >= 0) return true;',
      },
    ],
  },
  {
    name: 'lease not kept',
    breaks: 'a board without its host runs for ever',
    patches: [
      {
        file: 'src/link/board-lease.ts',
        find: 'return this.leaseMs === 0 || nowMs < this.#untilMs;',
        replace: 'return this.leaseMs === 0 || this.#untilMs > Number.NEGATIVE_INFINITY;',
      },
    ],
  },
  {
    name: 'old owner heard after the grant',
    breaks: 'a board of an older epoch changes the head',
    patches: [
      {
        file: 'host/migration/decision.ts',
        find: '    entry.session = undefined;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'retired board keeps running',
    breaks: 'the old board goes on when it is told that another one has the agent',
    patches: [
      {
        file: 'src/link/board-orders.ts',
        find: '    if (ownership.isVacant || epoch <= line.epoch) return this.#refuse(true);\n    this.retire(epoch);',
        replace: '    if (ownership.isVacant || epoch <= line.epoch) return this.#refuse(true);\n    line.enter(epoch);\n    this.thaw();',
      },
    ],
  },
  {
    name: 'content granted, not appended',
    breaks: 'the board of a rewound agent has a state that the store does not have',
    patches: [
      {
        file: 'host/sessions/agent-book.ts',
        find: 'this.#store.grant(entry.agentId, { ...owned, ...expected, append }, (error) => {',
        replace: 'this.#store.grant(entry.agentId, { ...owned, ...expected }, (error) => {',
      },
    ],
  },
  {
    name: 'thaw before it is durable',
    breaks: 'the source runs in an epoch that the target may get',
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
    name: 'old board let back in',
    breaks: 'a board that gave the agent up, or never heard that it has to, takes it back with its old state',
    patches: [
      { file: 'host/sessions/hello-decision.ts', find: '  if (boardId !== record.boardId) {', replace: '  if (boardId === undefined) {' },
    ],
  },
  {
    name: 'grant does not expect the head',
    breaks: 'a second host on the same store grants a session with the state that it loaded long ago',
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
];
