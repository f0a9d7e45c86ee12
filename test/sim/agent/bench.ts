import { HostSessions } from '../../../host/sessions/host-sessions.js';
import type { AgentOutput, HostListener } from '../../../host/sessions/types.js';
import { VirtualClock } from '../../../sim/clock.js';
import { Random } from '../../../sim/random.js';
import { SimDisk, SimStore } from '../../../sim/store/sim-store.js';
import { type AgentDefinition, AgentRunner, type AgentRunnerOptions, readRecord } from '../../../src/agent/index.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import type { Schema } from '../../../src/state/index.js';

const AGENT_ID = new Uint8Array(16).fill(0xa1);
const BOARD_ID = new Uint8Array(16).fill(0xb1);
const AGENT = 'a1'.repeat(16);
const STEP_MS = 1;

/** One board with an agent, one host with its store, a wire that takes no time, all in virtual time. */
export class Bench<S extends Schema> implements HostListener {
  readonly clock = new VirtualClock();
  readonly definition: AgentDefinition<S>;
  readonly options: Partial<AgentRunnerOptions>;
  readonly disk = new SimDisk(this.clock, 1, { syncMinMs: 1, syncMaxMs: 3, readMs: 0.2 });
  readonly outputs: { id: string; name: string; text: string; committed: boolean; headThen: number }[] = [];
  readonly events: { kind: string; detail: string }[] = [];
  /** Messages that the host took, and what it said of others. */
  readonly accepted: string[] = [];
  readonly refused: string[] = [];
  store = new SimStore(this.disk);
  sessions: HostSessions | undefined;
  runner: AgentRunner<S> | undefined;
  linkId = -1;
  isCut = false;
  /** Chances of each frame to be lost, and to arrive twice. */
  loss = 0;
  repeats = 0;
  weather = new Random(1);
  #boots = 0;

  constructor(definition: AgentDefinition<S>, options: Partial<AgentRunnerOptions> = {}) {
    this.definition = definition;
    this.options = options;
    this.startHost();
    this.powerOn();
  }

  get nowMs(): number {
    return this.clock.nowMs();
  }

  get state() {
    return this.runner!.state;
  }

  powerOn(): void {
    this.runner = new AgentRunner(this.definition, { ...this.options, boardId: BOARD_ID, agentId: AGENT_ID, bootNonce: ++this.#boots });
    this.plug();
  }

  powerCut(): void {
    this.unplug();
    this.runner = undefined;
  }

  startHost(): void {
    this.store = new SimStore(this.disk);
    this.sessions = new HostSessions({ store: this.store, pool: new PagePool(512), listener: this });
    if (this.runner !== undefined) this.plug();
  }

  crashHost(): void {
    this.store.crash();
    this.unplug();
    this.sessions = undefined;
  }

  plug(): void {
    if (this.sessions === undefined || this.linkId >= 0) return;
    this.linkId = this.sessions.attach({ name: 'wire', kind: 'simulated', shared: false });
    this.runner!.connected(this.nowMs);
  }

  unplug(): void {
    if (this.linkId < 0) return;
    this.runner!.disconnected(this.nowMs);
    this.sessions!.detach(this.linkId);
    this.linkId = -1;
  }

  /** Lets time pass. */
  run(forMs: number): void {
    const endMs = this.nowMs + forMs;
    while (this.nowMs < endMs) {
      const nextMs = Math.min(endMs, this.nowMs + STEP_MS);
      while (this.clock.step(nextMs)) this.#pump();
      this.runner?.tick(this.nowMs);
      this.#pump();
    }
  }

  /** Until the host holds everything, or until it is plain that it never will. */
  settle(): void {
    for (let tries = 0; tries < 200 && !this.isEqual; tries++) this.run(50);
  }

  get isEqual(): boolean {
    const held = this.store.durable(AGENT);
    const { memory, link } = this.runner!;
    if (held === undefined || !link.isSettled || held.record.sequence !== link.acknowledgedSequence) return false;
    for (let at = 0; at < memory.sizeBytes; at++) if (held.state[at] !== memory.bytes[at]) return false;
    return true;
  }

  headSequence(): number {
    return this.store.durable(AGENT)?.record.sequence ?? 0;
  }

  headState(): Uint8Array {
    return this.store.durable(AGENT)!.state;
  }

  send(text: string): void {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    this.sessions!.sendInput(AGENT, bytes, (error) => {
      if (error === undefined) this.accepted.push(text);
      else this.refused.push(error.message);
    });
  }

  #pump(): void {
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (let count = this.#poll(true); count > 0; count = this.#poll(true)) isBusy = true;
      for (let count = this.#poll(false); count > 0; count = this.#poll(false)) isBusy = true;
    }
  }

  #poll(isUp: boolean): number {
    const { runner, sessions, linkId, nowMs } = this;
    if (runner === undefined || sessions === undefined || linkId < 0) return 0;
    const count = isUp ? runner.poll(nowMs) : sessions.poll(nowMs, linkId);
    if (count === 0 || this.isCut) return count;
    if (this.weather.chance(this.loss)) return count;
    const frame = (isUp ? runner : sessions).frame.slice(0, count);
    for (let times = this.weather.chance(this.repeats) ? 2 : 1; times > 0; times--) {
      if (isUp) sessions.receive(nowMs, linkId, frame, 0, count);
      else runner.receive(nowMs, frame, 0, count);
    }
    return count;
  }

  onWake(): void {}
  onSession(): void {}
  onHead(): void {}

  onOutput(_agentId: string, output: AgentOutput): void {
    const { name, data } = readRecord(output.bytes, output.bytes.length);
    const text = String.fromCharCode(...data);
    const id = `${output.sequence}.${output.index}`;
    this.outputs.push({ id, name, text, committed: output.committed, headThen: this.headSequence() });
  }

  onEvent(_agentId: string, kind: string, detail: string): void {
    this.events.push({ kind, detail });
  }
}
