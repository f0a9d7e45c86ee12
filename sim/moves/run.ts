import type { MigrationView } from '../../host/migration/report.js';
import type { OwnershipCounts } from '../checker/ownership.js';
import { Violation } from '../checker/violation.js';
import { VirtualClock } from '../clock.js';
import type { Damage } from '../links/damage.js';
import { MessageLink } from '../links/message-link.js';
import type { SimLink } from '../links/port.js';
import { SerialLink } from '../links/serial-link.js';
import { derive, deriveSeed } from '../random.js';
import type { RunResult } from '../run.js';
import { Trace } from '../trace.js';
import { MoveFaultDriver } from './fault-driver.js';
import { Operator } from './operator.js';
import type { MoveOrder, MovesOptions } from './options.js';
import { checkAtRest } from './rest.js';
import type { Post } from './shared-disk.js';
import { Crash } from './steps.js';
import { hostName, MoveWorld } from './world.js';

/** More events than any run needs. */
const EVENTS_MAX = 2_000_000;
/** An order that is refused because something is being written is given again. */
const ORDER_AGAIN_MS = 400;
const ORDER_TRIES = 12;
/** Numbers that the owner must count after the last fault. */
const COUNT_AFTER = 3;

/** One run: an agent that counts and moves under faults, judged all along, and at the end left to come to rest. */
export class MovesRun {
  readonly world: MoveWorld;
  readonly #clock = new VirtualClock();
  readonly #trace = new Trace();
  readonly #faults: MoveFaultDriver;
  readonly #options: MovesOptions;
  #events = 0;

  constructor(options: MovesOptions) {
    this.#options = options;
    this.#faults = new MoveFaultDriver(this.#clock, () => this.world);
    const medium = {
      clock: this.#clock,
      steps: this.#faults,
      post: this.#disk(),
      makeLinks: (board: number, damage: Damage) => this.#links(board, damage),
      onMove: (view: MigrationView) => this.#faults.onMove(view),
    };
    this.world = new MoveWorld(options.world, medium, this.#trace);
    this.world.disk.isShared = options.faults.some(({ kind }) => kind === 'second');
  }

  get nowMs(): number {
    return this.#clock.nowMs();
  }

  /** Throws the first Violation. */
  run(): void {
    const { world } = this;
    const { orders, faults, quietAfterMs, convergeWithinMs } = this.#options;
    world.start();
    this.#faults.schedule(faults);
    for (const order of orders) this.#give(order, order.atMs, ORDER_TRIES);
    this.#until(quietAfterMs, () => false);
    this.#quiet();
    const endMs = quietAfterMs + convergeWithinMs;
    const operator = new Operator(world, quietAfterMs);
    this.#must(endMs, () => {
      operator.tend(this.nowMs);
      return world.areOwned && !world.isMoving;
    });
    const enough = world.histories.map(({ headCount }) => headCount + COUNT_AFTER);
    this.#must(endMs, () => world.histories.every(({ headCount }, agent) => headCount >= enough[agent]!));
    world.isOver = true;
    this.#must(endMs, () => world.whyRestless() === undefined);
    checkAtRest(world);
    for (const history of world.histories) history.finish();
  }

  result(failure?: RunResult['failure']): RunResult {
    const { world } = this;
    const { commits, grants, activations, freezes, shouts, outputs } = sum(world.histories.map(({ counts }) => counts));
    const counts = {
      traceHash: this.#trace.hash(),
      events: this.#events,
      commits,
      deltas: world.histories.reduce((all, { appends }) => all + appends, 0),
      wireBytes: world.links.flat().reduce((sum, { sentBytes }) => sum + sentBytes[0] + sentBytes[1], 0),
      virtualMs: this.#clock.nowMs(),
      rarePaths: { ...world.counts, grants, activations, freezes, shouts, outputs, ...heard(world) },
    };
    return failure ? { failure, ...counts } : counts;
  }

  #give(order: MoveOrder, atMs: number, tries: number): void {
    const { world } = this;
    this.#clock.at(atMs, () => {
      if (world.isOver || tries === 0) return;
      if (!world.ordering.has(order.agent)) world.order(order.kind, order.target, order.agent);
      this.#clock.at(atMs + ORDER_AGAIN_MS, () => {
        if (world.ordering.has(order.agent) || world.lastRefusal !== '') this.#give(order, atMs + ORDER_AGAIN_MS, tries - 1);
      });
    });
  }

  /** Faults end, whoever is off is switched on, and one host is left. */
  #quiet(): void {
    const { world } = this;
    this.#faults.stop();
    world.kill(hostName(1));
    world.revive(hostName(0));
    for (const { device } of world.boards) {
      device.mend();
      device.wake();
      device.powerOn();
    }
    for (const link of world.links.flat())
      for (const weather of link.weather) for (const name of Object.keys(weather)) Object.assign(weather, { [name]: 0 });
  }

  #must(limitMs: number, done: () => boolean): void {
    if (!this.#until(limitMs, done)) throw new Violation('convergence', this.world.whyRestless() ?? 'the owner does not count');
  }

  #until(limitMs: number, done: () => boolean): boolean {
    while (!done()) {
      try {
        if (!this.#clock.step(limitMs)) return false;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        this.world.kill(error.party);
      }
      for (const history of this.world.histories) history.check();
      if (++this.#events > EVENTS_MAX) throw new Violation('convergence', `more than ${EVENTS_MAX} events`);
    }
    return true;
  }

  /** Writes and reads of one host in their order, each after a time of its own. */
  #disk(): Post {
    const random = derive(this.#options.world.seed, 'disk');
    const freeMs = new Map<string, number>();
    return (lane, action) => {
      const takesMs = (0.1 + random.unit() * this.#options.diskMaxMs) * this.#faults.slowness;
      const atMs = Math.max(freeMs.get(lane) ?? 0, this.#clock.nowMs() + takesMs);
      freeMs.set(lane, atMs);
      this.#clock.at(atMs, action);
    };
  }

  #links(board: number, damage: Damage): readonly SimLink[] {
    const { serial, mqtt, world } = this.#options;
    return [
      new SerialLink(this.#clock, deriveSeed(world.seed, 'serial', board), serial, damage),
      new MessageLink(this.#clock, deriveSeed(world.seed, 'mqtt', board), mqtt, damage),
    ];
  }
}

/** What the checker's ears on the boards have counted. */
function heard({ devices }: MoveWorld) {
  const total = { 'rounds judged': 0, poked: 0 };
  for (const { ears } of devices) {
    total['rounds judged'] += ears.rounds;
    total.poked += ears.poked;
  }
  return total;
}

function sum(all: readonly OwnershipCounts[]): OwnershipCounts {
  const total = { ...all[0]! };
  for (const counts of all.slice(1)) for (const name of Object.keys(total) as (keyof OwnershipCounts)[]) total[name] += counts[name];
  return total;
}

export function runMoves(options: MovesOptions): RunResult {
  const run = new MovesRun(options);
  try {
    run.run();
    return run.result();
  } catch (error) {
    const message =
      error instanceof Violation ? error.message : `exception: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    return run.result({ message, atMs: run.nowMs });
  }
}
