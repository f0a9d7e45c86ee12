import { lineAbove } from '../../src/link/epoch-line.js';
import type { AgentEntry } from '../sessions/agent-entry.js';
import type { SessionsContext } from '../sessions/context.js';
import type { HeadKeeper } from '../sessions/head-keeper.js';
import type { StateAt } from '../store/store.js';
import { incompatibility } from './compatibility.js';
import type { Coordinator } from './coordinator.js';
import { hasLiveBoard, Migration } from './migration.js';
import { type MoveDone, MoveError } from './move-error.js';
import { decodePlan, encodePlan, type Plan } from './plan.js';

type Wish = Pick<Plan, 'kind' | 'target'> & Partial<Pick<Plan, 'atSequence' | 'maxDowntimeMs' | 'isRollback'>>;

/** What an operator asks for: everything is checked and the plan is durable before anything is said to a board. */
export class Moves {
  readonly #context: SessionsContext;
  readonly #heads: HeadKeeper;
  readonly #coordinator: Coordinator;

  constructor(context: SessionsContext, heads: HeadKeeper, coordinator: Coordinator) {
    this.#context = context;
    this.#heads = heads;
    this.#coordinator = coordinator;
  }

  /** `done`: the plan is durable; the listener's onMigration tells the rest. */
  start(agentId: string, wish: Wish, done: MoveDone): void {
    this.#withAgent(agentId, done, (entry) => {
      const fault = this.#fault(entry, wish);
      if (fault !== undefined) done(fault);
      else if (wish.atSequence === undefined) this.#plan(entry, wish, undefined, done);
      else this.#rewind(entry, wish, wish.atSequence, done);
    });
  }

  abort(agentId: string): MoveError | undefined {
    const m = this.#coordinator.find(agentId);
    return m === undefined ? new MoveError('nothing', `no move of agent ${agentId} is under way`) : this.#coordinator.abort(m);
  }

  /** Before the grant: the source goes on. After the end: a move back, while the board that had the agent before is vacant. */
  rollback(agentId: string, done: MoveDone): void {
    this.#withAgent(agentId, done, (entry) => {
      const m = this.#coordinator.find(agentId);
      const plan = m?.plan ?? decodePlan(entry.record!.plan);
      if (m !== undefined && !m.isOver) {
        done(this.#coordinator.abort(m));
      } else if (plan === undefined || plan.phase !== 'done' || plan.target !== entry.record!.boardId || plan.source === plan.target) {
        done(new MoveError('nothing', `agent ${agentId} was not moved: there is no board to go back to`));
      } else {
        this.start(agentId, { kind: 'migrate', target: plan.source, isRollback: true }, done);
      }
    });
  }

  #withAgent(agentId: string, done: MoveDone, then: (entry: AgentEntry) => void): void {
    const { book } = this.#context;
    const known = book.find(agentId);
    if (known?.record !== undefined && known.memory !== undefined) {
      then(known);
    } else if (known?.isBusy) {
      done(new MoveError('busy', `agent ${agentId} is being read; try again`));
    } else {
      const entry = book.entryOf(agentId);
      book.load(entry, (error) => {
        if (error === undefined && entry.record !== undefined) {
          this.#heads.readHead(entry);
          this.#coordinator.loaded(this.#context.nowMs, entry);
          then(entry);
        } else {
          if (entry.memory === undefined && entry.waiting === undefined) book.drop(agentId);
          done(error === undefined ? new MoveError('unknown', `agent ${agentId} is not known`) : new MoveError('failed', error.message));
        }
        this.#context.settled(entry);
      });
    }
  }

  #fault(entry: AgentEntry, { kind, target, atSequence }: Wish): MoveError | undefined {
    const { nowMs } = this.#context;
    const record = entry.record!;
    const { vacant } = this.#coordinator;
    const running = this.#coordinator.find(entry.agentId);
    const agent = `agent ${entry.agentId} (${record.agentName})`;
    if (entry.orderedTo !== undefined)
      return new MoveError('busy', `an order that brings ${agent} to board ${entry.orderedTo} is being written; try again`);
    if (running?.isUndecided) return new MoveError('moving', `${agent} is on its way to board ${running.plan.target} already`);
    const board = vacant.find(nowMs, target);
    const occupant = this.#occupantOf(target, entry, board !== undefined);
    if (occupant !== undefined) return new MoveError('occupied', occupant);
    if (board === undefined)
      return new MoveError(
        'absent',
        `board ${target} is not there: no vacant board of this id said hello; flash and enrol it, without an agent`,
      );
    const isAlive = hasLiveBoard(nowMs, entry);
    if (isAlive && target === record.boardId) return new MoveError('occupied', `board ${target} runs ${agent} already`);
    const problem = incompatibility(record, board);
    if (problem !== undefined) return new MoveError('incompatible', problem);
    if (kind === 'migrate' && !isAlive) {
      const isVacant = vacant.find(nowMs, record.boardId) !== undefined;
      const what = isVacant ? `which had ${agent}, says that it is vacant` : `which runs ${agent}, does not answer`;
      return new MoveError('absent', `board ${record.boardId}, ${what}: restore the agent`);
    }
    if (kind === 'restore' && atSequence === undefined && isAlive)
      return new MoveError('alive', `board ${record.boardId} runs ${agent}: migrate it`);
    return undefined;
  }

  /** Why this board is not free for this agent; one board is given one agent. */
  #occupantOf(boardId: string, entry: AgentEntry, isVacant: boolean): string | undefined {
    for (const m of this.#coordinator.all)
      if (m.plan.target === boardId && !m.isOver && m.entry !== entry) return onItsWay(m.entry, boardId);
    for (const other of this.#context.book.entries) {
      if (other.orderedTo === boardId) return onItsWay(other, boardId);
      if (!isVacant && other.record?.boardId === boardId && other.session !== undefined)
        return `board ${boardId} runs agent ${other.agentId} (${other.record.agentName}): it is not vacant`;
    }
    return undefined;
  }

  #rewind(entry: AgentEntry, wish: Wish, atSequence: number, done: MoveDone): void {
    this.#context.store.stateAt(entry.agentId, atSequence, (error, found) => {
      if (error !== undefined) done(new MoveError('failed', error.message));
      else if (found === undefined || found.sequence === 0)
        done(new MoveError('unknown', `sequence ${atSequence} of agent ${entry.agentId} is not retained`));
      else {
        const fault = this.#fault(entry, wish);
        if (fault === undefined) this.#plan(entry, wish, found, done);
        else done(fault);
      }
    });
  }

  #plan(entry: AgentEntry, wish: Wish, content: StateAt | undefined, done: MoveDone): void {
    const record = entry.record!;
    const used = Math.max(entry.boardSequence, record.sequence);
    const { kind, target, maxDowntimeMs, isRollback } = wish;
    const plan: Plan = {
      version: 1,
      kind,
      source: record.boardId,
      target,
      phase: 'filling',
      ...(content === undefined ? {} : { atSequence: content.sequence, newSequence: lineAbove(record.epoch + 1, used + 1) }),
      ...(maxDowntimeMs === undefined ? {} : { maxDowntimeMs }),
      ...(isRollback === undefined ? {} : { isRollback }),
    };
    const m = new Migration(this.#context.nowMs, entry, plan);
    m.content = content?.state;
    m.isNew = true;
    const bytes = encodePlan(plan);
    const askedMs = this.#context.clockMs();
    entry.orderedTo = target;
    this.#context.store.putPlan(entry.agentId, bytes, (error) => {
      entry.orderedTo = undefined;
      if (error !== undefined) {
        done(new MoveError('failed', error.message));
        return;
      }
      m.parts.syncMs = this.#context.clockMs() - askedMs;
      if (entry.record !== undefined) entry.record = { ...entry.record, plan: bytes };
      done(undefined);
      this.#coordinator.begin(m);
    });
  }
}

function onItsWay({ agentId, record }: AgentEntry, boardId: string): string {
  return `agent ${agentId} (${record?.agentName}) is on its way to board ${boardId}: choose another board`;
}
