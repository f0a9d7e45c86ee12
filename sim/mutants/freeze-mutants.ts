import type { MoveMutant } from './mutants.js';

/** Broken variants of how a source stands still, and goes on. */
export const FREEZE_MUTANTS: readonly MoveMutant[] = [
  {
    name: 'frozen board runs on',
    breaks: 'what the source commits after the last delta is lost, and two boards count',
    profile: 'around a freeze',
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
    name: 'frozen board releases outputs',
    breaks: 'immediate outputs leave a board that said that it stands still',
    profile: 'back to a freeze',
    patches: [
      {
        file: 'src/link/board-session.ts',
        find: 'this.#mail.isHolding = this.#ownership.isFrozen || !this.#lease.isHeld(nowMs);',
        replace: 'this.#mail.isHolding = !this.#lease.isHeld(nowMs);',
      },
    ],
  },
  {
    name: 'welcome thaws',
    breaks: 'a frozen board goes on after any new session, although its last delta is on its way to the target',
    profile: 'given up',
    patches: [
      {
        file: 'src/link/board-session.ts',
        find: 'const isThaw = this.#ownership.isFrozen && welcome.epoch > this.#line.epoch;',
        replace: 'const isThaw = this.#ownership.isFrozen;',
      },
    ],
  },
  {
    name: 'grant without a freeze',
    breaks: 'the source runs on after the target has begun',
    profile: 'around a freeze',
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
    name: 'every frozen board let go, and FROZEN for ever',
    breaks: 'the grant counts on the word of a board that runs again',
    profile: 'given up',
    patches: [
      {
        file: 'host/migration/coordinator.ts',
        find: "return m !== undefined && (m.phase === 'freezing' || m.phase === 'granting')",
        replace: "return m !== undefined && m.phase === 'done'",
      },
      {
        file: 'host/migration/migration.ts',
        find: 'return this.frozenEpoch > 0 && this.frozenEpoch === this.entry.record?.epoch;',
        replace: 'return this.frozenEpoch > 0;',
      },
    ],
  },
  {
    name: 'source not recalled',
    breaks: 'a source that may have frozen after its move was given up stands still for ever',
    profile: 'given up',
    patches: [
      {
        file: 'host/migration/step-context.ts',
        find: '    this.sessions.endSession(session);\n    this.call(session.link.linkId);\n  }\n\n  /** Before',
        replace: '  }\n\n  /** Before',
      },
    ],
  },
  {
    name: 'frozen hello not thawed',
    breaks: 'a source whose host died stands still for ever',
    profile: 'given up',
    patches: [
      {
        file: 'host/sessions/hello-decision.ts',
        find: 'return isThaw ? { ...admission, epoch: admission.epoch + 1 } : admission;',
        replace: 'return isThaw ? { ...admission } : admission;',
      },
    ],
  },
];
