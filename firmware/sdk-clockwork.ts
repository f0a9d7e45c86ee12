import type { Clockwork } from 'godwit/firmware/network-io';
import { TickClock } from 'godwit/firmware/tick-clock';
import Instrumentation from 'instrumentation';
import Time from 'time';
import Timer from 'timer';

/** A timer that never repeats is freed when it has run; this one is set anew long before. */
const NEVER_MS = 3_600_000;
const TWO_32 = 0x100000000;

/** What the SDK gives on every target: time, one timer, chance, and readings of its memory. */
export class SdkClockwork implements Clockwork {
  readonly #clock = new TickClock(Time.ticks);
  #timer: Timer | undefined;
  #wake: (() => void) | undefined;

  nowMs(): number {
    return this.#clock.at(Time.ticks);
  }

  /** Of the chip's hardware, which is a true source while its radio is on (ESP-IDF, "Random Number Generation"). */
  randomU32(): number {
    return Math.floor(Math.random() * TWO_32) >>> 0;
  }

  wakeAfter(delayMs: number, wake: () => void): void {
    this.#wake = wake;
    if (this.#timer === undefined) this.#timer = Timer.set(() => this.#wake?.(), delayMs, NEVER_MS);
    else Timer.schedule(this.#timer, delayMs, NEVER_MS);
  }

  ramReport(): string | undefined {
    const free = read('System Free Memory');
    if (free === undefined) return undefined;
    return `RAM: ${free} bytes free, slots ${read('XS Slot Heap Used')}, chunks ${read('XS Chunk Heap Used')}, stack ${read('XS Stack Used')}`;
  }
}

/** Undefined in builds without instrumentation. */
function read(name: Parameters<typeof Instrumentation.map>[0]): number | undefined {
  const index = Instrumentation.map(name);
  return index === undefined ? undefined : Instrumentation.get(index);
}
