import { encodeUtf8 } from '../state/utf8.js';
import type { AgentDefinition } from './definition.js';
import type { OutputRing } from './output-ring.js';
import type { RuntimeBlock } from './runtime-block.js';
import { MAX_RECORD_BYTES } from './runtime-layout.js';

/** Where outputs go and which commit they belong to. */
export interface TurnPort {
  /** The number that the commit of this turn will have. */
  nextSequence(): number;
  /** The newest commit that the host holds durably. */
  acknowledgedSequence(): number;
  /** Takes an output that is not kept in the state. False: no room. */
  sendOutput(bytes: Uint8Array, at: number, count: number): boolean;
}

const MAX_PERIOD_MS = 0xffffffff;
const LATEST_MS = Number.MAX_SAFE_INTEGER;

/** What a turn can do besides changing the state. One object per agent, valid during turns only. */
export class Turn<T extends string = string, O extends string = string> {
  /** The agent's time in ms: it starts at 0 with the agent, never goes back, and does not pass while no board runs the agent. */
  nowMs = 0;
  /** Outputs refused for lack of room, over the life of this board's runtime. */
  outputsRefused = 0;
  readonly #definition: AgentDefinition;
  readonly #block: RuntimeBlock;
  readonly #ring: OutputRing;
  readonly #port: TurnPort;
  readonly #record = new Uint8Array(MAX_RECORD_BYTES);
  #active = false;
  #committedCount = 0;

  constructor(definition: AgentDefinition, block: RuntimeBlock, ring: OutputRing, port: TurnPort) {
    this.#definition = definition;
    this.#block = block;
    this.#ring = ring;
    this.#port = port;
  }

  /** For the runtime. */
  begin(nowMs: number): void {
    this.nowMs = nowMs;
    this.#committedCount = 0;
    this.#active = true;
  }

  /** For the runtime. */
  end(): void {
    this.#active = false;
  }

  /** Runs a timer every `periodMs`, first after `firstMs`. */
  every(timer: T, periodMs: number, firstMs = periodMs): void {
    this.#block.setTimer(this.#timer(timer), this.#due(firstMs), checkedMs(timer, periodMs, 1, MAX_PERIOD_MS));
  }

  /** Runs a timer once, after `delayMs`. */
  after(timer: T, delayMs: number): void {
    this.#block.setTimer(this.#timer(timer), this.#due(delayMs), 0);
  }

  cancel(timer: T): void {
    this.#block.setTimer(this.#timer(timer), 0, 0);
  }

  /**
   * Puts out text or bytes: at once, or, if declared 'committed', once the host holds this turn's commit.
   * @returns false if there is no room for it now; counted
   * @throws RangeError for an output that is not declared, or is too long for a frame (240 bytes with its name)
   */
  emit(output: O, data: string | Uint8Array): boolean {
    this.#checkActive();
    const index = this.#definition.outputNames.indexOf(output);
    if (index < 0) throw new RangeError(`emit: no output '${output}' is declared`);
    const count = this.#encode(index, data);
    const taken =
      this.#definition.outputKinds[index] === 'immediate'
        ? this.#port.sendOutput(this.#record, 0, count)
        : this.#ring.put(this.#port.nextSequence(), this.#committedCount, this.#record, count);
    if (!taken) this.outputsRefused++;
    else if (this.#definition.outputKinds[index] === 'committed') this.#committedCount++;
    return taken;
  }

  #encode(output: number, data: string | Uint8Array): number {
    const record = this.#record;
    const name = this.#definition.outputNameBytes[output]!;
    const start = 1 + name.length;
    record[0] = name.length;
    for (let index = 0; index < name.length; index++) record[1 + index] = name[index]!;
    const room = MAX_RECORD_BYTES - start;
    const count = typeof data === 'string' ? encodeUtf8(data, record, start, room) : copyBytes(data, record, start, room);
    if (count < 0) throw new RangeError(`emit: '${this.#definition.outputNames[output]}' takes at most ${room} bytes`);
    return start + count;
  }

  #timer(name: string): number {
    this.#checkActive();
    const timer = this.#definition.timerNames.indexOf(name);
    if (timer < 0) throw new RangeError(`no timer '${name}' is declared`);
    return timer;
  }

  /** Never 0, which means off. */
  #due(delayMs: number): number {
    return this.nowMs + Math.max(1, checkedMs('delay', delayMs, 0, LATEST_MS - this.nowMs));
  }

  #checkActive(): void {
    if (!this.#active) throw new Error('a turn is over: timers and outputs belong to turns');
  }
}

function checkedMs(what: string, value: number, lowest: number, largest: number): number {
  if (Number.isInteger(value) && value >= lowest && value <= largest) return value;
  throw new RangeError(`${what}: ${value} is not an integer of ms from ${lowest} to ${largest}`);
}

function copyBytes(source: Uint8Array, target: Uint8Array, at: number, limit: number): number {
  if (source.length > limit) return -1;
  for (let index = 0; index < source.length; index++) target[at + index] = source[index]!;
  return source.length;
}
