import { PageMemory } from '../memory/page-memory.js';
import { describeState, type Plain } from '../state/describe.js';
import { encodeUtf8, utf8Bytes } from '../state/utf8.js';
import type { AgentDefinition } from './definition.js';
import { AgentEngine } from './engine.js';
import type { TurnPort } from './turn.js';

export interface RebuildOptions {
  /** The same seed draws the same events and rebuilds. Default 1. */
  readonly seed?: number;
  /** Messages and passages of time that the agent goes through. Default 200. */
  readonly events?: number;
  /** How often it is rebuilt from its state. Default 20. */
  readonly rebuilds?: number;
  /** Longest passage of time between two events. Default 5000. */
  readonly maxPauseMs?: number;
  /** What may be sent to the agent. Default: nothing. */
  readonly messages?: readonly (string | Uint8Array)[];
}

export interface RebuildReport {
  readonly turns: number;
  readonly rebuilds: number;
}

interface Event {
  readonly pauseMs: number;
  readonly message: Uint8Array | undefined;
}

/** Turns after one event, so that a timer of 1 ms cannot hold up a test. */
const TURNS_PER_EVENT_MAX = 1000;
const EVENTS_AFTER_REBUILD = 40;

/**
 * Lets an agent live through random events, then rebuilds it from its state as it was after some of them, and lets each copy live on
 * through the same events. A copy that comes to another state or puts out something else depends on what is not in the state.
 * @param make makes the agent's definition anew, so that variables beside it start anew too; a definition is taken as it is
 * @throws Error naming the field that differs, or the output
 */
export function rebuildAndCompare(make: AgentDefinition | (() => AgentDefinition), options: RebuildOptions = {}): RebuildReport {
  const { seed = 1, events: eventCount = 200, rebuilds = 20 } = options;
  const random = randomNumbers(seed);
  const create = typeof make === 'function' ? make : () => make;
  const events = drawEvents(options, eventCount, random);
  const original = new Trial(create());
  original.initialise();
  const moments = [original.moment()];
  for (const event of events) {
    original.live(event);
    moments.push(original.moment());
  }
  for (let count = 0; count < rebuilds; count++) {
    // The first copy starts where the original did: it meets what the original left in variables that are shared.
    const start = count === 0 ? 0 : Math.floor(random() * events.length);
    const copy = new Trial(create());
    copy.resume(moments[start]!);
    const end = Math.min(events.length, start + EVENTS_AFTER_REBUILD);
    for (let index = start; index < end; index++) {
      copy.live(events[index]!);
      copy.compare(moments[index + 1]!, `rebuilt after event ${start} of seed ${seed}, at event ${index + 1}`);
    }
  }
  return { turns: original.sequence, rebuilds };
}

interface Moment {
  readonly nowMs: number;
  readonly sequence: number;
  readonly state: Uint8Array;
  readonly outputs: string;
}

/** One life of an agent without a board: the same turns that a runner would run. The board's time is the agent's. */
class Trial implements TurnPort {
  sequence = 0;
  readonly #definition: AgentDefinition;
  readonly #memory: PageMemory;
  readonly #engine: AgentEngine;
  #nowMs = 0;
  #outputs = '';

  constructor(definition: AgentDefinition) {
    this.#definition = definition;
    this.#memory = new PageMemory({ sizeBytes: definition.sizeBytes });
    this.#engine = new AgentEngine(definition, this.#memory, this);
  }

  nextSequence(): number {
    return this.sequence + 1;
  }

  acknowledgedSequence(): number {
    return this.sequence;
  }

  sendOutput(bytes: Uint8Array, at: number, count: number): boolean {
    for (let index = at; index < at + count; index++) this.#outputs += String.fromCharCode(bytes[index]!);
    return true;
  }

  initialise(): void {
    this.#engine.initialise(0);
    this.sequence = 1;
  }

  resume(moment: Moment): void {
    this.#memory.load(0, moment.state, 0, moment.state.length);
    this.sequence = moment.sequence;
    this.#nowMs = moment.nowMs;
    this.#engine.adopt(this.#engine.block.clockMs);
  }

  live(event: Event): void {
    this.#outputs = '';
    const endMs = this.#nowMs + event.pauseMs;
    for (let turns = 0; turns < TURNS_PER_EVENT_MAX && this.#engine.dueMs() <= endMs; turns++) {
      this.#nowMs = Math.max(this.#nowMs, this.#engine.dueMs());
      const timer = this.#engine.dueTimer(this.#nowMs);
      this.#turn(
        () => this.#engine.runTimer(this.#nowMs, timer),
        () => this.#engine.skipTimer(this.#nowMs, timer),
      );
    }
    this.#nowMs = endMs;
    const { message } = event;
    if (message === undefined) return;
    const number = this.#engine.block.inputCount + 1;
    this.#turn(
      () => this.#engine.runMessage(endMs, number, message, 0, message.length),
      () => this.#engine.skipMessage(endMs, number),
    );
  }

  moment(): Moment {
    return { nowMs: this.#nowMs, sequence: this.sequence, state: this.#state(), outputs: this.#outputs };
  }

  compare(expected: Moment, when: string): void {
    if (this.#outputs !== expected.outputs) throw difference(when, 'immediate outputs', this.#outputs, expected.outputs);
    const state = this.#state();
    for (let at = 0; at < state.length; at++) if (state[at] !== expected.state[at]) throw this.#stateDifference(expected, when, at);
  }

  /** A turn that throws is set aside at once: its changes are undone. */
  #turn(run: () => void, skip: () => void): void {
    const before = this.#state();
    try {
      run();
    } catch {
      this.#memory.load(0, before, 0, before.length);
      skip();
    }
    this.sequence++;
  }

  #state(): Uint8Array {
    return this.#memory.bytes.slice(0, this.#memory.sizeBytes);
  }

  #stateDifference(expected: Moment, when: string, at: number): Error {
    const { state } = this.#definition;
    const actual = describeState(state, this.#engine.state);
    this.#memory.load(0, expected.state, 0, expected.state.length);
    const found = firstDifference('', actual, describeState(state, this.#engine.state));
    return found === undefined ? difference(when, `byte ${at} of the runtime block`, 'other', 'its own') : difference(when, ...found);
  }
}

function difference(when: string, what: string, actual: unknown, expected: unknown): Error {
  return new Error(
    `${when}: ${what} is ${JSON.stringify(actual)}, with the original it is ${JSON.stringify(expected)}; ` +
      'the agent keeps something outside its state',
  );
}

function firstDifference(path: string, actual: Plain, expected: Plain): [string, Plain, Plain] | undefined {
  if (typeof actual !== 'object' || typeof expected !== 'object') return Object.is(actual, expected) ? undefined : [path, actual, expected];
  const a = actual as { readonly [name: string]: Plain };
  const b = expected as { readonly [name: string]: Plain };
  for (const name of Object.keys({ ...a, ...b })) {
    const inner = path === '' ? name : `${path}.${name}`;
    const found = firstDifference(inner, a[name] ?? 'missing', b[name] ?? 'missing');
    if (found !== undefined) return found;
  }
  return undefined;
}

function drawEvents(options: RebuildOptions, count: number, random: () => number): Event[] {
  const { maxPauseMs = 5000, messages = [] } = options;
  const events: Event[] = [];
  for (let index = 0; index < count; index++) {
    const message = messages.length > 0 && random() < 0.4 ? messages[Math.floor(random() * messages.length)] : undefined;
    events.push({ pauseMs: Math.floor(random() * (maxPauseMs + 1)), message: typeof message === 'string' ? toUtf8(message) : message });
  }
  return events;
}

function toUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Bytes(text));
  encodeUtf8(text, bytes, 0, bytes.length);
  return bytes;
}

/** Numbers from 0 to under 1: mulberry32 (Ettinger 2017). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}
