import type { AgentOutput } from '../../host/sessions/types.js';
import type { Clock } from '../clock.js';
import type { SimDevice } from '../device.js';
import type { Damage } from '../links/damage.js';
import { type Direction, DOWN, type SimLink, UP } from '../links/port.js';
import type { HostWatch, SimHost } from '../sim-host.js';
import type { Trace } from '../trace.js';
import type { Unit } from '../unit.js';
import { whyNotConverged } from './convergence.js';
import { DeltaSizes } from './delta-sizes.js';
import { type Peeked, peekFrame } from './frame-peek.js';
import { FrameTags } from './frame-tags.js';
import { refusals } from './frame-watch.js';
import { differsFrom } from './history.js';
import type { RarePathCounts } from './rare-paths.js';
import { firstDifference, Violation } from './violation.js';
import { countFrame } from './wire-paths.js';

const FRAME_BYTES_MAX = 280;
/** The default of the host's sessions. */
const INPUTS_MAX = 64;
/** The host's memory is compared at every so many events. */
const LOOK_EVERY = 8;
const ACK_DONE = 1;
const PHASE_OFFLINE = 0;

/** One link as the checker knows it. */
interface Wire {
  readonly unit: Unit;
  readonly device: SimDevice;
  readonly sizes: DeltaSizes;
  /** The session that the host named last on this link. */
  session: number;
  /** Session and number of the delta that the host acknowledged last. */
  done: string;
}

/** Judges the host and everything that passes over the links; each board has a watch of its own. */
export class Checker implements HostWatch {
  readonly #clock: Clock;
  readonly #rare: RarePathCounts;
  readonly #trace: Trace;
  readonly #tags: FrameTags;
  readonly #wires = new Map<SimLink, Wire>();
  /** The states that were compared last. */
  readonly #heads = new Map<Unit, Uint8Array>();
  #events = 0;
  readonly #outputs = new Map<string, string>();
  /** Ids of immediate outputs that left a board. */
  readonly #said = new Set<string>();
  #units: readonly Unit[] = [];
  #host: SimHost | undefined;

  constructor(clock: Clock, rare: RarePathCounts, trace: Trace) {
    this.#clock = clock;
    this.#rare = rare;
    this.#trace = trace;
    this.#tags = new FrameTags(rare);
  }

  begin(units: readonly Unit[], host: SimHost): void {
    this.#units = units;
    this.#host = host;
    for (const unit of units) {
      for (const device of unit.devices) {
        for (const link of device.links) this.#wires.set(link, { unit, device, session: 0, done: '', sizes: new DeltaSizes() });
      }
    }
  }

  get deltas(): number {
    return [...this.#wires.values()].reduce((sum, wire) => sum + wire.sizes.deltas, 0);
  }

  /** I1 and I5, of the whole. A head that was found right is looked at again now and then. */
  afterEvent(): void {
    const isLook = ++this.#events % LOOK_EVERY === 0;
    for (const unit of this.#units) {
      const head = this.#host!.disk.image.peek(unit.agentId);
      if (head === undefined || (!isLook && this.#heads.get(unit) === head.state)) continue;
      this.#heads.set(unit, head.state);
      const { sequence, headEpoch } = head.record;
      const commit = unit.history.find(headEpoch, sequence);
      if (commit === undefined) throw new Violation('I1', `agent ${unit.index}: the head is sequence ${sequence}, which nobody committed`);
      const at = differsFrom(commit, head.state);
      if (at >= 0) {
        throw new Violation('I1', `agent ${unit.index}: byte ${at} of the head at sequence ${sequence} is not what the board had there`);
      }
    }
    const { pool } = this.#host!;
    if (isLook) for (const unit of this.#units) this.#checkMemory(unit);
    if (pool && !(pool.freeCount >= 0 && pool.freeCount <= pool.cellCount))
      throw new Violation('I5', `the pool has ${pool.freeCount} free cells`);
  }

  /** I1 of what the host holds in memory, I4, and the bound of what it queues. */
  #checkMemory(unit: Unit): void {
    const { sessions } = this.#host!;
    const view = sessions?.agent(unit.agentId);
    const record = this.#host!.disk.image.peek(unit.agentId)?.record;
    const state = view && view.sequence === record?.sequence ? sessions?.state(unit.agentId) : undefined;
    if (state && record) {
      const at = differsFrom(unit.history.find(record.headEpoch, record.sequence)!, state);
      if (at >= 0) throw new Violation('I1', `agent ${unit.index}: byte ${at} of the head in the host's memory is not the board's`);
    }
    if (view && view.inputsWaiting > INPUTS_MAX) throw new Violation('I5', `agent ${unit.index}: ${view.inputsWaiting} inputs wait`);
    if (unit.devices.every((device) => unit.owns(device))) throw new Violation('I4', `agent ${unit.index} has two owners in one epoch`);
  }

  /** Sees and damages the frames of a device's links. */
  tap(linkOf: () => SimLink): Damage {
    return {
      sent: (direction, frame) => this.#sent(this.#wires.get(linkOf())!, direction, frame),
      corrupt: (_direction, frame, random) => this.#tags.corrupt(frame, random),
      reseal: (_direction, frame, random) => this.#tags.reseal(frame, random),
    };
  }

  hostSends(link: SimLink, bytes: Uint8Array, count: number): void {
    const wire = this.#wires.get(link)!;
    const peeked = peekFrame(bytes, 0, count);
    this.#note(DOWN, bytes, 0, count);
    if (peeked.kind === 'welcome') wire.session = peeked.session;
    if (peeked.kind === 'ack') {
      for (const [other, { sizes }] of this.#wires) {
        if (other.host === link.host) sizes.acknowledged(wire.session, peeked.number, peeked.framesInOrder);
      }
    }
    if (peeked.kind === 'ack' && peeked.state === ACK_DONE) {
      if (wire.done === `${wire.session} ${peeked.number}`) this.#rare.add('acknowledgement lost');
      wire.done = `${wire.session} ${peeked.number}`;
    }
    this.#checkPromise(wire.unit, peeked);
    countFrame(this.#rare, DOWN, peeked, bytes);
  }

  hostReceives(link: SimLink, bytes: Uint8Array, at: number, count: number, deliver: () => void): void {
    const { unit } = this.#wires.get(link)!;
    this.#note(UP + 2, bytes, at, count);
    const tag = this.#tags.of(bytes);
    const record = this.#host!.disk.image.peek(unit.agentId)?.record;
    if (tag === undefined || !this.#tags.isForeign(tag, record?.session ?? 0)) {
      deliver();
      return;
    }
    const { counters } = this.#host!.sessions!;
    const before = this.#hostView(unit);
    const refused = refusals(counters);
    deliver();
    const after = this.#hostView(unit);
    if (before !== after) throw new Violation('I6', `agent ${unit.index}: a frame that is not the host's changed ${before} to ${after}`);
    if (refusals(counters) !== refused + 1)
      throw new Violation('I6', `agent ${unit.index}: a frame that is not the host's was not refused`);
  }

  /** Gives a frame to a board's link; I6: one that is damaged or of an old session changes nothing. */
  boardReceives(unit: Unit, device: SimDevice, bytes: Uint8Array, deliver: () => void): void {
    const { program } = device.board;
    const tag = this.#tags.of(bytes);
    if (program === undefined || tag === undefined || !this.#tags.isForeign(tag, program.link.session)) {
      deliver();
      return;
    }
    const view = () => {
      const { phase, session, epoch, sequence, acknowledgedSequence, hasState } = program.link;
      return [phase, session, epoch, sequence, acknowledgedSequence, hasState].join(' ');
    };
    const before = view();
    const refused = refusals(program.link.counters);
    const memory = program.memory.bytes.slice();
    deliver();
    if (program.link.phase !== PHASE_OFFLINE && refusals(program.link.counters) !== refused + 1) {
      throw new Violation('I6', `board ${unit.index}: a frame that is not the board's was not refused`);
    }
    if (view() !== before) throw new Violation('I6', `board ${unit.index}: a frame that is not the board's changed ${before} to ${view()}`);
    const at = firstDifference(memory, program.memory.bytes, memory.length);
    if (at >= 0) throw new Violation('I6', `board ${unit.index}: a frame that is not the board's changed byte ${at}`);
  }

  onEvent(_agentId: string, kind: string): void {
    if (kind.includes('diverge')) this.#rare.add('divergence kept');
  }

  onOutput(agentId: string, output: AgentOutput): void {
    if (!output.committed) return;
    const id = `${agentId} ${output.sequence} ${output.index}`;
    const text = Buffer.from(output.bytes).toString('hex');
    const before = this.#outputs.get(id);
    if (before === undefined) this.#rare.add('output released');
    else if (before === text) this.#rare.add('output released again');
    else throw new Violation('I1', `output ${id} was released with two contents`);
    this.#outputs.set(id, text);
  }

  inputAccepted(): void {
    this.#rare.add('input accepted');
  }

  hostCrashed(): void {
    this.#rare.add('host crash');
  }

  /** Every agent has one owner, whose state is acknowledged, durable and equal byte for byte. */
  hasConverged(): boolean {
    return this.#units.every((unit) => whyNotConverged(unit, this.#host!) === undefined);
  }

  explainDivergence(): never {
    const reasons = this.#units.map((unit) => whyNotConverged(unit, this.#host!)).filter((reason) => reason !== undefined);
    throw new Violation('convergence', reasons.join('; '));
  }

  /** Counts what is counted at both ends, once the run is over. */
  finish(): void {
    const disk = this.#host!.disk;
    this.#rare.add('host crash between write and sync', disk.unsyncedCrashes);
    this.#rare.add('host crash between sync and answer', disk.unansweredCrashes);
    this.#rare.add('store write failed', disk.failures);
    for (const unit of this.#units) unit.countRarePaths();
  }

  #sent(wire: Wire, direction: Direction, frame: Uint8Array): void {
    if (frame.length > FRAME_BYTES_MAX) throw new Violation('I5', `a frame of ${frame.length} bytes`);
    const peeked = peekFrame(frame, 0, frame.length);
    const session = direction === UP ? (wire.device.board.program?.link.session ?? 0) : wire.session;
    this.#tags.sent(frame, session, peeked);
    if (direction === DOWN) return;
    this.#note(UP, frame, 0, frame.length);
    countFrame(this.#rare, UP, peeked, frame);
    if (peeked.kind === 'delta') this.#checkSize(wire, session, peeked);
    if (peeked.kind === 'output') this.#checkId(wire.unit, peeked);
  }

  /** I7: a delta takes no more bytes than what was changed since the last one that was acknowledged. */
  #checkSize(wire: Wire, session: number, delta: Peeked & { readonly kind: 'delta' }): void {
    const bytes = wire.sizes.add(session, delta);
    const { windowFrames } = wire.unit.options;
    if (delta.index >= wire.sizes.framesInOrder + windowFrames) {
      throw new Violation('I5', `agent ${wire.unit.index}: frame ${delta.index} leaves an outbox of ${windowFrames} frames too early`);
    }
    const allowed = wire.unit.watch(wire.device)?.uplink.model.allowedBytes ?? 0;
    if (bytes > allowed)
      throw new Violation('I7', `agent ${wire.unit.index}: a delta of ${bytes} bytes for a change that takes ${allowed}`);
  }

  /** A sequence is never used twice for an agent, whatever was lost: each immediate output leaves once, under an id of its own. */
  #checkId(unit: Unit, { sequence, index }: Peeked & { readonly kind: 'output' }): void {
    const id = `${unit.agentId} ${sequence} ${index}`;
    if (this.#said.has(id)) throw new Violation('I1', `agent ${unit.index}: a second output left a board as ${sequence}.${index}`);
    this.#said.add(id);
    this.#rare.add('output left at once');
  }

  /** I2: the host says only what is on the disk. */
  #checkPromise(unit: Unit, peeked: Peeked): void {
    const record = this.#host!.disk.image.peek(unit.agentId)?.record;
    const sequence = record?.sequence ?? 0;
    if (peeked.kind === 'ack' && peeked.state === ACK_DONE && peeked.sequence > sequence) {
      throw new Violation('I2', `agent ${unit.index}: sequence ${peeked.sequence} is acknowledged, the disk has ${sequence}`);
    }
    if (peeked.kind !== 'welcome') return;
    if (record === undefined || peeked.session > record.session || peeked.epoch > record.epoch || peeked.sequence > sequence) {
      throw new Violation('I2', `agent ${unit.index}: a welcome names what the disk does not have`);
    }
  }

  #hostView(unit: Unit): string {
    const host = this.#host!;
    const view = host.sessions?.agent(unit.agentId);
    return JSON.stringify([view?.epoch, view?.session, view?.sequence, view?.digest, view?.linkId, host.pool?.freeCount]);
  }

  #note(kind: number, bytes: Uint8Array, at: number, count: number): void {
    this.#trace.event(this.#clock.nowMs(), kind, bytes, at, count);
  }
}
