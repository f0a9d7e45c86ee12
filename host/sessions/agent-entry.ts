import type { PagePool } from '../../src/delta/page-pool.js';
import { StagedTarget } from '../../src/delta/staged-target.js';
import { PageMemory } from '../../src/memory/page-memory.js';
import type { AgentRecord, StoredAgent } from '../store/store.js';
import { InputQueue } from './input-queue.js';
import type { LinkState } from './link-state.js';
import type { Session } from './session.js';

/** One agent as the host knows it: its durable record, its head's content, and the session that changes them. */
export class AgentEntry {
  readonly agentId: string;
  /** What the store holds; undefined: nothing yet. Changed only when the store has said that a change is durable. */
  record: AgentRecord | undefined;
  /** Content of the head. */
  memory: PageMemory | undefined;
  /** Pages of a delta that is on its way, or that was torn. */
  target: StagedTarget | undefined;
  session: Session | undefined;
  /** A load, grant or append is under way: whoever says hello waits for its end. */
  isBusy = false;
  /** The link whose hello waits. The newest one only. */
  waiting: LinkState | undefined;
  /** The board that an order names whose plan is being written. */
  orderedTo: string | undefined;
  readonly inputs = new InputQueue();
  /** Committed outputs of commits up to this one were handed on by this host. */
  releasedSequence = 0;
  boardSequence = 0;
  lastHeardMs = 0;
  /** When this host said something to the owner last: a lease may run on from there. */
  answeredMs = Number.NEGATIVE_INFINITY;
  /** The event told last. */
  lastEvent = '';
  deltas = 0;
  frameBytesUp = 0;
  frameBytesDown = 0;

  constructor(agentId: string) {
    this.agentId = agentId;
  }

  /** Takes over what the store holds. */
  adopt(stored: StoredAgent, pool: PagePool): void {
    const { state, ...record } = stored;
    this.record = record;
    this.#makeMemory(stored.sizeBytes, pool);
    this.memory!.load(0, state, 0, state.length);
  }

  /** An agent that the store does not have: all zeros. */
  adoptEmpty(sizeBytes: number, pool: PagePool): void {
    this.record = undefined;
    this.#makeMemory(sizeBytes, pool);
  }

  /** Digest of the head's content. */
  get digest(): number {
    return this.memory === undefined ? 0 : this.memory.digest;
  }

  #makeMemory(sizeBytes: number, pool: PagePool): void {
    this.target?.drop();
    // Nothing writes to a head's content: pages are marked only to be sent whole.
    this.memory = new PageMemory({ sizeBytes, maskCount: 0, copyCount: 0 });
    this.target = new StagedTarget(this.memory, pool);
  }
}
