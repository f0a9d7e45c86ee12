import type { HostSessions } from './sessions/host-sessions.js';
import type { FrameLink, LinkUser } from './transports/frame-link.js';

/** Frames for one link before another one has its turn. */
const FRAMES_PER_TURN = 32;
const TIMER_MS_MAX = 60_000;

/** Drives the sessions: hands them what the links bring, sends what they have ready, and wakes them when something is due. */
export class Pump implements LinkUser {
  readonly #sessions: HostSessions;
  readonly #links = new Map<number, FrameLink>();
  readonly #ready = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #scheduled = false;
  #stopped = false;

  constructor(sessions: HostSessions) {
    this.#sessions = sessions;
  }

  /** The clock of every session: milliseconds that never go back. */
  static nowMs(): number {
    return performance.now();
  }

  opened(link: FrameLink): number {
    const linkId = this.#sessions.attach(link);
    this.#links.set(linkId, link);
    this.wake(linkId);
    return linkId;
  }

  received(linkId: number, bytes: Uint8Array, at: number, count: number): void {
    if (!this.#links.has(linkId)) return;
    this.#sessions.receive(Pump.nowMs(), linkId, bytes, at, count);
    this.wake(linkId);
  }

  drained(linkId: number): void {
    this.wake(linkId);
  }

  closed(linkId: number): void {
    if (!this.#links.delete(linkId)) return;
    this.#ready.delete(linkId);
    this.#sessions.detach(linkId);
  }

  /** The link may have something to send now. */
  wake(linkId: number): void {
    if (this.#stopped) return;
    this.#ready.add(linkId);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #turn(): void {
    this.#scheduled = false;
    if (this.#stopped) return;
    const nowMs = Pump.nowMs();
    if (nowMs >= this.#timerDueMs) for (const linkId of this.#links.keys()) this.#ready.add(linkId);
    const ready = [...this.#ready];
    this.#ready.clear();
    for (const linkId of ready) this.#send(nowMs, linkId);
    this.#setTimer(nowMs);
  }

  #send(nowMs: number, linkId: number): void {
    const link = this.#links.get(linkId);
    if (link === undefined) return;
    for (let frames = 0; frames < FRAMES_PER_TURN; frames++) {
      if (!link.writable) return;
      const count = this.#sessions.poll(nowMs, linkId);
      if (count === 0) return;
      link.send(this.#sessions.frame, 0, count);
    }
    this.wake(linkId);
  }

  #setTimer(nowMs: number): void {
    const dueMs = this.#sessions.dueMs(nowMs);
    if (this.#timer !== undefined && dueMs === this.#timerDueMs) return;
    clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    const waitMs = Math.min(Math.max(0, Math.ceil(dueMs - nowMs)), TIMER_MS_MAX);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#turn();
    }, waitMs);
  }
}
