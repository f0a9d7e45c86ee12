import { createHash } from 'node:crypto';
import { Violation } from '../checker/violation.js';
import { VirtualClock } from '../clock.js';
import { Crash, type Step } from '../moves/steps.js';
import { AGENT, hostName, MoveWorld, type OrderKind } from '../moves/world.js';
import { Trace } from '../trace.js';
import { ChoiceLink } from './choice-link.js';
import { Choices } from './choices.js';
import { Lanes } from './lanes.js';

export interface ExploreOptions {
  /** Boards besides the one that has the agent. */
  readonly vacant: number;
  readonly leaseMs: number;
  readonly order: OrderKind;
  /** Deaths of any party, at any step. */
  readonly crashes: number;
  /** How often time may pass although something is on its way. */
  readonly delays: number;
}

const TURN_EVERY_MS = 400;
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

/** One run, decided by its choices: which of the things on their way comes next, and who dies where. */
export class ExploredRun {
  readonly choices: Choices;
  readonly world: MoveWorld;
  readonly #options: ExploreOptions;
  readonly #clock = new VirtualClock();
  readonly #lanes = new Lanes();
  #crashesLeft = 0;
  #delaysLeft = 0;
  #isExploring = false;
  #steps = 0;
  readonly #late = new Set<string>();

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
      clock: this.#clock,
      steps: { at: (party: string, step: Step) => this.#at(party, step) },
      post: (lane: string, action: () => void) => this.#lanes.post(lane, action),
      makeLinks: (board: number, damage: ConstructorParameters<typeof ChoiceLink>[2]) => [
        new ChoiceLink(String.fromCharCode(65 + board), this.#lanes, damage),
      ],
    };
    this.world = new MoveWorld(world, medium, new Trace());
  }

  /** Runs to the end, or until `isKnown` says that another run has been in this state. Throws a Violation. */
  run(isKnown: (digest: string) => boolean): void {
    const { world } = this;
    const { order, crashes, delays } = this.#options;
    world.start();
    this.#until(() => world.history.headCount >= COUNT_BEFORE && this.#areVacantHeard() && this.#lanes.waiting.length === 0);
    if (order === 'restore') this.#loseSource();
    this.#isExploring = true;
    this.#crashesLeft = crashes;
    this.#delaysLeft = delays;
    this.#safely(() => world.order(order, 1));
    let doneAt = Number.POSITIVE_INFINITY;
    const isOver = () => {
      const isQuiet =
        this.#late.size === 0 &&
        this.#lanes.waiting.every((lane) => !lane.startsWith('revive')) &&
        world.owner !== undefined &&
        !world.isMoving;
      if (!isQuiet) doneAt = Number.POSITIVE_INFINITY;
      else if (doneAt === Number.POSITIVE_INFINITY) doneAt = world.history.headCount + COUNT_AFTER;
      return world.history.headCount >= doneAt;
    };
    while (!isOver()) {
      if (this.choices.isNew && isKnown(this.#digest())) return;
      this.#step();
    }
    this.#isExploring = false;
    world.isOver = true;
    this.#until(() => world.whyRestless() === undefined);
    world.history.finish();
  }

  /** The board that had the agent is gone for long enough to be given up, and comes back after that. */
  #loseSource(): void {
    this.world.kill(SOURCE);
    const orderMs = this.#clock.nowMs() + GIVEN_UP_MS;
    this.#reviveAt(SOURCE, orderMs + LATE_MS);
    this.#until(() => this.#clock.nowMs() >= orderMs && this.#lanes.waiting.length === 0);
  }

  #reviveAt(party: string, timeMs: number): void {
    this.#late.add(party);
    this.#clock.at(timeMs, () => {
      this.#late.delete(party);
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
    const waiting = this.#lanes.waiting;
    const ways = waiting.length > 0 ? [...waiting] : ['time'];
    if (this.#isExploring) {
      if (this.#delaysLeft > 0 && waiting.length > 0) ways.push('time');
      if (this.#crashesLeft > 0) for (const party of this.#parties()) if (this.world.isRunning(party)) ways.push(`kill ${party}`);
    }
    const way = ways[this.#isExploring ? this.choices.choose(ways) : 0]!;
    if (way.startsWith('kill ')) {
      this.#die(way.slice(5));
    } else if (way === 'time') {
      if (waiting.length > 0) this.#delaysLeft--;
      this.#safely(() => this.#clock.step(Number.POSITIVE_INFINITY));
    } else {
      this.#safely(this.#lanes.take(way));
    }
    this.#runDue();
    this.world.history.check();
  }

  /** What is due now happens in its order. */
  #runDue(): void {
    for (let more = true; more; ) {
      this.#safely(() => {
        more = this.#clock.step(this.#clock.nowMs());
      });
    }
  }

  #safely(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#die(error.party);
    }
  }

  #parties(): string[] {
    return [...this.world.boards.map(({ name }) => name), hostName(0)];
  }

  /** Between any two steps of a party it may die; before it takes a frame is the same as before the frame's turn. */
  #at(party: string, step: Step): void {
    if (!this.#isExploring || this.#crashesLeft === 0 || step === 'receive') return;
    if (this.choices.choose([`${party} goes on at a ${step}`, `${party} dies at a ${step}`]) === 1) throw new Crash(party, step);
  }

  #die(party: string): void {
    this.#crashesLeft--;
    this.world.kill(party);
    if (this.choices.choose([`${party} comes back soon`, `${party} comes back late`]) === 0) {
      this.#lanes.post(`revive ${party}`, () => this.world.revive(party));
    } else {
      this.#reviveAt(party, this.#clock.nowMs() + LATE_MS);
    }
  }

  /** All that can be seen of every party, what is on its way, and how far away each timer is: runs that agree in that go on alike. */
  #digest(): string {
    const { world } = this;
    const hash = createHash('md5');
    const head = world.disk.image.peek(AGENT);
    hash.update(
      JSON.stringify([
        this.#crashesLeft,
        this.#delaysLeft,
        [...this.#late],
        this.#clock.pendingMs.map(Math.round),
        world.history.describe(),
        head?.record,
      ]),
    );
    if (head !== undefined) hash.update(head.state);
    for (const { program, flash } of world.boards) {
      hash.update(JSON.stringify([flash.owner?.epoch, flash.retired?.epoch]));
      if (program === undefined) continue;
      const { link, memory, runner } = program;
      const { phase, session, epoch, sequence, acknowledgedSequence, hasState, isVacant, isFrozen, isFenced, isSettled } = link;
      hash.update(
        JSON.stringify([
          phase,
          session,
          epoch,
          sequence,
          acknowledgedSequence,
          hasState,
          isVacant,
          isFrozen,
          isFenced,
          isSettled,
          runner.phase,
        ]),
      );
      hash.update(memory.bytes);
    }
    for (const { sessions } of world.hosts) {
      const view = sessions?.agent(AGENT);
      const move = sessions?.migration(AGENT);
      hash.update(
        JSON.stringify([
          sessions !== undefined,
          [view?.epoch, view?.session, view?.sequence, view?.boardSequence, view?.linkId],
          [move?.phase, move?.rounds, move?.freezes, move?.isRetired],
          sessions?.vacantBoards().map(({ boardId }) => boardId),
        ]),
      );
    }
    return hash.update(this.#lanes.describe(), 'latin1').digest('hex');
  }
}
