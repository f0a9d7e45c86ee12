import type { MigrationView } from '../../host/migration/report.js';
import type { Clock } from '../clock.js';
import type { Weather } from '../links/port.js';
import { TEARS, type Tear } from './flash.js';
import type { Aim, MoveFault } from './options.js';
import { Crash, type Step, type Steps } from './steps.js';
import { hostName, type MoveWorld } from './world.js';

/** The longest a broker holds messages back. */
const HOLD_MAX_MS = 8000;
const CLONE_MIN_MS = 4000;
const UNKNOWN_EVERY = 3;
const SLOWNESS = 20;
const THROWS_MAX = 8;
/** A party dies at one of so many next steps. */
const STEPS_AHEAD = 6;
/** Before and after a flash write: there are few of them. */
const FLASH_STEPS = 2;

type AimedFault = MoveFault & { readonly aim: Aim };

interface Armed {
  readonly party: string;
  readonly step: Step;
  readonly durationMs: number;
  left: number;
}

/** Turns the faults of a run into what happens to its parties, and ends each one after its time. */
export class MoveFaultDriver implements Steps {
  /** Of the disk. */
  slowness = 1;
  readonly #clock: Clock;
  readonly #world: () => MoveWorld;
  readonly #endings = new Set<() => void>();
  /** The next flash writes, of whatever boards. */
  readonly #tears: { readonly leaves: Tear; readonly durationMs: number }[] = [];
  #armed: Armed[] = [];
  /** Wait for a move to come to their phase. */
  #aimed: AimedFault[] = [];
  #isStopped = false;

  constructor(clock: Clock, world: () => MoveWorld) {
    this.#clock = clock;
    this.#world = world;
  }

  schedule(faults: readonly MoveFault[]): void {
    for (const fault of faults) {
      this.#clock.at(fault.atMs, () => {
        if (isAimed(fault)) this.#aimed.push(fault);
        else this.#begin(fault);
      });
    }
  }

  /** A move has come to another phase: what is aimed at that strikes. */
  onMove(move: Pick<MigrationView, 'phase' | 'source' | 'target'>): void {
    const due = this.#aimed.filter(({ aim }) => aim.phase === move.phase);
    this.#aimed = this.#aimed.filter(({ aim }) => aim.phase !== move.phase);
    for (const fault of due) {
      const { afterMs, party } = fault.aim;
      const board = party === undefined ? fault.board : this.#world().boards.findIndex(({ boardId }) => boardId === move[party]);
      this.#clock.at(this.#clock.nowMs() + afterMs, () => {
        if (!this.#isStopped) this.#begin({ ...fault, board });
      });
    }
  }

  /** Ends what still lasts. */
  stop(): void {
    this.#isStopped = true;
    this.#armed = [];
    this.#tears.length = 0;
    this.#aimed = [];
    for (const end of [...this.#endings]) end();
  }

  at(party: string, step: Step): void {
    const armed = this.#armed.find((one) => one.party === party && one.step === step && one.left-- <= 0);
    if (armed === undefined) return;
    this.#armed = this.#armed.filter((one) => one !== armed);
    this.#for(armed.durationMs, () => this.#world().revive(party));
    this.#world().count(`died at a ${step}`);
    throw new Crash(party, step);
  }

  tear(party: string): Tear | undefined {
    const torn = this.#tears.shift();
    if (torn === undefined) return undefined;
    this.#for(torn.durationMs, () => this.#world().revive(party));
    this.#world().count(`flash torn: ${torn.leaves}`);
    return torn.leaves;
  }

  #begin(fault: MoveFault): void {
    const end = this.#strike(fault);
    this.#world().count(`fault ${fault.kind}`);
    if (end !== undefined) this.#for(fault.kind === 'clone' ? Math.max(CLONE_MIN_MS, fault.durationMs) : fault.durationMs, end);
  }

  #for(durationMs: number, end: () => void): void {
    const once = () => {
      if (this.#endings.delete(once)) end();
    };
    this.#endings.add(once);
    this.#clock.at(this.#clock.nowMs() + durationMs, once);
  }

  /** Starts the fault; what is returned ends it. */
  #strike(fault: MoveFault): (() => void) | undefined {
    const world = this.#world();
    const board = world.boards[fault.board]!;
    const runner = board.program?.link.hasState ? board : (world.owner ?? board);
    const { device } = board;
    switch (fault.kind) {
      case 'outage':
        device.cut();
        return () => device.mend();
      case 'hold':
        device.link.hold(this.#clock.nowMs() + Math.min(HOLD_MAX_MS, fault.durationMs));
        return undefined;
      case 'move':
        device.move();
        return undefined;
      case 'reset':
        device.sleep();
        return () => device.wake();
      case 'power':
        return this.#kill(board.name);
      case 'crash':
        return this.#kill(hostName(0));
      case 'step':
        this.#armed.push({
          party: fault.party === 'host' ? hostName(0) : board.name,
          step: fault.step,
          durationMs: fault.durationMs,
          left: Math.floor(fault.amount * 10 * STEPS_AHEAD) % (fault.step === 'flash' ? FLASH_STEPS : STEPS_AHEAD),
        });
        return undefined;
      case 'jump':
        if (fault.party === 'host' && world.leaseMs === 0) world.hostClock.jump(fault.durationMs);
        else board.clock.jump(fault.durationMs);
        return undefined;
      case 'throw':
        runner.throws += Math.ceil(fault.amount * THROWS_MAX);
        return undefined;
      case 'poke':
        runner.ears.pokes++;
        return undefined;
      case 'burst':
        runner.burstUntilMs = this.#clock.nowMs() + fault.durationMs;
        return undefined;
      case 'torn':
        this.#tears.push({ leaves: TEARS[Math.round(fault.amount * 100) % TEARS.length]!, durationMs: fault.durationMs });
        return undefined;
      case 'storeFail':
        world.disk.isFailing = true;
        return () => {
          world.disk.isFailing = false;
        };
      case 'flash':
        board.flash.isBroken = true;
        return () => {
          board.flash.isBroken = false;
        };
      case 'unknown':
        world.disk.unknownEvery = UNKNOWN_EVERY;
        return () => {
          world.disk.unknownEvery = 0;
        };
      case 'slow':
        this.slowness = SLOWNESS;
        return () => {
          this.slowness = 1;
        };
      case 'oldStore':
        world.keepStore();
        return () => world.putBackStore();
      case 'second':
        world.revive(hostName(1));
        return () => world.kill(hostName(1));
      case 'clone':
        world.startClone();
        return () => world.endClone();
      default:
        return this.#storm(fault);
    }
  }

  #kill(party: string): () => void {
    this.#world().kill(party);
    return () => this.#world().revive(party);
  }

  /** Adds to the weather of a board's links, and takes it away again. */
  #storm(fault: MoveFault): () => void {
    const { kind, amount } = fault;
    const hostile = { loss: 0.3, duplicate: amount / 2, reorder: amount, corrupt: 0.05 };
    const change: Partial<Weather> = kind === 'hostile' ? hostile : { [kind]: kind === 'reseal' ? amount / 2 : amount };
    const apply = (sign: number) => {
      for (const link of this.#world().links[fault.board]!) {
        for (const weather of link.weather) {
          for (const [name, value] of Object.entries(change)) weather[name as keyof Weather] += sign * value;
        }
      }
    };
    apply(1);
    return () => apply(-1);
  }
}

function isAimed(fault: MoveFault): fault is AimedFault {
  return fault.aim !== undefined;
}
