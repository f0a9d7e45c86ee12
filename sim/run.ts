import { POISON } from './boards/fleet-agent.js';
import { Checker } from './checker/checker.js';
import { RarePathCounts } from './checker/rare-paths.js';
import { Violation } from './checker/violation.js';
import { VirtualClock } from './clock.js';
import { FaultDriver } from './fault-driver.js';
import type { SimOptions } from './options.js';
import { derive, type Random } from './random.js';
import { SimHost } from './sim-host.js';
import { Trace } from './trace.js';
import { Unit } from './unit.js';

export interface RunResult {
  readonly failure?: { readonly message: string; readonly atMs: number };
  readonly traceHash: string;
  readonly events: number;
  readonly commits: number;
  readonly deltas: number;
  readonly wireBytes: number;
  readonly virtualMs: number;
  readonly rarePaths: Readonly<Record<string, number>>;
}

/** More events than any run needs: a run that reaches them goes in circles. */
const EVENTS_MAX = 3_000_000;
/** Share of the messages that no turn can work on. */
const POISON_SHARE = 0.015;

/** One run: boards, links, host and store under the faults of `options`, judged after every event, and at the end left to converge. */
export class Simulation {
  readonly clock = new VirtualClock();
  readonly trace = new Trace();
  readonly rare = new RarePathCounts();
  readonly units: readonly Unit[];
  readonly host: SimHost;
  readonly checker: Checker;
  readonly faults: FaultDriver;
  events = 0;
  readonly #options: SimOptions;

  constructor(options: SimOptions) {
    this.#options = options;
    const { clock, rare, trace } = this;
    this.checker = new Checker(clock, rare, trace);
    const context = {
      clock,
      seed: options.seed,
      rare,
      checker: this.checker,
      durable: (agentId: string) => this.#durable(agentId),
    };
    this.units = options.boards.map((board, index) => new Unit(context, index, board));
    const links = this.units.flatMap((unit) => unit.devices.flatMap((device) => device.links));
    this.host = new SimHost(clock, options.seed, options.host, links, this.checker);
    this.faults = new FaultDriver(clock, this.units, this.host);
    this.checker.begin(this.units, this.host);
  }

  /** Throws the first Violation. */
  run(): void {
    const { quietAfterMs, faults } = this.#options;
    this.host.start();
    for (const unit of this.units) unit.main.powerOn();
    this.faults.schedule(faults);
    for (const unit of this.units) this.#sendInputs(unit);
    this.#stepUntil(quietAfterMs, () => this.units.every((unit) => unit.commits >= unit.options.commits));
    this.#quiet();
    this.#converge();
    this.faults.pokeIdle();
    this.#converge();
    this.checker.finish();
  }

  #converge(): void {
    const settled = () => {
      for (const unit of this.units) this.#settle(unit);
      return this.checker.hasConverged();
    };
    const limitMs = this.clock.nowMs() + this.#options.convergeWithinMs;
    if (!this.#stepUntil(limitMs, settled)) this.checker.explainDivergence();
  }

  /** An agent that would go on for ever is halted once it has had its messages. */
  #settle(unit: Unit): void {
    unit.settle();
    unit.orders.halted ||= this.host.sessions?.agent(unit.agentId)?.inputsWaiting === 0;
  }

  result(failure?: RunResult['failure']): RunResult {
    const { units, clock, trace, rare, events, checker } = this;
    const counts = {
      traceHash: trace.hash(),
      events,
      commits: units.reduce((sum, unit) => sum + unit.commits, 0),
      deltas: checker.deltas,
      wireBytes: units
        .flatMap((unit) => unit.devices.flatMap((device) => device.links))
        .reduce((sum, { sentBytes }) => sum + sentBytes[0] + sentBytes[1], 0),
      virtualMs: clock.nowMs(),
      rarePaths: rare.toObject(),
    };
    return failure ? { failure, ...counts } : counts;
  }

  /** Messages for an agent, until the run is over. */
  #sendInputs(unit: Unit): void {
    const { clock, host } = this;
    const random = derive(this.#options.seed, 'inputs', unit.index);
    const { program, messages } = unit.options;
    if (program !== 'agent' || messages?.length === 0) return;
    const next = () => {
      if (unit.orders.stopped) return;
      host.sendInput(unit.agentId, messages === undefined ? fleetMessage(random) : messages[random.below(messages.length)]!);
      clock.at(clock.nowMs() + 2 * random.unit() * unit.options.inputEveryMs, next);
    };
    clock.at(random.unit() * unit.options.inputEveryMs, next);
  }

  /** Faults end, boards that lost their power get it back, turns stop: from here everything must converge. */
  #quiet(): void {
    this.faults.stop();
    this.host.start();
    for (const unit of this.units) {
      unit.orders.stopped = true;
      unit.orders.throws = 0;
      for (const device of unit.devices) {
        for (const link of device.links) for (const weather of link.weather) Object.assign(weather, FAIR);
        device.mend();
        device.wake();
      }
      unit.settle();
    }
  }

  /** True when `done` holds; false when `limitMs` came first. */
  #stepUntil(limitMs: number, done: () => boolean): boolean {
    while (!done()) {
      if (!this.clock.step(limitMs)) return false;
      if (++this.events > EVENTS_MAX) throw new Violation('convergence', `more than ${EVENTS_MAX} events`);
      this.checker.afterEvent();
    }
    return true;
  }

  #durable(agentId: string) {
    const found = this.host.disk.image.peek(agentId);
    return found && { ...found.record, state: found.state };
  }
}

function fleetMessage(random: Random): Uint8Array {
  const message = Uint8Array.from({ length: random.between(1, 40) }, () => random.u32());
  if (random.chance(POISON_SHARE)) message[0] = POISON;
  return message;
}

const FAIR = { loss: 0, duplicate: 0, reorder: 0, corrupt: 0, reseal: 0, partial: 0, late: 0 };

/** Runs what the options say. Any exception of the code under test is a failure of the run, as a violated invariant is. */
export function run(options: SimOptions): RunResult {
  const simulation = new Simulation(options);
  try {
    simulation.run();
    return simulation.result();
  } catch (error) {
    const message =
      error instanceof Violation ? error.message : `exception: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    return simulation.result({ message, atMs: simulation.clock.nowMs() });
  }
}
