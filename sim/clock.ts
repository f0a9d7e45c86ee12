/** Time as a simulated part sees it. Virtual and real time both have this shape. */
export interface Clock {
  nowMs(): number;
  /** Runs `action` at `timeMs` (never in the past: an earlier time means now). */
  at(timeMs: number, action: () => void): Alarm;
}

export interface Alarm {
  cancel(): void;
}

class VirtualAlarm implements Alarm {
  readonly timeMs: number;
  readonly order: number;
  action: (() => void) | undefined;

  constructor(timeMs: number, order: number, action: () => void) {
    this.timeMs = timeMs;
    this.order = order;
    this.action = action;
  }

  cancel(): void {
    this.action = undefined;
  }
}

const before = (a: VirtualAlarm, b: VirtualAlarm) => a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.order < b.order);

/** Jumps from event to event; events of the same instant run in the order in which they were set. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #order = 0;
  readonly #heap: VirtualAlarm[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  at(timeMs: number, action: () => void): Alarm {
    if (Number.isNaN(timeMs)) throw new RangeError('an alarm needs a time');
    const alarm = new VirtualAlarm(Math.max(timeMs, this.#nowMs), this.#order++, action);
    this.#push(alarm);
    return alarm;
  }

  /** How far away each event is that is still to come, in their order. */
  get pendingMs(): number[] {
    const pending = this.#heap.filter(({ action }) => action !== undefined);
    return pending.map(({ timeMs }) => timeMs - this.#nowMs).sort((a, b) => a - b);
  }

  /** Runs the next event; false when there is none up to `limitMs`, and then the time is `limitMs`. */
  step(limitMs: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.timeMs > limitMs) {
        if (limitMs > this.#nowMs && limitMs !== Number.POSITIVE_INFINITY) this.#nowMs = limitMs;
        return false;
      }
      this.#pop();
      if (next.action === undefined) continue;
      this.#nowMs = next.timeMs;
      const { action } = next;
      next.action = undefined;
      action();
      return true;
    }
  }

  #push(alarm: VirtualAlarm): void {
    const heap = this.#heap;
    let i = heap.push(alarm) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(alarm, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = alarm;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}

/** Wall-clock time, for simulated boards that join a real host. */
export class RealClock implements Clock {
  nowMs(): number {
    return performance.now();
  }

  at(timeMs: number, action: () => void): Alarm {
    const timer = setTimeout(action, Math.min(Math.max(0, timeMs - performance.now()), 0x7fffffff));
    return { cancel: () => clearTimeout(timer) };
  }
}
