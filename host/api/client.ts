import type { RunningHost } from '../data-folder.js';
import {
  type AgentRow,
  type AgentView,
  type Operations,
  Refusal,
  type RefusalReason,
  type SentMessage,
  type VerifyReport,
} from '../operations.js';
import type {
  BoardRow,
  MoveStarted,
  MoveView,
  RestorePreviewView,
  RetainedState,
  RollbackStarted,
  StatsView,
} from '../operations-moves.js';
import { API_PREFIX } from './prefix.js';

const TIMEOUT_MS = 120_000;
const PROBE_TIMEOUT_MS = 2_000;

/** The operations of a host that runs, over its API. */
export class RemoteOperations implements Operations {
  readonly #host: RunningHost;

  constructor(host: RunningHost) {
    this.#host = host;
  }

  /** Does the host that host.json announces answer, and does it take our token? */
  async answers(): Promise<boolean> {
    try {
      await this.#request('GET', '/host', undefined, PROBE_TIMEOUT_MS);
      return true;
    } catch {
      return false;
    }
  }

  status(): Promise<unknown> {
    return this.#request('GET', '/host');
  }

  list(): Promise<AgentRow[]> {
    return this.#request('GET', '/agents');
  }

  show(agent: string): Promise<AgentView> {
    return this.#request('GET', pathOf(agent));
  }

  verify(agent?: string): Promise<VerifyReport[]> {
    return this.#request('POST', agent === undefined ? '/verify' : `${pathOf(agent)}/verify`);
  }

  send(agent: string, message: Uint8Array): Promise<SentMessage> {
    return this.#request('POST', `${pathOf(agent)}/messages`, { base64: Buffer.from(message).toString('base64') });
  }

  forget(agent: string): Promise<{ agentId: string }> {
    return this.#request('DELETE', pathOf(agent));
  }

  boards(): Promise<BoardRow[]> {
    return this.#request('GET', '/boards');
  }

  previewRestore(agent: string, atSequence: number): Promise<RestorePreviewView> {
    return this.#request('GET', `${pathOf(agent)}/states/${atSequence}/restore`);
  }

  restore(
    agent: string,
    board: string,
    options: { readonly atSequence?: number; readonly isConfirmed?: boolean } = {},
  ): Promise<MoveStarted> {
    return this.#request('POST', `${pathOf(agent)}/restore`, { board, ...options });
  }

  migrate(agent: string, board: string | undefined, options: { readonly maxDowntimeMs?: number } = {}): Promise<MoveStarted> {
    return this.#request('POST', `${pathOf(agent)}/migrate`, { ...(board === undefined ? {} : { board }), ...options });
  }

  rollback(agent: string): Promise<RollbackStarted> {
    return this.#request('POST', `${pathOf(agent)}/rollback`);
  }

  move(agent: string): Promise<MoveView> {
    return this.#request('GET', `${pathOf(agent)}/move`);
  }

  stats(): Promise<StatsView> {
    return this.#request('GET', '/stats');
  }

  stateAt(agent: string, atSequence: number): Promise<RetainedState> {
    return this.#request('GET', `${pathOf(agent)}/states/${atSequence}`);
  }

  async close(): Promise<void> {}

  async #request<Answer>(method: string, path: string, body?: unknown, timeoutMs = TIMEOUT_MS): Promise<Answer> {
    const response = await fetch(`${this.#host.address}${API_PREFIX}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#host.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Answer & { error?: string; reason?: RefusalReason };
    if (!response.ok) throw new Refusal(answer.reason ?? 'damaged', answer.error ?? `the host answered ${response.status}`);
    return answer;
  }
}

function pathOf(agent: string): string {
  return `/agents/${encodeURIComponent(agent)}`;
}
