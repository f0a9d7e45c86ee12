import { BoardLink } from '../link/board-link.js';
import { type BoardListener, type LineSettings, PHASE_LIVE, REFUSED_OLD_STORE } from '../link/board-options.js';
import { PageMemory } from '../memory/page-memory.js';
import type { StateOf } from '../state/state-of.js';
import type { Schema } from '../state/types.js';
import { createAgentCounters } from './agent-counters.js';
import type { AgentDefinition } from './definition.js';
import { AgentEngine } from './engine.js';
import { FAILURES_MAX, FailureLog, KIND_MESSAGE, KIND_TIMER } from './failure-log.js';
import { HostAway } from './host-away.js';
import { LinkPort } from './link-port.js';
import type { OwnershipStore } from './ownership-store.js';
import { Reporter } from './reporter.js';
import type { AgentRunnerOptions } from './runner-options.js';
import { MAX_TIMERS } from './runtime-layout.js';
import type { TurnTrial } from './turn-trial.js';

export type { AgentRunnerOptions };

/** Turns in one call of tick(), so that the link is served between them. */
export const TURNS_PER_TICK_MAX = 16;
/** How soon a delayed turn is tried again. */
const DELAYED_TURN_MS = 5;

/** No state yet: it comes from the host, or from the checkpoint. */
export const AGENT_CREATED = 1;
export const AGENT_RUNNING = 2;
/** Its first turn failed too often, or the state is not one of this program. Only a new program helps. */
export const AGENT_FAILED = 3;
/** The board has no agent; it may be being prepared with one. */
export const AGENT_VACANT = 4;
/** Stands still until the host has decided on which board it goes on: no turns, no outputs, no inputs taken. */
export const AGENT_FROZEN = 5;

/**
 * An agent on a board: page memory, typed state, link. The platform passes time and frames in, as with BoardLink, and calls tick()
 * whenever dueMs() has come:
 *
 *     runner.connected(nowMs) ... runner.receive(nowMs, bytes, at, count) ... runner.tick(nowMs)
 *     while ((length = runner.poll(nowMs)) > 0) send(runner.frame, length)
 */
// biome-ignore lint/suspicious/noExplicitAny: any agent, whatever its schema
export class AgentRunner<S extends Schema = any> implements BoardListener {
  readonly definition: AgentDefinition<S>;
  readonly memory: PageMemory;
  readonly link: BoardLink;
  readonly counters = createAgentCounters();
  phase = AGENT_CREATED;

  readonly #engine: AgentEngine<S>;
  readonly #failures = new FailureLog();
  readonly #reporter: Reporter;
  readonly #hostAway: HostAway;
  readonly #trial: TurnTrial | undefined;
  readonly #ownership: OwnershipStore | undefined;
  #nowMs = 0;
  #initialiseFailures = 0;
  #isDelayed = false;
  #isReloadDue = false;

  /** @throws RangeError for options out of range */
  constructor(definition: AgentDefinition<S>, options: AgentRunnerOptions) {
    this.definition = definition;
    this.memory = new PageMemory({ ...options.memory, sizeBytes: definition.sizeBytes });
    const { schemaBytes, fingerprint } = definition.state;
    this.link = new BoardLink(
      {
        ...options.link,
        memory: this.memory,
        ...(options.createSource === undefined ? {} : { source: options.createSource(this.memory) }),
        boardId: options.boardId,
        agentId: options.agentId,
        agentName: definition.nameBytes,
        bootNonce: options.bootNonce,
        fingerprint,
        schemaBytes,
        runtimeBlock: true,
        vacant: options.vacant === true,
        ...(options.retired === undefined ? {} : { retired: options.retired }),
        leaseMs: definition.leaseMs,
      },
      this,
    );
    this.#engine = new AgentEngine(definition, this.memory, new LinkPort(this.link));
    this.#reporter = new Reporter(this.link);
    this.#hostAway = new HostAway(this.link, this.memory, definition, options);
    this.#ownership = options.ownership;
    if (options.vacant === true) this.#becomeVacant();
    const { trial } = options;
    this.#trial = trial;
    if (trial !== undefined && trial.deaths > 0) this.#failures.record(trial.suspectKind, trial.suspectId, trial.deaths);
  }

  /** The agent's typed state: for tests and displays; a change outside a turn becomes part of the next commit. */
  get state(): StateOf<S> {
    return this.#engine.state;
  }

  /** The frame that poll() made. */
  get frame(): Uint8Array {
    return this.link.frame;
  }

  /** @param line of a transport that differs from the last one's */
  connected(nowMs: number, line?: LineSettings): void {
    this.#at(nowMs);
    this.link.connected(nowMs, line);
  }

  disconnected(nowMs: number): void {
    this.#at(nowMs);
    this.link.disconnected(nowMs);
  }

  /** Takes one frame; a message in it may run a turn. */
  receive(nowMs: number, bytes: Uint8Array, at: number, count: number): void {
    this.#at(nowMs);
    this.link.receive(nowMs, bytes, at, count);
    this.#reloadIfDue();
  }

  /** Makes the next frame in `frame`; returns its length, 0 if there is none now. */
  poll(nowMs: number): number {
    this.#at(nowMs);
    return this.link.poll(nowMs);
  }

  /** When tick() or poll() must be called next, if nothing else happens. */
  dueMs(nowMs: number): number {
    this.#at(nowMs);
    const linkMs = this.link.dueMs(nowMs);
    if (this.phase === AGENT_RUNNING && !this.link.isFenced) {
      const turnMs = this.#turnDueMs(nowMs);
      return Math.min(linkMs, turnMs, this.#hostAway.saveDueMs(nowMs));
    }
    return this.phase === AGENT_CREATED ? Math.min(linkMs, this.#hostAway.dueMs) : linkMs;
  }

  /** Without its lease the agent waits for the host, whose answer comes in as a frame. */
  #turnDueMs(nowMs: number): number {
    if (!this.link.isLeased(nowMs)) return Number.POSITIVE_INFINITY;
    return this.#isDelayed ? nowMs + DELAYED_TURN_MS : this.#engine.dueMs();
  }

  /**
   * Runs the timers that are due, a commit after each turn.
   * @returns the number of turns that were committed
   */
  tick(nowMs: number): number {
    this.#at(nowMs);
    if (this.phase === AGENT_CREATED && nowMs >= this.#hostAway.dueMs) this.#startAlone();
    let turns = 0;
    this.#isDelayed = false;
    while (turns < TURNS_PER_TICK_MAX && this.phase === AGENT_RUNNING) {
      const timer = this.#engine.dueTimer(nowMs);
      if (timer < 0) break;
      if (!this.#mayRunTurn()) {
        this.#isDelayed = true;
        break;
      }
      if (this.#runTimer(timer)) turns++;
    }
    this.#reloadIfDue();
    if (this.phase !== AGENT_RUNNING) this.#hostAway.stopSaving();
    else if (this.#hostAway.saveIfDue(nowMs)) this.counters.checkpoints++;
    this.counters.checkpointsFailed = this.#hostAway.failures;
    return turns;
  }

  // What the link tells; nobody else calls these

  onFresh(): void {
    while (this.#initialiseFailures < FAILURES_MAX) {
      try {
        this.#engine.initialise(this.#nowMs);
        this.#commit();
        this.phase = AGENT_RUNNING;
        return;
      } catch (error) {
        this.#initialiseFailures++;
        this.counters.turnsThrown++;
        this.#reporter.initialiseFailed(error);
        this.memory.reset();
      }
    }
    this.phase = AGENT_FAILED;
  }

  onRefilled(): void {
    if (this.#engine.adopt(this.#nowMs)) {
      this.phase = AGENT_RUNNING;
    } else {
      this.phase = AGENT_FAILED;
      this.#reporter.foreignState();
    }
  }

  onInput(number: number, bytes: Uint8Array, at: number, count: number, previous: number): boolean {
    if (this.phase !== AGENT_RUNNING || this.#isReloadDue || !this.#mayRunTurn()) return false;
    const consumed = this.#engine.block.inputCount;
    if (number <= consumed) return true;
    if (previous > consumed) {
      this.counters.inputGaps++;
      return false;
    }
    return this.#runMessage(number, bytes, at, count);
  }

  onContinued(): void {}

  /** An old checkpoint must never come back as this agent's, so it goes first; then the board is the owner, or nothing has changed. */
  onActivated(bytes: Uint8Array, _at: number, _count: number, epoch: number): boolean {
    if (!this.#hostAway.drop() || this.#ownership?.storeOwned(bytes, epoch) !== true) return false;
    this.counters.activations++;
    this.onRefilled();
    return true;
  }

  onFrozen(): void {
    if (this.phase === AGENT_RUNNING) this.phase = AGENT_FROZEN;
  }

  onThawed(): void {
    if (this.phase === AGENT_FROZEN) this.phase = AGENT_RUNNING;
  }

  onRetired(epoch: number): void {
    this.counters.retirements++;
    this.#ownership?.storeRetired(this.link.agentId, epoch);
    this.#becomeVacant();
  }

  onAcknowledged(): void {
    if (this.link.isSettled) this.#failures.settled();
  }

  onRefused(reason: number): void {
    this.counters.refusals++;
    if (reason === REFUSED_OLD_STORE) this.#reporter.oldStore();
  }

  onError(): void {
    this.counters.hostErrors++;
  }

  /** Nothing of an agent that was here stays; the link zeroes the memory. */
  #becomeVacant(): void {
    this.phase = AGENT_VACANT;
    this.#hostAway.drop();
    this.#engine.forget();
    this.#failures.forget();
    this.#initialiseFailures = 0;
    this.#isReloadDue = false;
  }

  // Turns

  /** On probation a turn waits until the last one is durable, but never for a host that does not answer. */
  #mayRunTurn(): boolean {
    if (this.#failures.onProbation && this.link.phase === PHASE_LIVE && !this.link.isSettled) return false;
    return this.link.mayRunTurn(this.#nowMs);
  }

  #runTimer(timer: number): boolean {
    const name = this.definition.timerNames[timer]!;
    const id = this.#engine.block.dueMs(timer) * MAX_TIMERS + timer;
    if (this.#failures.isSetAside(KIND_TIMER, id)) {
      this.#engine.skipTimer(this.#nowMs, timer);
      this.counters.timersSetAside++;
      this.#reporter.timerSetAside(name);
    } else {
      this.#trial?.begins(KIND_TIMER, id);
      try {
        this.#engine.runTimer(this.#nowMs, timer);
      } catch (error) {
        this.#failed(KIND_TIMER, id, `timer ${name}`, error);
        return false;
      }
    }
    this.#failures.passed(KIND_TIMER, id);
    this.#commit();
    return true;
  }

  #runMessage(number: number, bytes: Uint8Array, at: number, count: number): boolean {
    if (this.#failures.isSetAside(KIND_MESSAGE, number)) {
      this.#engine.skipMessage(this.#nowMs, number);
      this.counters.inputsSetAside++;
      this.#reporter.inputSetAside(number);
    } else {
      this.#trial?.begins(KIND_MESSAGE, number);
      try {
        this.#engine.runMessage(this.#nowMs, number, bytes, at, count);
      } catch (error) {
        this.#failed(KIND_MESSAGE, number, `input ${number}`, error);
        return false;
      }
    }
    this.#failures.passed(KIND_MESSAGE, number);
    this.#commit();
    return true;
  }

  #commit(): void {
    this.link.commit();
    this.#trial?.ended();
    this.counters.turns++;
    this.counters.outputsRefused = this.#engine.turn.outputsRefused;
    if (this.#failures.onProbation && this.link.phase !== PHASE_LIVE) this.#saveOnProbation();
  }

  /** Without the host it is the checkpoint that a failure falls back to, and that must not undo what was set aside. */
  #saveOnProbation(): void {
    if (!this.#hostAway.save(this.#nowMs)) return;
    this.counters.checkpoints++;
    this.#failures.settled();
  }

  /** What the memory holds now must never be committed. The link is told once it is not in the middle of a frame. */
  #failed(kind: number, id: number, cause: string, error: unknown): void {
    this.#failures.record(kind, id);
    this.#trial?.ended();
    this.counters.turnsThrown++;
    this.#reporter.turnThrew(cause, error);
    this.phase = AGENT_CREATED;
    this.#isReloadDue = true;
  }

  #reloadIfDue(): void {
    if (!this.#isReloadDue) return;
    this.#isReloadDue = false;
    this.counters.reloads++;
    this.link.requestReload();
  }

  /** The host is away, and the agent does not wait. */
  #startAlone(): void {
    if (!this.#hostAway.restore(this.#nowMs) || !this.#engine.adopt(this.#nowMs)) return;
    this.#hostAway.startAlone();
    this.phase = AGENT_RUNNING;
    this.counters.startsAlone++;
  }

  #at(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#hostAway.observe(nowMs);
  }
}
