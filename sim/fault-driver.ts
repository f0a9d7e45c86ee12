import type { Clock } from './clock.js';
import type { Fault } from './faults.js';
import type { Weather } from './links/port.js';
import type { SimHost } from './sim-host.js';
import type { Unit } from './unit.js';

/** The longest a board's receive loop stands still on a serial line. */
const SERIAL_PAUSE_MAX_MS = 60;
/** A clone is of interest when it stays for some hellos. */
const CLONE_MIN_MS = 3000;
/** A board counts as silent after 5 s; only then may another one take over. */
const FENCE_MIN_MS = 9000;
/** An agent waits for its host for 3 s before it goes on alone. */
const ALONE_MIN_MS = 5000;

/** Turns the faults of a run into what happens to its links, boards and host, and ends each one after its time. */
export class FaultDriver {
  readonly #clock: Clock;
  readonly #units: readonly Unit[];
  readonly #host: SimHost;
  readonly #endings = new Map<number, () => void>();
  #ending = 0;
  #stopped = false;
  #pokes: readonly Fault[] = [];

  constructor(clock: Clock, units: readonly Unit[], host: SimHost) {
    this.#clock = clock;
    this.#units = units;
    this.#host = host;
  }

  schedule(faults: readonly Fault[]): void {
    for (const fault of faults) this.#clock.at(fault.atMs, () => this.#begin(fault));
    this.#pokes = faults.filter(({ kind }) => kind === 'poke');
  }

  /** Once more what only idle time finds: bytes that change behind the barrier while nobody writes. */
  pokeIdle(): void {
    for (const fault of this.#pokes) this.#unitOf(fault).poke();
  }

  /** Ends what still lasts; nothing begins any more. */
  stop(): void {
    this.#stopped = true;
    for (const end of [...this.#endings.values()]) end();
  }

  #unitOf(fault: Fault): Unit {
    return this.#units[fault.board % this.#units.length]!;
  }

  #begin(fault: Fault): void {
    if (this.#stopped) return;
    const end = this.#strike(fault, this.#unitOf(fault));
    if (end === undefined) return;
    const key = this.#ending++;
    const once = () => {
      if (this.#endings.delete(key)) end();
    };
    this.#endings.set(key, once);
    this.#clock.at(this.#clock.nowMs() + durationOf(fault), once);
  }

  /** Starts the fault; what is returned ends it. */
  #strike(fault: Fault, unit: Unit): (() => void) | undefined {
    const nowMs = this.#clock.nowMs();
    const { main, clone, orders } = unit;
    switch (fault.kind) {
      case 'outage':
        main.cut();
        return () => main.mend();
      case 'hold':
        main.link.hold(nowMs + (main.link.kind === 'serial' ? Math.min(SERIAL_PAUSE_MAX_MS, fault.durationMs) : fault.durationMs));
        return undefined;
      case 'move':
        main.move();
        return undefined;
      case 'reset':
        main.sleep();
        return () => main.wake();
      case 'power':
        main.powerLoss();
        return () => main.powerOn();
      case 'alone':
        main.powerLoss();
        main.cut();
        main.powerOn();
        return () => main.mend();
      case 'throw':
        orders.throws += Math.ceil(fault.amount * 8);
        return undefined;
      case 'poke':
        unit.poke();
        return undefined;
      case 'burst':
        orders.burstUntilMs = nowMs + fault.durationMs;
        return undefined;
      case 'clone':
        clone.powerOn();
        return () => unit.endClone();
      case 'fence':
        main.cut();
        clone.powerOn();
        return () => main.mend();
      case 'crash':
        return this.#host.armCrash(fault.phase);
      case 'storeFail':
        this.#host.disk.failing = true;
        return () => {
          this.#host.disk.failing = false;
        };
      case 'storeSlow':
        this.#host.disk.slowness = 20;
        return () => {
          this.#host.disk.slowness = 1;
        };
      default:
        return this.#storm(unit, weatherOf(fault));
    }
  }

  /** Adds to the weather of all links of a board, and takes it away again. */
  #storm(unit: Unit, change: Partial<Weather>): () => void {
    const apply = (sign: number) => {
      for (const link of [...unit.main.links, ...unit.clone.links]) {
        for (const weather of link.weather) {
          for (const [name, value] of Object.entries(change)) weather[name as keyof Weather] += sign * value;
        }
      }
    };
    apply(1);
    return () => apply(-1);
  }
}

function durationOf(fault: Fault): number {
  if (fault.kind === 'clone') return Math.max(fault.durationMs, CLONE_MIN_MS);
  if (fault.kind === 'alone') return Math.max(fault.durationMs, ALONE_MIN_MS);
  if (fault.kind === 'fence') return Math.max(fault.durationMs, FENCE_MIN_MS);
  return fault.durationMs;
}

function weatherOf(fault: Fault): Partial<Weather> {
  const { amount } = fault;
  if (fault.kind === 'hostile') return { loss: 0.3, duplicate: amount / 2, reorder: amount, corrupt: 0.05 };
  return { [fault.kind]: fault.kind === 'reseal' ? amount / 2 : amount };
}
