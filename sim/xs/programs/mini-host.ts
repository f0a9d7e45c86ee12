// The smallest host that a board's link can talk to, made of src/ alone: one agent, a head that is durable at once. It allocates when a
// session begins and never after.
import { ModelledDecoder } from '../../../src/codec/modelled-decoder.js';
import { adaptiveDecoders } from '../../../src/codec/noting-decoder.js';
import { StoredDecoder } from '../../../src/codec/stored.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { StagedTarget } from '../../../src/delta/staged-target.js';
import { createLinkCounters } from '../../../src/link/counters.js';
import { FrameGate, GATE_REFUSED } from '../../../src/link/frame-gate.js';
import { HostLink, type HostPort } from '../../../src/link/host-link.js';
import { REFILL_DIFFERENCES, REFILL_NONE, REFILL_WHOLE } from '../../../src/link/host-refill.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import {
  ACTION_CONTINUE,
  ACTION_CONTINUE_UNDECIDED,
  ACTION_FRESH,
  ACTION_REFILL,
  ACTION_RESYNC,
  DIRECTION_DOWN,
  DIRECTION_UP,
  HELLO_HOLDS_PAGES,
  HELLO_PARTIAL_PAGES,
  HELLO_UNDECIDED,
  KIND_HELLO,
  KIND_WELCOME,
} from '../../../src/wire/constants.js';
import { frameSeed } from '../../../src/wire/frame.js';
import { FrameBuilder } from '../../../src/wire/frame-builder.js';
import { HelloMessage } from '../../../src/wire/hello.js';
import { WelcomeMessage } from '../../../src/wire/welcome.js';

const WINDOW_FRAMES = 8;
const NO_INPUTS = -1;

export class MiniHost implements HostPort {
  readonly head: PageMemory;
  readonly frame: Uint8Array;
  readonly counters = createLinkCounters();
  headSequence = 0;
  epoch = 0;
  session = 0;
  readonly #target: StagedTarget;
  readonly #gate = new FrameGate(DIRECTION_UP, this.counters);
  readonly #builder = new FrameBuilder();
  readonly #hello = new HelloMessage();
  readonly #welcome = new WelcomeMessage();
  readonly #zeroSeed = frameSeed(DIRECTION_DOWN, 0);
  #seed = 0;
  #usedSequence = 0;
  #link: HostLink | undefined;
  #welcomePending = false;

  constructor(sizeBytes: number) {
    this.head = new PageMemory({ sizeBytes });
    this.#target = new StagedTarget(this.head, new PagePool(this.head.pageCount));
    this.frame = this.#builder.bytes;
  }

  receive(nowMs: number, bytes: Uint8Array, at: number, count: number): void {
    const kind = this.#gate.accept(bytes, at, count);
    if (kind === KIND_HELLO) this.#onHello();
    else if (kind !== GATE_REFUSED) this.#link?.take(nowMs, kind, this.#gate.reader, bytes);
  }

  /** Length of the next frame in `frame`; 0 if there is none now. */
  poll(nowMs: number): number {
    if (this.#welcomePending) {
      this.#welcomePending = false;
      this.#builder.begin(KIND_WELCOME);
      this.#welcome.write(this.#builder);
      return this.#builder.seal(this.#zeroSeed);
    }
    return this.#link?.poll(nowMs, this.#builder) === true ? this.#builder.seal(this.#seed) : 0;
  }

  dueMs(nowMs: number): number {
    if (this.#welcomePending) return nowMs;
    return this.#link === undefined ? Number.POSITIVE_INFINITY : this.#link.dueMs(nowMs);
  }

  /** Its process was restarted: the session is forgotten, what was durable is not. */
  restart(): void {
    this.#link?.end();
    this.#target.drop();
    this.#link = undefined;
    this.#welcomePending = false;
    this.#welcome.helloNonce = 0;
    this.#gate.setSession(0);
  }

  onVerified(sequence: number, _digest: number): void {
    this.#target.apply();
    this.headSequence = sequence;
    this.#link?.durable(sequence, NO_INPUTS);
  }

  onRefilled(): void {}
  onNoRoom(): void {
    throw new Error('mini host: the pool holds every page, and was full');
  }
  onBoardSequence(sequence: number): void {
    this.#usedSequence = Math.max(this.#usedSequence, sequence);
  }
  onOutput(): void {}
  onSchema(): void {}
  onReport(): void {}
  inputAfter(): undefined {
    return undefined;
  }

  /** A repeated hello gets the same answer. */
  #onHello(): void {
    const hello = this.#hello;
    if (!hello.read(this.#gate.reader)) {
      this.counters.badFields++;
      return;
    }
    this.#welcomePending = true;
    if (this.#link === undefined || this.#welcome.helloNonce !== hello.helloNonce) this.#beginSession(hello);
  }

  #beginSession(hello: HelloMessage): void {
    const holds = (hello.flags & HELLO_HOLDS_PAGES) !== 0;
    const partial = (hello.flags & HELLO_PARTIAL_PAGES) !== 0;
    this.#link?.end();
    this.#target.drop();
    this.session++;
    if (!holds || hello.epoch > this.epoch) this.epoch = Math.max(this.epoch, hello.epoch) + 1;
    this.#usedSequence = Math.max(this.#usedSequence, hello.sequence, this.headSequence);
    const welcome = this.#welcome;
    welcome.helloNonce = hello.helloNonce;
    welcome.action = this.#action(hello, holds);
    welcome.session = this.session;
    welcome.epoch = this.epoch;
    welcome.headSequence = this.headSequence;
    welcome.usedSequence = this.headSequence;
    welcome.headDigest = this.head.digest;
    welcome.usedSequence = this.#usedSequence;
    welcome.windowFrames = WINDOW_FRAMES;
    const refill = welcome.action !== ACTION_REFILL ? REFILL_NONE : partial ? REFILL_DIFFERENCES : REFILL_WHOLE;
    this.#seed = frameSeed(DIRECTION_DOWN, this.session);
    this.#gate.setSession(this.session);
    this.#link = new HostLink(
      {
        memory: this.head,
        target: this.#target,
        decoders: (hello.codecs & 2) === 0 ? [new StoredDecoder()] : adaptiveDecoders(new ModelledDecoder()),
        epoch: this.epoch,
        session: this.session,
        headSequence: this.headSequence,
        windowFrames: WINDOW_FRAMES,
        boardWindowFrames: hello.windowFrames,
        boardFifoBytes: hello.fifoBytes,
        refill,
        consumedInputs: NO_INPUTS,
      },
      this,
      this.counters,
    );
  }

  #action(hello: HelloMessage, holds: boolean): number {
    if (!holds) return this.headSequence === 0 ? ACTION_FRESH : ACTION_REFILL;
    const digest = this.head.digest;
    if (hello.acknowledgedSequence === this.headSequence && hello.acknowledgedDigest === digest) return ACTION_CONTINUE;
    const undecided = (hello.flags & HELLO_UNDECIDED) !== 0;
    const isHead = undecided && hello.undecidedSequence === this.headSequence && hello.undecidedDigest === digest;
    return isHead ? ACTION_CONTINUE_UNDECIDED : ACTION_RESYNC;
  }
}
