import type { StateMemory } from '../state/access.js';
import type { StateOf } from '../state/state-of.js';
import type { Schema } from '../state/types.js';
import type { AgentDefinition } from './definition.js';
import { Message } from './message.js';
import { OutputRing } from './output-ring.js';
import { RuntimeBlock } from './runtime-block.js';
import { ringOffset } from './runtime-layout.js';
import { Turn, type TurnPort } from './turn.js';

/**
 * Runs the turns of one agent on one memory: nothing here knows of links or commits. A method that throws leaves a state that must
 * not be committed.
 */
// biome-ignore lint/suspicious/noExplicitAny: any agent, whatever its schema
export class AgentEngine<S extends Schema = any> {
  readonly definition: AgentDefinition<S>;
  readonly state: StateOf<S>;
  readonly block: RuntimeBlock;
  readonly turn: Turn;
  readonly #ring: OutputRing;
  readonly #message = new Message();
  readonly #port: TurnPort;
  /** Agent's time minus the board's. */
  #offsetMs = Number.NEGATIVE_INFINITY;

  constructor(definition: AgentDefinition<S>, memory: StateMemory, port: TurnPort) {
    const timerCount = definition.timerNames.length;
    this.definition = definition;
    this.state = definition.state.create(memory);
    this.block = new RuntimeBlock(memory, timerCount, definition.ringBytes);
    this.#ring = new OutputRing(memory, ringOffset(timerCount), definition.ringBytes);
    this.turn = new Turn(definition, this.block, this.#ring, port);
    this.#port = port;
  }

  /** The first turn, on a memory of zeros. */
  initialise(nowMs: number): void {
    this.block.initialise();
    this.adopt(nowMs);
    this.#begin(nowMs);
    try {
      refusePromise(this.definition.initialise?.(this.state, this.turn));
    } finally {
      this.turn.end();
    }
  }

  /** The memory's content came from elsewhere: the agent's time goes on from the state's. False: it is no state of this agent. */
  adopt(nowMs: number): boolean {
    if (!this.block.isValid) return false;
    this.#offsetMs = Math.max(this.#offsetMs, this.block.clockMs - Math.floor(nowMs));
    return true;
  }

  /** The agent that ran here is gone: the next one has a time of its own. */
  forget(): void {
    this.#offsetMs = Number.NEGATIVE_INFINITY;
  }

  /** The agent's time. */
  agentMs(nowMs: number): number {
    return Math.max(this.block.clockMs, Math.floor(nowMs) + this.#offsetMs);
  }

  /** The board's time at which the next timer is due; Infinity if all are off. */
  dueMs(): number {
    const timer = this.block.earliestTimer();
    return timer < 0 ? Number.POSITIVE_INFINITY : this.block.dueMs(timer) - this.#offsetMs;
  }

  /** The timer that is due, or -1. */
  dueTimer(nowMs: number): number {
    const timer = this.block.earliestTimer();
    return timer >= 0 && this.block.dueMs(timer) <= this.agentMs(nowMs) ? timer : -1;
  }

  runTimer(nowMs: number, timer: number): void {
    this.#begin(nowMs);
    this.block.advanceTimer(timer, this.turn.nowMs);
    try {
      refusePromise(this.definition.timerHandlers[timer]!(this.state, this.turn));
    } finally {
      this.turn.end();
    }
  }

  /** Consumes the input after the last one consumed. */
  runMessage(nowMs: number, number: number, bytes: Uint8Array, at: number, count: number): void {
    this.#begin(nowMs);
    this.block.inputCount = number;
    this.#message.lend(number, bytes, at, count);
    try {
      refusePromise(this.definition.message?.(this.state, this.#message, this.turn));
    } finally {
      this.turn.end();
      this.#message.lend(0, bytes, 0, 0);
    }
  }

  /** A turn in place of one that is set aside: the timer goes on, nothing else happens. */
  skipTimer(nowMs: number, timer: number): void {
    this.#begin(nowMs);
    this.block.advanceTimer(timer, this.turn.nowMs);
    this.turn.end();
  }

  /** A turn in place of one that is set aside: the input counts as consumed. */
  skipMessage(nowMs: number, number: number): void {
    this.#begin(nowMs);
    this.block.inputCount = number;
    this.turn.end();
  }

  #begin(nowMs: number): void {
    this.block.clockMs = this.agentMs(nowMs);
    this.#ring.dropUpTo(this.#port.acknowledgedSequence());
    this.turn.begin(this.block.clockMs);
  }
}

/** What an async function did after its first await would belong to no turn. */
function refusePromise(result: unknown): void {
  if (result !== undefined && typeof (result as { then?: unknown } | null)?.then === 'function') {
    throw new TypeError('a turn cannot wait: its handler returned a promise');
  }
}
