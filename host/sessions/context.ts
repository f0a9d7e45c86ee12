import type { LinkCounters } from '../../src/link/counters.js';
import type { Store } from '../store/store.js';
import type { AgentBook } from './agent-book.js';
import type { AgentEntry } from './agent-entry.js';
import type { LinkState } from './link-state.js';
import type { Session } from './session.js';
import type { HostListener } from './types.js';

/** What the rooms of HostSessions share. */
export interface SessionsContext {
  readonly store: Store;
  readonly listener: HostListener;
  readonly book: AgentBook;
  readonly counters: LinkCounters;
  readonly links: ReadonlyMap<number, LinkState>;
  /** The newest time that was passed in; the store's answers bring none. */
  nowMs: number;
  /** The time now, to measure by. */
  clockMs(): number;
  /** The first one: this host knows of nothing that was before. */
  readonly firstMs: number;
  /** Tells the operator, and keeps it. */
  event(agentId: string, kind: string, detail: Record<string, unknown>): void;
  /** Ends a session; whoever waits for its room is woken. */
  endSession(session: Session): void;
  /** The store's record of this agent is known: a move that was under way goes on. */
  loaded(entry: AgentEntry): void;
  /** A write of this agent ended: a hello that waits can be judged now. */
  settled(entry: AgentEntry): void;
}

/** For writes whose failure changes nothing that anybody relies on. */
export function ignore(): void {}
