import { Violation } from '../checker/violation.js';
import { VirtualClock } from '../clock.js';
import type { DiskStep } from '../moves/shared-disk.js';
import { hostName, MoveWorld, type OrderKind } from '../moves/world.js';
import { Trace } from '../trace.js';
import { ChoiceLink } from './choice-link.js';
import type { Choices } from './choices.js';
import { Deaths, LATE_MS } from './deaths.js';
import { digestOf } from './digest.js';
import { Lanes } from './lanes.js';
import { inputsOf, REVIVE, waysOf } from './ways.js';

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

/** One small agent: each frame and each turn more is squared by two crashes. */
const WORLD = { seed: 1, hosts: 1, turnEveryMs: 1500, cells: 12, frameBytes: 256, fifoBytes: 1024, firstLinks: [] };
const HOST = hostName(0);
const SOURCE = 'A';
const TARGET = 1;
/** A host gives a board up after this. */
const GIVEN_UP_MS = 8000;
/** More steps than any run needs. */
const STEPS_MAX = 6000;
/** Numbers counted before the order, and after the move. */
const COUNT_BEFORE = 2;
const COUNT_AFTER = 1;
const TIME = 'time';
const KILL = 'kill ';

/** Two runs that meet in a state are told by its digest; nobody asks for a hash of what happened. */
class NoTrace extends Trace {
  override event(): void {}
}

/** One run, decided by its choices: which of the things on their way comes next, and who dies where. */
export class ExploredRun {
  readonly choices: Choices;
  readonly world: MoveWorld;
  readonly clock = new VirtualClock();
  readonly lanes = new Lanes();
  readonly deaths: Deaths;
  readonly isLeased: boolean;
  delaysLeft = 0;
  /** The run ends when this number is durable. */
  doneAt = Number.POSITIVE_INFINITY;
  readonly #options: ExploreOptions;
  readonly #isReduced: boolean;
  readonly #parties: readonly string[];
  #isExploring = false;
  #steps = 0;

  constructor(options: ExploreOptions, choices: Choices) {
    const { vacant, leaseMs, isUnreduced = false } = options;
    const { lanes, clock } = this;
    const deaths = new Deaths(choices, lanes, clock, !isUnreduced);
    this.#options = options;
    this.#isReduced = !isUnreduced;
    this.isLeased = leaseMs > 0;
    this.choices = choices;
    this.deaths = deaths;
    const isAway = (party: string) => !isUnreduced && deaths.late.has(party);
    const medium = {
      clock,
      steps: {
        at: (party: string, step: Parameters<Deaths['inside']>[1]) => deaths.inside(party, step),
        tear: (party: string) => deaths.tear(party),
      },
      post: (lane: string, action: () => void, what: DiskStep) => this.#ask(lane, action, what),
      makeLinks: (board: number, damage: ConstructorParameters<typeof ChoiceLink>[2]) => [
        new ChoiceLink(String.fromCharCode(65 + board), lanes, damage, isAway),
      ],
    };
    this.world = new MoveWorld({ ...WORLD, leaseMs, rates: Array.from({ length: 1 + vacant }, () => 1) }, medium, new NoTrace());
    deaths.world = this.world;
    this.#parties = [...this.world.boards.map(({ name }) => name), HOST];
  }

  /** Runs to the end, or until `isKnown` says that another run has been in this state. Throws a Violation. */
  run(isKnown?: (digest: string) => boolean): void {
    const { world, deaths } = this;
    const { order, crashes, delays } = this.#options;
    world.start();
    this.#until(() => world.history.headCount >= COUNT_BEFORE && this.#areVacantHeard() && this.lanes.isEmpty);
    if (order === 'restore') this.#loseSource();
    this.#isExploring = true;
    deaths.left = crashes;
    this.delaysLeft = delays;
    deaths.beginStep(undefined);
    deaths.during(() => world.order(order, TARGET));
    deaths.between(this.#parties);
    while (!this.#isOver()) {
      const ways = this.#ways();
      if (isKnown !== undefined && this.choices.isNew && this.#isFork(ways) && isKnown(digestOf(this))) return;
      this.#step(ways[this.choices.choose(ways)]!);
    }
    this.#isExploring = false;
    deaths.left = 0;
    world.isOver = true;
    this.#until(() => world.whyRestless() === undefined);
    world.history.finish();
  }

  /** Everybody is back, the move is over, and its owner has counted on. */
  #isOver(): boolean {
    const { world, lanes, deaths } = this;
    const isBack = deaths.late.size === 0 && lanes.waiting.every((lane) => !lane.startsWith(REVIVE));
    if (!isBack || world.owner === undefined || world.isMoving) this.doneAt = Number.POSITIVE_INFINITY;
    else if (this.doneAt === Number.POSITIVE_INFINITY) this.doneAt = world.history.headCount + COUNT_AFTER;
    return world.history.headCount >= this.doneAt;
  }

  /** The board that had the agent is gone for long enough to be given up, and comes back after that. */
  #loseSource(): void {
    this.world.kill(SOURCE);
    const orderMs = this.clock.nowMs() + GIVEN_UP_MS;
    this.deaths.reviveAt(SOURCE, orderMs + LATE_MS);
    this.#until(() => this.clock.nowMs() >= orderMs && this.lanes.isEmpty);
  }

  #areVacantHeard(): boolean {
    return (this.world.hosts[0]!.sessions?.vacantBoards().length ?? 0) >= this.#options.vacant;
  }

  #until(done: () => boolean): void {
    while (!done()) this.#step(this.lanes.waiting[0] ?? TIME);
  }

  #ways(): string[] {
    const { waiting } = this.lanes;
    const mayWait = this.delaysLeft > 0;
    const ways = this.#isReduced && !mayWait ? waysOf(waiting, this.isLeased) : [...waiting];
    if (waiting.length === 0 || mayWait) ways.push(TIME);
    if (!this.#isReduced && this.deaths.left > 0)
      for (const party of this.#parties) if (this.world.isRunning(party)) ways.push(KILL + party);
    return ways;
  }

  /** Where runs part, or may have come together since. What lies between two such states is the same in all runs. */
  #isFork(ways: readonly string[]): boolean {
    return this.deaths.left > 0 || ways.length > 1 || ways[0] === TIME;
  }

  #step(way: string): void {
    if (++this.#steps > STEPS_MAX) throw new Violation('convergence', `after ${STEPS_MAX} steps: ${this.world.whyRestless()}`);
    const { deaths, lanes, clock } = this;
    const isTaken = way !== TIME && !way.startsWith(KILL);
    const taking = isTaken ? inputsOf(way) : undefined;
    deaths.beginStep(taking);
    if (isTaken) {
      deaths.during(() => this.#take(way));
    } else if (way === TIME) {
      if (!lanes.isEmpty) this.delaysLeft--;
      deaths.during(() => clock.step(Number.POSITIVE_INFINITY));
    } else {
      deaths.die(way.slice(KILL.length));
    }
    this.#runDue();
    for (const history of this.world.histories) history.check();
    if (!this.#isReduced || !this.#isExploring) return;
    if (taking !== undefined) deaths.between([taking]);
    else if (!lanes.isEmpty) deaths.between(this.#parties);
  }

  /** A write and its answer are one step: in between nobody can see that it is durable, and a death chooses whether it is. */
  #take(lane: string): void {
    const { action, what } = this.lanes.take(lane);
    action();
    if (typeof what === 'string' || !this.#isReduced) return;
    this.deaths.seen();
    this.lanes.takeNewest(lane).action();
  }

  /** What nobody waits for, and nothing depends on, happens at once. */
  #ask(host: string, action: () => void, what: DiskStep): void {
    const isAtOnce = this.#isReduced && this.#isExploring && isIdle(what);
    this.lanes.post(host, action, what);
    if (!isAtOnce) return;
    this.lanes.takeNewest(host).action();
    if (typeof what !== 'string') this.lanes.takeNewest(host).action();
  }

  /** What is due now happens in its order. */
  #runDue(): void {
    for (let more = true; more; ) {
      this.deaths.during(() => {
        more = this.clock.step(this.clock.nowMs());
      });
    }
  }
}

/** An entry of the log; or the schema of a state, which the store has had since before the order. */
function isIdle(what: DiskStep): boolean {
  return typeof what === 'string' ? what.startsWith('schema ') : what.kind === 'event';
}
