import type { MigrationView } from '../host/migration/report.js';
import { DEFAULT_GUEST_SESSION_BASE, HostSessions } from '../host/sessions/host-sessions.js';
import type { AgentOutput, HostListener } from '../host/sessions/types.js';
import type { Store } from '../host/store/store.js';
import { PagePool } from '../src/delta/page-pool.js';
import type { Alarm, Clock } from './clock.js';
import type { CrashPhase } from './faults.js';
import type { SimLink } from './links/port.js';
import type { HostOptions } from './options.js';
import { SimDisk, SimStore } from './store/sim-store.js';

/** A store for one life of the host. */
export interface MortalStore extends Store {
  /** The host is dead: nothing begun is finished, nobody is told. */
  crash(): void;
}

/** What the run wants to know of the host. */
export interface HostWatch {
  /** A frame is about to leave over this link. */
  hostSends(link: SimLink, bytes: Uint8Array, count: number): void;
  /** A frame has come in; `deliver` gives it to the sessions. */
  hostReceives(link: SimLink, bytes: Uint8Array, at: number, count: number, deliver: () => void): void;
  onEvent(agentId: string, kind: string, detail: string): void;
  onOutput(agentId: string, output: AgentOutput): void;
  /** A move of an agent has come to another phase. */
  onMove?(view: MigrationView): void;
  inputAccepted(): void;
  hostCrashed(): void;
}

const TIMER_STEP_MS = 0.1;
/** More guest sessions than one life has. */
const GUEST_SESSIONS = 2 ** 18;

/** One link as the running host knows it. */
class Attached {
  readonly link: SimLink;
  id = -1;
  alarm: Alarm | undefined;
  woken = false;

  constructor(link: SimLink) {
    this.link = link;
  }
}

/** The real sessions over a simulated disk and simulated links: it can die at any instant, and starts again from the disk alone. */
export class SimHost implements HostListener {
  readonly disk: SimDisk;
  sessions: HostSessions | undefined;
  store: MortalStore | undefined;
  pool: PagePool | undefined;
  crashes = 0;
  readonly #clock: Clock;
  readonly #options: HostOptions;
  readonly #watch: HostWatch;
  readonly #links: Attached[];
  readonly #openStore: () => MortalStore;

  /** `openStore`: instead of one over a disk of its own. */
  constructor(
    clock: Clock,
    seed: number,
    options: HostOptions,
    links: readonly SimLink[],
    watch: HostWatch,
    openStore: () => MortalStore = () => new SimStore(this.disk),
  ) {
    this.#clock = clock;
    this.#options = options;
    this.#watch = watch;
    this.disk = new SimDisk(clock, seed, options.disk);
    this.#openStore = openStore;
    // Links to the same topics have one end at the host.
    const first = links.filter((link, index) => links.findIndex(({ host }) => host === link.host) === index);
    this.#links = first.map((link) => new Attached(link));
    for (const attached of this.#links) {
      attached.link.host.listener = {
        opened: () => this.#attach(attached),
        closed: () => this.#detach(attached),
        drained: () => this.#pump(attached),
        frame: (bytes, at, count) => this.#receive(attached, bytes, at, count),
      };
    }
  }

  get running(): boolean {
    return this.sessions !== undefined;
  }

  start(): void {
    if (this.running) return;
    this.store = this.#openStore();
    this.pool = new PagePool(this.#options.poolPages);
    const guestSessionBase = (this.#options.guestSessionBase ?? DEFAULT_GUEST_SESSION_BASE) + this.crashes * GUEST_SESSIONS;
    const clock = () => this.#clock.nowMs();
    this.sessions = new HostSessions({ store: this.store, pool: this.pool, listener: this, guestSessionBase, clock });
    for (const { link } of this.#links) link.hostRunning(true);
  }

  crash(): void {
    if (!this.running) return;
    this.crashes++;
    this.disk.armed = undefined;
    this.store?.crash();
    this.sessions = undefined;
    for (const { link } of this.#links) link.hostRunning(false);
    this.#watch.hostCrashed();
  }

  /** Whose session this link has; undefined: none. */
  agentOn(link: SimLink): string | undefined {
    const id = this.#links.find((attached) => attached.link === link)?.id ?? -1;
    return this.sessions?.links.get(id)?.session?.entry.agentId;
  }

  /** Dies at the given phase of the next store write, or now; what is returned starts it again. */
  armCrash(phase: CrashPhase): () => void {
    if (phase === 'at-once') this.crash();
    else if (this.running) this.disk.armed = { phase, crash: () => this.crash() };
    return () => {
      this.disk.armed = undefined;
      this.start();
    };
  }

  /** A message for an agent; a host that is not there takes none. */
  sendInput(agentId: string, bytes: Uint8Array): void {
    this.sessions?.sendInput(agentId, bytes, (error) => {
      if (error === undefined) this.#watch.inputAccepted();
    });
  }

  onWake(linkId: number): void {
    const attached = this.#links.find(({ id }) => id === linkId);
    if (attached === undefined || attached.woken) return;
    attached.woken = true;
    this.#clock.at(this.#clock.nowMs(), () => {
      attached.woken = false;
      this.#pump(attached);
    });
  }

  onMigration(_agentId: string, view: MigrationView): void {
    this.#watch.onMove?.(view);
  }

  onSession(): void {}
  onHead(): void {}

  onOutput(agentId: string, output: AgentOutput): void {
    this.#watch.onOutput(agentId, output);
  }

  onEvent(agentId: string, kind: string, detail: string): void {
    this.#watch.onEvent(agentId, kind, detail);
  }

  #attach(attached: Attached): void {
    if (this.sessions === undefined) return;
    const { kind } = attached.link;
    attached.id = this.sessions.attach({ name: `${kind}:${this.#links.indexOf(attached)}`, kind, shared: kind === 'mqtt' });
    this.#pump(attached);
  }

  #detach(attached: Attached): void {
    attached.alarm?.cancel();
    if (attached.id >= 0) this.sessions?.detach(attached.id);
    attached.id = -1;
  }

  #receive(attached: Attached, bytes: Uint8Array, at: number, count: number): void {
    const { sessions } = this;
    if (sessions === undefined || attached.id < 0) return;
    const nowMs = this.#clock.nowMs();
    this.#watch.hostReceives(attached.link, bytes, at, count, () => sessions.receive(nowMs, attached.id, bytes, at, count));
    this.#pump(attached);
  }

  #pump(attached: Attached): void {
    const { sessions } = this;
    if (sessions === undefined || attached.id < 0) return;
    const nowMs = this.#clock.nowMs();
    const port = attached.link.host;
    let full = !port.ready();
    while (!full) {
      const count = sessions.poll(nowMs, attached.id);
      if (count === 0) break;
      this.#watch.hostSends(attached.link, sessions.frame, count);
      port.send(sessions.frame, 0, count);
      full = !port.ready();
    }
    attached.alarm?.cancel();
    const dueMs = full ? Number.POSITIVE_INFINITY : sessions.dueMs(nowMs, attached.id);
    if (dueMs !== Number.POSITIVE_INFINITY) {
      attached.alarm = this.#clock.at(Math.max(dueMs, nowMs + TIMER_STEP_MS), () => this.#pump(attached));
    }
  }
}
