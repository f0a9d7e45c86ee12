import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import type { AgentRunnerOptions, OwnershipStore } from '../../src/agent/index.js';

type Ownership = Required<Pick<AgentRunnerOptions, 'agentId' | 'vacant'>> & Pick<AgentRunnerOptions, 'retired'>;

const Id = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const Content = v.strictObject({
  /** Absent: the board runs no agent. */
  agentId: v.optional(Id),
  /** The agent that it gave up last. */
  retired: v.optional(v.strictObject({ agentId: Id, epoch: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) })),
});
type Content = v.InferOutput<typeof Content>;

const NOBODY = new Uint8Array(16);

/** A simulated board's flash, as far as it says which agent the board runs: it is there while the board has no power. */
export class BoardFlash implements OwnershipStore {
  readonly #path: string | undefined;
  #content: Content;

  /**
   * @param agentId the agent that a new board is enrolled with; undefined: none
   * @param path a file that outlives the process; a board that has one is not new
   */
  constructor(agentId: Uint8Array | undefined, path?: string) {
    this.#path = path;
    this.#content = (path === undefined ? undefined : readContent(path)) ?? (agentId === undefined ? {} : { agentId: hex(agentId) });
  }

  /** In hex; empty: the board runs no agent. */
  get agentId(): string {
    return this.#content.agentId ?? '';
  }

  /** What the board's program starts with. */
  get ownership(): Ownership {
    const { agentId, retired } = this.#content;
    const owned = { agentId: agentId === undefined ? NOBODY : bytes(agentId), vacant: agentId === undefined };
    return retired === undefined ? owned : { ...owned, retired: { agentId: bytes(retired.agentId), epoch: retired.epoch } };
  }

  storeOwned(agentId: Uint8Array): boolean {
    return this.#store({ ...this.#content, agentId: hex(agentId) });
  }

  storeRetired(agentId: Uint8Array, epoch: number): void {
    this.#store({ retired: { agentId: hex(agentId), epoch } });
  }

  /** Whole or not at all: a file is replaced by a rename. */
  #store(content: Content): boolean {
    try {
      if (this.#path !== undefined) writeContent(this.#path, content);
    } catch {
      return false;
    }
    this.#content = content;
    return true;
  }
}

function writeContent(path: string, content: Content): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify(content));
  renameSync(`${path}.new`, path);
}

/** Undefined: the board is new, or what is there is no board's. */
function readContent(path: string): Content | undefined {
  try {
    return v.parse(Content, JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function hex(id: Uint8Array): string {
  return Buffer.from(id).toString('hex');
}

function bytes(id: string): Uint8Array {
  return Uint8Array.from(Buffer.from(id, 'hex'));
}
