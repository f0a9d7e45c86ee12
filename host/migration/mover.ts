import type { SessionsContext } from '../sessions/context.js';
import type { HeadKeeper } from '../sessions/head-keeper.js';
import type { Session } from '../sessions/session.js';
import { activate, RETIRE_LIMIT_MS, retire } from './activating.js';
import { isTakenAway, readRecord, thaw } from './decision.js';
import { fill, prepare } from './filling.js';
import { freeze } from './freezing.js';
import { grant } from './granting.js';
import type { Migration } from './migration.js';
import { PHASES, type Phase } from './plan.js';
import { type Step, StepContext } from './step-context.js';
import type { VacantBoards } from './vacant-boards.js';

/** No step leads back to a phase that was met in the same instant. */
const STEPS_MAX = PHASES.length;

const ended: Step = () => undefined;

const STEPS: Readonly<Record<Phase, Step>> = {
  filling: fill,
  prepared: prepare,
  freezing: freeze,
  granting: grant,
  activating: activate,
  retiring: retire,
  done: ended,
  aborting: (_nowMs, m, moves) => {
    thaw(m, moves);
    return undefined;
  },
  aborted: ended,
};

/**
 * Takes the steps of every move. Each is a function of the agent's record, the plan, and what the boards have said. One compare-and-set
 * decides: the grant to the target, or the thaw, which is the same for the source.
 */
export class Mover {
  readonly #moves: StepContext;

  constructor(sessions: SessionsContext, heads: HeadKeeper, vacant: VacantBoards) {
    this.#moves = new StepContext(sessions, heads, vacant, (m) => this.step(sessions.nowMs, m));
  }

  /** Does what can be done now. */
  step(nowMs: number, m: Migration): void {
    const { entry } = m;
    if (m.isUnwritten && m.isOver && !m.isBusy && nowMs >= m.dueMs) this.#moves.writeEnd(m);
    for (let count = 0; count < STEPS_MAX && !m.isOver && !m.isBusy && !entry.isBusy; count++) {
      if (m.isUnknown || entry.memory === undefined || entry.record === undefined) {
        readRecord(nowMs, m, this.#moves);
        return;
      }
      m.dueMs = Number.POSITIVE_INFINITY;
      if (m.phase !== 'activating' && m.phase !== 'retiring' && isTakenAway(m, this.#moves)) return;
      const next = STEPS[m.phase](nowMs, m, this.#moves);
      if (next === undefined) return;
      this.#moves.enter(m, next);
    }
  }

  abort(m: Migration, reason: string): void {
    this.#moves.abort(m, reason);
  }

  finish(m: Migration, phase: 'done' | 'aborted'): void {
    this.#moves.finish(m, phase);
  }

  dismiss(m: Migration): void {
    this.#moves.dismiss(m);
  }

  /** The source stands still, and the host holds everything that it committed. */
  frozen(nowMs: number, m: Migration, sequence: number, digest: number): void {
    const { entry } = m;
    if (m.phase !== 'freezing' || entry.record?.sequence !== sequence || entry.digest !== digest) return;
    m.frozenEpoch = entry.record.epoch;
    m.parts.freezeSentMs = Math.max(m.parts.freezeMs, m.source!.hostLink.orders.sentMs);
    m.parts.frozenMs = nowMs;
    this.step(nowMs, m);
  }

  /** The owner, whose hello came at `helloMs`, has a new session. */
  welcomed(nowMs: number, m: Migration, isFrozen: boolean, helloMs: number): void {
    const { plan, entry } = m;
    if (m.phase === 'activating' && entry.record!.boardId === plan.target) {
      m.parts.activeMs = helloMs;
      m.leaveGuest();
      // It is to speak: its hello alone may be a late copy of one from when it was the owner before.
      entry.session!.askForSign();
    } else if (m.phase === 'freezing' && !isFrozen) {
      // It never heard of it, or lost its RAM since: it runs.
      m.frozenEpoch = 0;
      m.mayBeFrozen = false;
      this.#moves.enter(m, 'filling');
    } else if (plan.source === plan.target && m.isUndecided) {
      // It was to be given an agent that it had lost, and has it: granted by this move before the host's restart, or enrolled with it.
      if (m.isRewinding) this.abort(m, `board ${plan.target} runs the agent again: order it once more`);
      else {
        m.leaveGuest();
        this.finish(m, 'done');
      }
    }
    this.step(nowMs, m);
  }

  /** The first frame of a session came in: who sent it heard the WELCOME. */
  spoke(nowMs: number, m: Migration, session: Session): void {
    if (m.phase !== 'activating' || !session.isOwner) return;
    m.limitMs = nowMs + RETIRE_LIMIT_MS;
    this.#moves.enter(m, 'retiring');
    if (m.source !== undefined && !m.source.isEnded) {
      m.source.hostLink.orders.retire(session.epoch);
      this.#moves.wake(m.source.link.linkId);
    }
    this.step(nowMs, m);
  }
}
