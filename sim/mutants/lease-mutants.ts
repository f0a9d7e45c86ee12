import type { MoveMutant } from './mutants.js';

/** Broken variants of the lease: at no instant of real time are two boards active. */
export const LEASE_MUTANTS: readonly MoveMutant[] = [
  {
    name: 'lease not waited for',
    breaks: 'a board without its host still runs when another one is given the agent',
    profile: 'cut off',
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
    profile: 'late answers',
    patches: [
      {
        file: 'src/link/board-lease.ts',
        find: 'return this.leaseMs === 0 || nowMs < this.#untilMs;',
        replace: 'return this.leaseMs === 0 || this.#untilMs > Number.NEGATIVE_INFINITY;',
      },
    ],
  },
  {
    name: 'lease from the answer to a question',
    breaks: 'an answer that a broker held back gives a lease that the host does not count with',
    profile: 'late answers',
    patches: [
      {
        file: 'src/link/board-lease.ts',
        find: 'this.answered(this.#sentMs[nonce % QUESTIONS]!);',
        replace: 'this.answered(this.#nowMs);',
      },
      {
        file: 'src/link/board-lease.ts',
        find: '  isHeld(nowMs: number): boolean {\n',
        replace: '  isHeld(nowMs: number): boolean {\n    this.#nowMs = nowMs;\n',
      },
      { file: 'src/link/board-lease.ts', find: '  #nonce = 0;\n', replace: '  #nonce = 0;\n  #nowMs = 0;\n' },
    ],
  },
  {
    name: 'lease from the welcome',
    breaks: 'a welcome that a broker held back gives a lease that the host does not count with',
    profile: 'late answers',
    patches: [
      {
        file: 'src/link/board-greeting.ts',
        find: 'lease.answered(series.firstSentMs);',
        replace: 'lease.answered(nowMs);',
      },
    ],
  },
  {
    name: 'lease from the activation',
    breaks: 'an ACTIVATE that a broker held back gives a lease that the host does not count with',
    profile: 'late activation',
    patches: [
      {
        file: 'src/link/board-session.ts',
        find: 'if (isOrder(kind)) this.isOver = this.orders.take(kind, reader) || this.isOver;',
        replace: `if (isOrder(kind)) {
          this.isOver = this.orders.take(kind, reader) || this.isOver;
          if (this.isOver && !this.#ownership.isVacant) this.#lease.answered(nowMs);
        }`,
      },
    ],
  },
  {
    name: 'lease without a margin',
    breaks: 'a board whose clock is slow runs longer than the host waits',
    profile: 'cut off',
    patches: [{ file: 'host/migration/granting.ts', find: 'entry.record!.leaseMs * 1.1 + 1000;', replace: 'entry.record!.leaseMs;' }],
  },
  {
    name: 'lease of before the host started forgotten',
    breaks: 'a new host does not wait for a lease that it has not given itself',
    profile: 'cut off',
    patches: [
      {
        file: 'host/migration/granting.ts',
        find: 'Math.max(entry.answeredMs, moves.sessions.firstMs, m.fencedMs)',
        replace: 'entry.answeredMs',
      },
    ],
  },
  {
    name: 'lease of a guest forgotten',
    breaks: 'a board that was activated, and not heard since, still runs when a third one is given the agent',
    profile: 'late activation',
    patches: [
      {
        file: 'host/migration/coordinator.ts',
        find: 'if (entry?.record?.boardId === guest.boardId) entry.answeredMs = nowMs;',
        replace: '',
      },
    ],
  },
  {
    name: 'old questions count',
    breaks: 'a late copy of an answer is an answer to a newer question',
    profile: 'late answers',
    patches: [
      {
        file: 'src/link/board-lease.ts',
        find: 'if ((this.#nonce - nonce) >>> 0 < QUESTIONS) this',
        replace: 'this',
      },
    ],
  },
  {
    name: 'outputs without a lease',
    breaks: 'what a board said in its last lease leaves it when another one runs',
    profile: 'late answers',
    patches: [
      {
        file: 'src/link/board-session.ts',
        find: 'this.#mail.isHolding = this.#ownership.isFrozen || !this.#lease.isHeld(nowMs);',
        replace: 'this.#mail.isHolding = this.#ownership.isFrozen;',
      },
    ],
  },
];
