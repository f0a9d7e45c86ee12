import { Violation } from '../checker/violation.js';
import { VirtualClock } from '../clock.js';
import type { Tear } from '../moves/flash.js';
import type { DiskStep } from '../moves/shared-disk.js';
import { Crash, type Step } from '../moves/steps.js';
import { hostName, MoveWorld, type OrderKind } from '../moves/world.js';
import { Trace } from '../trace.js';
import { ChoiceLink } from './choice-link.js';
import { Choices } from './choices.js';
import { digestOf } from './digest.js';
import { Lanes } from './lanes.js';
import { inputsOf, waysOf } from './ways.js';

export interface ExploreOptions {
  /** Boards besides the one that has the agent. */
  readonly vacant: number;
  readonly leaseMs: number;
  readonly order: OrderKind;
  /** Deaths of any party, at any step. */
  readonly crashes: number;
  /** How often time may pass although something is on its way. */
  readonly delays: number;
  /** Every order of steps, also of those whose order changes nothing: what the reduction is compared with. */
  readonly isUnreduced?: boolean;
}

const TURN_EVERY_MS = 1500;
/** A party that comes back late, does so when others have noticed. */
const LATE_MS = 12_000;
/** A host gives a board up after this. */
const GIVEN_UP_MS = 8000;
const SOURCE = 'A';
/** More steps than any run needs. */
const STEPS_MAX = 6000;
/** Numbers counted before the order, and after the move. */
const COUNT_BEFORE = 2;
const COUNT_AFTER = 1;
const TIME = 'time';
const KILL = 'kill ';

/** One run, decided by its choices: which of the things on their way comes next, and who dies where. */
export class ExploredRun {
  readonly choices: Choices;
  readonly world: MoveWorld;
  readonly clock = new VirtualClock();
  readonly lanes = new Lanes();
  readonly #options: ExploreOptions;
  readonly #parties: readonly string[];
  crashesLeft = 0;
  delaysLeft = 0;
  /** Parties that come back late. */
  readonly late = new Set<string>();
  /** The run ends when this number is durable. */
  doneAt = Number.POSITIVE_INFINITY;
  #isExploring = false;
  #steps = 0;
  /** Whose input is being taken; undefined: time passes, or an order is given. */
  #taking: string | undefined;
  /** What the party has done in this step so far can be seen by others. */
  #isSeen = false;

  constructor(options: ExploreOptions, list: readonly number[]) {
    this.#options = options;
    this.choices = new Choices(list);
    const world = {
      seed: 1,
      rates: Array.from({ length: 1 + options.vacant }, () => 1),
      hosts: 1,
      leaseMs: options.leaseMs,
      turnEveryMs: TURN_EVERY_MS,
      cells: 40,
      frameBytes: 256,
      firstLinks: [],
    };
    const medium = {
      clock: this.clock,
      steps: { at: (party: string, step: Step) => this.#at(party, step), tear: (party: string) => this.#tear(party) },
      post: (lane: string, action: () => void, what: DiskStep) => this.#ask(lane, action, what),
      makeLinks: (board: number, damage: ConstructorParameters<typeof ChoiceLink>[2]) => [
        new ChoiceLink(String.fromCharCode(65 + board), this.lanes, damage, (party) => !options.isUnreduced && this.late.has(party)),
      ],
    };
    this.world = new MoveWorld(world, medium, new Trace());
    this.#parties = [...this.world.boards.map(({ name }) => name), hostName(0)];
  }

  /** Runs to the end, or until `isKnown` says that another run has been in this state. Throws a Violation. */
  run(isKnown: (digest: string) => boolean): void {
    const { world } = this;
    const { order, crashes, delays } = this.#options;
    world.start();
    this.#until(() => world.history.headCount >= COUNT_BEFORE && this.#areVacantHeard() && this.lanes.isEmpty);
    if (order === 'restore') this.#loseSource();
    this.#isExploring = true;
    this.crashesLeft = crashes;
    this.delaysLeft = delays;
    this.#safely(() => world.order(order, 1));
    this.#mayDie(this.#parties);
    while (!this.#isOver()) {
      if (this.choices.isNew && isKnown(digestOf(this))) return;
      this.#step();
    }
    this.#isExploring = false;
    world.isOver = true;
    this.#until(() => world.whyRestless() === undefined);
    world.history.finish();
  }

  /** Everybody is back, the move is over, and its owner has counted on. */
  #isOver(): boolean {
    const { world, lanes, late } = this;
    const isQuiet =
      late.size === 0 && lanes.waiting.every((lane) => !lane.startsWith('revive')) && world.owner !== undefined && !world.isMoving;
    if (!isQuiet) this.doneAt = Number.POSITIVE_INFINITY;
    else if (this.doneAt === Number.POSITIVE_INFINITY) this.doneAt = world.history.headCount + COUNT_AFTER;
    return world.history.headCount >= this.doneAt;
  }

  /** The board that had the agent is gone for long enough to be given up, and comes back after that. */
  #loseSource(): void {
    this.world.kill(SOURCE);
    const orderMs = this.clock.nowMs() + GIVEN_UP_MS;
    this.#reviveAt(SOURCE, orderMs + LATE_MS);
    this.#until(() => this.clock.nowMs() >= orderMs && this.lanes.isEmpty);
  }

  #reviveAt(party: string, timeMs: number): void {
    this.late.add(party);
    this.clock.at(timeMs, () => {
      this.late.delete(party);
      this.world.revive(party);
    });
  }

  #areVacantHeard(): boolean {
    return (this.world.hosts[0]!.sessions?.vacantBoards().length ?? 0) >= this.#options.vacant;
  }

  #until(done: () => boolean): void {
    while (!done()) this.#step();
  }

  #step(): void {
    if (++this.#steps > STEPS_MAX) throw new Violation('convergence', `after ${STEPS_MAX} steps: ${this.world.whyRestless()}`);
    const way = this.#way();
    this.#isSeen = false;
    this.#taking = undefined;
    if (way.startsWith(KILL)) {
      this.#die(way.slice(KILL.length), this.#comesBack(way.slice(KILL.length)));
    } else if (way === TIME) {
      if (!this.lanes.isEmpty) this.delaysLeft--;
      this.#safely(() => this.clock.step(Number.POSITIVE_INFINITY));
    } else {
      this.#taking = inputsOf(way);
      this.#safely(() => this.#take(way));
    }
    this.#runDue();
    this.world.history.check();
    if (this.#isExploring && !this.#options.isUnreduced) {
      if (this.#taking !== undefined) this.#mayDie([this.#taking]);
      else if (!this.lanes.isEmpty) this.#mayDie(this.#parties);
    }
  }

  /** What nobody waits for, and nothing depends on, happens at once. */
  #ask(host: string, action: () => void, what: DiskStep): void {
    if (this.#options.isUnreduced || !this.#isIdle(what)) {
      this.lanes.post(host, action, what);
      return;
    }
    action();
    if (typeof what !== 'string') this.lanes.takeNewest(host).action();
  }

  /** An entry of the log, or the schema of a state, which the store has had since before the order. */
  #isIdle(what: DiskStep): boolean {
    return this.#isExploring && (typeof what === 'string' ? what.startsWith('schema ') : what.kind === 'event');
  }

  /** A write and its answer are one step: in between nobody can see that it is durable, and a death chooses whether it is. */
  #take(lane: string): void {
    const { action, what } = this.lanes.take(lane);
    action();
    if (typeof what === 'string' || this.#options.isUnreduced) return;
    this.#isSeen = true;
    this.lanes.takeNewest(lane).action();
  }

  #way(): string {
    const { waiting } = this.lanes;
    if (!this.#isExploring) return waiting[0] ?? TIME;
    const { leaseMs, isUnreduced } = this.#options;
    const isWhole = isUnreduced || this.delaysLeft > 0;
    const ways = isWhole ? [...waiting] : waysOf(waiting, leaseMs > 0);
    if (waiting.length === 0 || this.delaysLeft > 0) ways.push(TIME);
    if (isUnreduced && this.crashesLeft > 0) for (const party of this.#parties) if (this.world.isRunning(party)) ways.push(KILL + party);
    return ways[this.choices.choose(ways)]!;
  }

  /** What is due now happens in its order. */
  #runDue(): void {
    for (let more = true; more; ) {
      this.#safely(() => {
        more = this.clock.step(this.clock.nowMs());
      });
    }
  }

  #safely(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#die(error.party, this.#comesBack(error.party));
    }
  }

  /** Between two steps. A party that nothing came to, and for which no time has passed, may as well have died then. */
  #mayDie(parties: readonly string[]): void {
    for (const party of parties) {
      if (this.crashesLeft === 0 || !this.world.isRunning(party)) continue;
      if (this.choices.choose([`${party} goes on`, `${party} dies`]) === 1) this.#die(party, this.#comesBack(party));
    }
  }

  /** In the middle of a step, before something that others can see. Before the first of these it is as if what it takes had been lost. */
  #at(party: string, step: Step): void {
    if (!this.#isExploring || this.crashesLeft === 0 || step === 'receive') return;
    const isSeen = this.#isSeen;
    this.#isSeen = true;
    if (!isSeen && this.#taking === party && !this.#options.isUnreduced) return;
    if (this.choices.choose([`${party} goes on at a ${step}`, `${party} dies at a ${step}`]) === 1) throw new Crash(party, step);
  }

  /** A flash write in whose midst the power goes may leave nothing that can be read. */
  #tear(party: string): Tear | undefined {
    if (!this.#isExploring || this.crashesLeft === 0) return undefined;
    return this.choices.choose([`${party} goes on in a flash write`, `${party} dies in a flash write`]) === 1 ? 'neither' : undefined;
  }

  #comesBack(party: string): 'soon' | 'late' {
    return this.choices.choose([`${party} comes back soon`, `${party} comes back late`]) === 0 ? 'soon' : 'late';
  }

  #die(party: string, back: 'soon' | 'late'): void {
    this.crashesLeft--;
    if (!this.#options.isUnreduced) this.#loseWrites(party);
    this.world.kill(party);
    if (back === 'soon') {
      this.lanes.post(`revive ${party}`, () => this.world.revive(party));
      return;
    }
    this.#reviveAt(party, this.clock.nowMs() + LATE_MS);
    if (!this.#options.isUnreduced) for (const lane of this.lanes.waiting) if (inputsOf(lane) === party) this.lanes.drop(lane);
  }

  /** Of the writes that are on their way, the first few become durable before the host dies. */
  #loseWrites(host: string): void {
    const writes = this.lanes.in(host).filter(({ what }) => typeof what !== 'string');
    const ways = writes.map((_, index) => `${index} of ${writes.length} writes are durable`);
    const durable = this.choices.choose([...ways, `${writes.length} of ${writes.length} writes are durable`]);
    for (const { action } of writes.slice(0, durable)) action();
    this.lanes.drop(host);
  }
}
