import { StateDefinition } from '../state/definition.js';
import type { StateOf } from '../state/state-of.js';
import type { Schema } from '../state/types.js';
import { encodeUtf8, utf8Bytes } from '../state/utf8.js';
import { LEASE_MS_MAX, LEASE_MS_MIN } from '../wire/constants.js';
import type { Message } from './message.js';
import { encodePreamble, isName } from './preamble.js';
import { MAX_OUTPUT_RING_BYTES, MAX_OUTPUTS, MAX_TIMERS, runtimeBytes } from './runtime-layout.js';
import type { Turn } from './turn.js';

/** At once, wanted or not by the time it arrives; or only once the host holds the commit that made it. */
export type OutputKind = 'immediate' | 'committed';

export type TimerHandler<S, T extends string, O extends string> = (state: StateOf<S>, turn: Turn<T, O>) => void;

export interface AgentOptions<S extends Schema, T extends string, O extends string> {
  /** 1 to 32 bytes of UTF-8. */
  readonly name: string;
  readonly version?: string;
  readonly state: S;
  /** The first turn of a new agent; its state is all zeros, its timers are off. */
  readonly initialise?: (state: StateOf<S>, turn: Turn<T, O>) => void;
  /** At most 16; started and stopped by a turn: `turn.every('sample', 1000)`. */
  readonly timers?: { readonly [N in T]: TimerHandler<S, T, O> };
  readonly message?: (state: StateOf<S>, message: Message, turn: Turn<T, O>) => void;
  /** At most 16. */
  readonly outputs?: { readonly [N in O]: OutputKind };
  /** Room for committed outputs that the host does not hold yet. Default 512, or 0 without committed outputs. */
  readonly outputBytes?: number;
  /** What a board does that lost its RAM while the host is away. Default 'wait'. */
  readonly whenHostAway?: 'wait' | 'run';
  /**
   * Milliseconds, 100 to 86,400,000: the agent stops when it has not heard from its host for so long, so that it never runs on two boards
   * at once, partitions included. Not with whenHostAway 'run'. Default: it runs on.
   */
  readonly lease?: number;
}

const AGENT_NAME_BYTES = 32;
const DEFAULT_OUTPUT_BYTES = 512;

/** An agent's program, worked out and checked. Make it once, at module level, so that it can be preloaded into flash. */
// biome-ignore lint/suspicious/noExplicitAny: any agent, whatever its schema; its handlers are called with its own state only
export class AgentDefinition<S extends Schema = any> {
  readonly name: string;
  /** UTF-8. */
  readonly nameBytes: Uint8Array;
  readonly version: string;
  readonly state: StateDefinition<S>;
  readonly initialise: ((state: StateOf<S>, turn: Turn) => void) | undefined;
  readonly message: ((state: StateOf<S>, message: Message, turn: Turn) => void) | undefined;
  readonly timerNames: readonly string[];
  readonly timerHandlers: readonly TimerHandler<S, string, string>[];
  readonly outputNames: readonly string[];
  readonly outputNameBytes: readonly Uint8Array[];
  readonly outputKinds: readonly OutputKind[];
  readonly ringBytes: number;
  readonly whenHostAway: 'wait' | 'run';
  /** 0: none. */
  readonly leaseMs: number;

  constructor(options: AgentOptions<S, string, string>) {
    this.name = options.name;
    this.nameBytes = checkedName(options.name);
    this.version = options.version ?? '';
    this.initialise = options.initialise;
    this.message = options.message;
    this.timerNames = checkedNames('timers', options.timers ?? {}, MAX_TIMERS);
    this.timerHandlers = this.timerNames.map((name) => options.timers![name]!);
    this.outputNames = checkedNames('outputs', options.outputs ?? {}, MAX_OUTPUTS);
    this.outputNameBytes = this.outputNames.map((name) => toBytes(name));
    this.outputKinds = this.outputNames.map((name) => checkedKind(name, options.outputs![name]!));
    this.ringBytes = checkedRing(options.outputBytes ?? (this.outputKinds.includes('committed') ? DEFAULT_OUTPUT_BYTES : 0));
    this.whenHostAway = options.whenHostAway ?? 'wait';
    if (this.whenHostAway !== 'wait' && this.whenHostAway !== 'run') {
      throw new TypeError(`agent: whenHostAway is 'wait' or 'run', not ${String(this.whenHostAway)}`);
    }
    this.leaseMs = checkedLease(options.lease, this.whenHostAway);
    const preamble = encodePreamble(this.timerNames, this.ringBytes);
    this.state = new StateDefinition(options.state, runtimeBytes(this.timerNames.length, this.ringBytes), preamble);
  }

  /** Bytes of the whole state: runtime block and fields. */
  get sizeBytes(): number {
    return this.state.sizeBytes;
  }
}

/**
 * Defines an agent: its state, its timers, what it does with a message, what it puts out.
 * @throws RangeError or TypeError naming what breaks a rule
 */
export function defineAgent<const S extends Schema, T extends string = never, O extends string = never>(
  options: AgentOptions<S, T, O>,
): AgentDefinition<S> {
  return new AgentDefinition<S>(options as unknown as AgentOptions<S, string, string>);
}

function checkedName(name: string): Uint8Array {
  const bytes = toBytes(name);
  if (bytes.length >= 1 && bytes.length <= AGENT_NAME_BYTES) return bytes;
  throw new RangeError(`agent: a name has 1 to ${AGENT_NAME_BYTES} bytes of UTF-8, unlike '${name}'`);
}

function toBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Bytes(text));
  encodeUtf8(text, bytes, 0, bytes.length);
  return bytes;
}

function checkedNames(what: string, declared: object, limit: number): readonly string[] {
  const names = Object.keys(declared);
  if (names.length > limit) throw new RangeError(`agent: at most ${limit} ${what}, not ${names.length}`);
  for (const name of names) {
    if (!isName(name)) throw new RangeError(`agent: '${name}' in ${what} is no name (a letter, then up to 31 letters, digits and _)`);
  }
  return names;
}

function checkedKind(name: string, kind: OutputKind): OutputKind {
  if (kind !== 'immediate' && kind !== 'committed') throw new TypeError(`agent: output '${name}' is 'immediate' or 'committed'`);
  return kind;
}

function checkedLease(leaseMs: number | undefined, whenHostAway: 'wait' | 'run'): number {
  if (leaseMs === undefined) return 0;
  if (!Number.isInteger(leaseMs) || leaseMs < LEASE_MS_MIN || leaseMs > LEASE_MS_MAX) {
    throw new RangeError(`agent: lease is an integer of ${LEASE_MS_MIN} to ${LEASE_MS_MAX} ms, not ${leaseMs}`);
  }
  if (whenHostAway === 'run') throw new TypeError("agent: with a lease it cannot run while the host is away; leave out whenHostAway 'run'");
  return leaseMs;
}

function checkedRing(ringBytes: number): number {
  if (Number.isInteger(ringBytes) && ringBytes >= 0 && ringBytes <= MAX_OUTPUT_RING_BYTES && ringBytes % 4 === 0) return ringBytes;
  throw new RangeError(`agent: outputBytes is a multiple of 4 up to ${MAX_OUTPUT_RING_BYTES}, not ${ringBytes}`);
}
