import type { VirtualClock } from '../clock.js';
import type { Tear } from '../moves/flash.js';
import { Crash, type Step } from '../moves/steps.js';
import type { MoveWorld } from '../moves/world.js';
import type { Choices } from './choices.js';
import type { Lanes } from './lanes.js';
import { inputsOf, REVIVE } from './ways.js';

/** A party that comes back late, does so when others have noticed. */
export const LATE_MS = 12_000;

/**
 * Who dies where, as the choices say: between two steps of a party, and within a step before each thing that others can see: a frame that
 * leaves, a write that is begun or answered, flash before, in the midst of and after its write.
 */
export class Deaths {
  left = 0;
  /** Parties that come back late. */
  readonly late = new Set<string>();
  world!: MoveWorld;
  readonly #choices: Choices;
  readonly #lanes: Lanes;
  readonly #clock: VirtualClock;
  readonly #isReduced: boolean;
  /** Whose input is being taken; undefined: time passes, or an order is given. */
  #taking: string | undefined;
  /** Others can see what the party has done in this step. */
  #isSeen = false;

  constructor(choices: Choices, lanes: Lanes, clock: VirtualClock, isReduced: boolean) {
    this.#choices = choices;
    this.#lanes = lanes;
    this.#clock = clock;
    this.#isReduced = isReduced;
  }

  /** A step of the party that takes an input, or of all for whom time passes. */
  beginStep(taking: string | undefined): void {
    this.#taking = taking;
    this.#isSeen = false;
  }

  /** What was done in this step so far can be seen. */
  seen(): void {
    this.#isSeen = true;
  }

  /** Whoever dies in the midst of the action, does. */
  during(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.die(error.party);
    }
  }

  /** After a step of theirs. A party to whom nothing came, and for whom no time has passed, may as well have died then. */
  between(parties: readonly string[]): void {
    for (const party of parties) {
      if (this.left === 0 || !this.world.isRunning(party)) continue;
      if (this.#choices.choose([`${party} goes on`, `${party} dies`]) === 1) this.die(party);
    }
  }

  /** Before the first thing that can be seen it is as if what the party takes had been lost with it. */
  inside(party: string, step: Step): void {
    if (this.left === 0 || step === 'receive') return;
    const isFirst = !this.#isSeen;
    this.#isSeen = true;
    if (isFirst && this.#taking === party && this.#isReduced) return;
    if (this.#choices.choose([`${party} goes on at a ${step}`, `${party} dies at a ${step}`]) === 1) throw new Crash(party, step);
  }

  /** A flash write in whose midst the power goes may leave nothing that can be read. */
  tear(party: string): Tear | undefined {
    if (this.left === 0) return undefined;
    return this.#choices.choose([`${party} goes on in a flash write`, `${party} dies in a flash write`]) === 1 ? 'neither' : undefined;
  }

  die(party: string): void {
    const isLate = this.#choices.choose([`${party} comes back soon`, `${party} comes back late`]) === 1;
    this.left--;
    if (this.#isReduced) this.#loseWrites(party);
    this.world.kill(party);
    if (isLate) {
      this.reviveAt(party, this.#clock.nowMs() + LATE_MS);
      if (this.#isReduced) for (const lane of this.#lanes.waiting) if (inputsOf(lane) === party) this.#lanes.drop(lane);
    } else {
      this.#lanes.post(REVIVE + party, () => this.world.revive(party));
    }
  }

  reviveAt(party: string, timeMs: number): void {
    this.late.add(party);
    this.#clock.at(timeMs, () => {
      this.late.delete(party);
      this.world.revive(party);
    });
  }

  /** Of the writes that are on their way, the first few become durable before the host dies. */
  #loseWrites(host: string): void {
    const writes = this.#lanes.in(host).filter(({ what }) => typeof what !== 'string');
    const ways = Array.from({ length: writes.length + 1 }, (_, durable) => `${durable} of ${writes.length} writes are durable`);
    for (const { action } of writes.slice(0, this.#choices.choose(ways))) action();
    this.#lanes.drop(host);
  }
}
