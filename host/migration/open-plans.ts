import type { AgentEntry } from '../sessions/agent-entry.js';
import type { SessionsContext } from '../sessions/context.js';
import type { HeadKeeper } from '../sessions/head-keeper.js';
import type { AgentRecord } from '../store/store.js';
import { Migration } from './migration.js';
import type { MoveTable } from './move-table.js';
import type { Mover } from './mover.js';
import { decodePlan, isOpen } from './plan.js';
import { WATCH_MS } from './step-context.js';

/** Moves that were under way when the host ended: their plans are read, and they go on from the agent's record. */
export class OpenPlans {
  /** Every plan that was open is known. */
  isListed = false;
  #isListing = false;
  #retryMs = Number.NEGATIVE_INFINITY;
  readonly #context: SessionsContext;
  readonly #heads: HeadKeeper;
  readonly #table: MoveTable;
  readonly #mover: Mover;

  constructor(context: SessionsContext, heads: HeadKeeper, table: MoveTable, mover: Mover) {
    this.#context = context;
    this.#heads = heads;
    this.#table = table;
    this.#mover = mover;
  }

  list(nowMs: number): void {
    if (this.isListed || this.#isListing || nowMs < this.#retryMs) return;
    this.#isListing = true;
    this.#context.store.list((error, records) => {
      this.#isListing = false;
      if (error !== undefined) {
        this.#retryMs = this.#context.nowMs + WATCH_MS;
        return;
      }
      this.isListed = true;
      for (const record of records ?? []) if (isOpen(decodePlan(record.plan))) this.#load(record);
    });
  }

  /** What the store holds of this agent is known. */
  loaded(nowMs: number, entry: AgentEntry): void {
    const plan = decodePlan(entry.record?.plan);
    if (this.#table.find(entry.agentId) !== undefined || plan === undefined) return;
    const m = new Migration(nowMs, entry, plan);
    this.#table.put(m);
    if (!isOpen(plan)) {
      this.#table.close(m);
      return;
    }
    const { boardId, sequence, epoch, headEpoch } = entry.record!;
    const isGranted = boardId === plan.target && (boardId !== plan.source || sequence >= (plan.newSequence ?? Number.POSITIVE_INFINITY));
    // The target has committed something in the epoch that it was granted: only how it ended was not written.
    const hasRun = isGranted && headEpoch === epoch && sequence > (plan.newSequence ?? 0);
    m.phase = isGranted ? 'activating' : 'filling';
    if (hasRun) this.#mover.finish(m, 'done');
    else if (plan.phase === 'aborting' && !isGranted) this.#mover.finish(m, 'aborted');
    else if (plan.atSequence !== undefined && !isGranted) this.#readContent(m);
  }

  #load(record: AgentRecord): void {
    const { book } = this.#context;
    const entry = book.entryOf(record.agentId);
    if (entry.record !== undefined || entry.isBusy) return;
    book.load(entry, (error) => {
      if (error === undefined && entry.record !== undefined) {
        this.#heads.readHead(entry);
        this.loaded(this.#context.nowMs, entry);
      }
      this.#context.settled(entry);
    });
  }

  #readContent(m: Migration): void {
    m.isBusy = true;
    this.#context.store.stateAt(m.agentId, m.plan.atSequence!, (error, found) => {
      m.isBusy = false;
      m.content = found?.state;
      if (m.content === undefined) this.#mover.abort(m, error?.message ?? `sequence ${m.plan.atSequence} is not retained any more`);
      else this.#mover.step(this.#context.nowMs, m);
    });
  }
}
