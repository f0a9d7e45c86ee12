import type { BoardProgram, ProgramMaker } from './boards/program.js';
import type { Alarm, Clock } from './clock.js';
import type { Port, PortListener } from './links/port.js';
import type { Random } from './random.js';

export interface SimulatedBoardOptions {
  readonly clock: Clock;
  /** Draws boot nonces, as a board's noise source does. */
  readonly random: Random;
  readonly makeProgram: ProgramMaker;
  /** Called after everything that the board did. */
  readonly onActivity?: () => void;
  /** Called with every frame that arrives; `deliver` gives it to the link. */
  readonly onFrame?: (bytes: Uint8Array, deliver: () => void) => void;
}

/** A chip's own timers do not fire more finely than this. */
const TIMER_STEP_MS = 0.1;
/** While the transport takes nothing, what is due may be a frame; turns are looked after so often. */
const FULL_STEP_MS = 2;

/**
 * A board that runs the real core. Its time and its transport are given to it: a virtual clock and a simulated link, or the wall
 * clock and a real broker. It loses its RAM with its power, and keeps it while it only sleeps.
 */
export class SimulatedBoard implements PortListener {
  program: BoardProgram | undefined;
  readonly #options: SimulatedBoardOptions;
  #port: Port | undefined;
  #alarm: Alarm | undefined;
  #asleep = false;
  #busy = false;

  constructor(options: SimulatedBoardOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.program !== undefined && !this.#asleep;
  }

  /** The transport to use from now on; undefined: none. The one before is left. */
  plug(port: Port | undefined): void {
    const left = this.#port;
    if (left !== undefined) left.listener = undefined;
    if (left?.isOpen) this.closed();
    this.#port = port;
    if (port === undefined) return;
    port.listener = this;
    if (port.isOpen) this.opened();
  }

  /** Starts with empty RAM. */
  powerOn(): void {
    const { clock, random, makeProgram } = this.#options;
    this.#asleep = false;
    this.#busy = false;
    this.program = makeProgram({ nowMs: clock.nowMs(), bootNonce: random.u32() });
    if (this.#port?.isOpen) this.opened();
    else this.#go();
  }

  /** Power and RAM are gone. */
  powerLoss(): void {
    this.program = undefined;
    this.#asleep = false;
    this.#busy = false;
    this.#alarm?.cancel();
  }

  /** Stops with its RAM kept; the transport is lost. */
  sleep(): void {
    if (!this.running) return;
    this.closed();
    this.#asleep = true;
    this.#alarm?.cancel();
  }

  wake(): void {
    if (!this.#asleep) return;
    this.#asleep = false;
    if (this.#port?.isOpen) this.opened();
    else this.#go();
  }

  opened(): void {
    if (!this.running) return;
    this.program!.connected(this.#options.clock.nowMs());
    this.#go();
  }

  closed(): void {
    if (!this.running) return;
    this.program!.disconnected(this.#options.clock.nowMs());
    this.#go();
  }

  frame(bytes: Uint8Array, at: number, count: number): void {
    if (!this.running) return;
    const { clock, onFrame } = this.#options;
    const deliver = () => this.program!.receive(clock.nowMs(), bytes, at, count);
    if (onFrame) onFrame(bytes, deliver);
    else deliver();
    this.#go();
  }

  drained(): void {
    this.#go();
  }

  /** Turns that are due, frames that can leave, and the next alarm. */
  #go(): void {
    const program = this.program;
    if (!this.running || program === undefined || this.#busy) return;
    this.#busy = true;
    const nowMs = this.#options.clock.nowMs();
    program.run(nowMs);
    const full = this.#send(program, nowMs);
    this.#busy = false;
    this.#options.onActivity?.();
    if (this.program === program) this.#setAlarm(program, nowMs, full);
  }

  /** True: the transport takes no more for now, and will say when it does. */
  #send(program: BoardProgram, nowMs: number): boolean {
    const port = this.#port;
    if (!port?.isOpen) return true;
    while (port.ready()) {
      const count = program.poll(nowMs);
      if (count === 0) return false;
      port.send(program.frame, 0, count);
    }
    return true;
  }

  #setAlarm(program: BoardProgram, nowMs: number, full: boolean): void {
    this.#alarm?.cancel();
    const dueMs = program.dueMs(nowMs);
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#alarm = this.#options.clock.at(Math.max(dueMs, nowMs + (full ? FULL_STEP_MS : TIMER_STEP_MS)), () => this.#go());
  }
}
