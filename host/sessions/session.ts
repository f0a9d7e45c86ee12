import { ModelledDecoder } from '../../src/codec/modelled-decoder.js';
import { adaptiveDecoders } from '../../src/codec/noting-decoder.js';
import { StoredDecoder } from '../../src/codec/stored.js';
import type { LinkCounters } from '../../src/link/counters.js';
import { HostLink, type HostPort } from '../../src/link/host-link.js';
import { REFILL_DIFFERENCES, REFILL_NONE, REFILL_WHOLE } from '../../src/link/host-refill.js';
import { ACTION_REFILL, DIRECTION_DOWN, HELLO_PARTIAL_PAGES, HELLO_SCHEMA } from '../../src/wire/constants.js';
import { frameSeed } from '../../src/wire/frame.js';
import type { HelloMessage } from '../../src/wire/hello.js';
import type { StoredInput } from '../store/store.js';
import type { AgentEntry } from './agent-entry.js';
import type { CloneProbe } from './clone-probe.js';
import type { Admission } from './hello-decision.js';
import type { LinkState } from './link-state.js';
import { SchemaFetch } from './schema-fetch.js';

/** What a session asks of the sessions around it. */
export interface SessionOwner {
  append(session: Session, sequence: number, digest: number): void;
  roomWanted(session: Session): void;
  refilled(session: Session): void;
  frozen(session: Session, sequence: number, digest: number): void;
  /** Whether the question is answered only if the store says that the session still counts. */
  question(session: Session, nonce: number): boolean;
  output(session: Session, sequence: number, index: number, bytes: Uint8Array): void;
  schema(session: Session, bytes: Uint8Array): void;
  report(session: Session, code: number, text: Uint8Array): void;
  wake(session: Session): void;
}

/** One hello of one board, welcomed: ties a link to an agent until the next hello of that agent. */
export class Session implements HostPort {
  readonly entry: AgentEntry;
  readonly link: LinkState;
  readonly number: number;
  readonly epoch: number;
  readonly helloNonce: number;
  readonly bootNonce: number;
  readonly hostLink: HostLink;
  readonly #owner: SessionOwner;
  readonly #schema = new SchemaFetch();
  /** Of the frames that go to the board. */
  readonly seed: number;
  readonly mayHaveSchema: boolean;
  isEnded = false;
  /** A valid frame of it came in. */
  isHeard = false;
  #probe: CloneProbe | undefined;

  constructor(
    entry: AgentEntry,
    link: LinkState,
    hello: HelloMessage,
    admission: Admission,
    consumedInputs: number,
    windowFrames: number,
    owner: SessionOwner,
    counters: LinkCounters,
  ) {
    const record = entry.record!;
    this.entry = entry;
    this.link = link;
    this.number = record.session;
    this.epoch = record.epoch;
    this.helloNonce = hello.helloNonce;
    this.bootNonce = hello.bootNonce;
    this.#owner = owner;
    this.seed = frameSeed(DIRECTION_DOWN, record.session);
    this.mayHaveSchema = (hello.flags & HELLO_SCHEMA) !== 0;
    const options = {
      memory: entry.memory!,
      target: entry.target!,
      decoders: (hello.codecs & 2) === 0 ? [new StoredDecoder()] : adaptiveDecoders(new ModelledDecoder()),
      epoch: record.epoch,
      session: record.session,
      headSequence: record.sequence,
      windowFrames: Math.min(hello.windowFrames, windowFrames),
      boardWindowFrames: hello.windowFrames,
      boardFifoBytes: hello.fifoBytes,
      refill: refillOf(admission.action, hello.flags),
      consumedInputs,
    };
    this.hostLink = new HostLink(options, this, counters);
  }

  /** The session is over: its frames mean nothing from here on. */
  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.hostLink.end();
    if (this.link.session === this) this.link.setSession(undefined);
    if (this.entry.session === this) this.entry.session = undefined;
  }

  probe(probe: CloneProbe): void {
    this.#probe = probe;
    this.askForSign();
  }

  /** The board is to say something. */
  askForSign(): void {
    this.hostLink.probe();
    this.#owner.wake(this);
  }

  /** It is the agent's, in the newest epoch: what it says counts. */
  get isOwner(): boolean {
    return this.entry.session === this && this.entry.record?.epoch === this.epoch;
  }

  /** A valid frame of this session came in. */
  heard(nowMs: number): void {
    this.isHeard = true;
    if (this.entry.session === this) this.entry.lastHeardMs = nowMs;
    this.#probe?.heard();
  }

  wantSchema(): void {
    this.hostLink.wantSchema(this.#schema.nextOffset);
  }

  onVerified(sequence: number, digest: number): void {
    this.entry.boardSequence = Math.max(this.entry.boardSequence, sequence);
    this.#owner.append(this, sequence, digest);
  }

  onRefilled(): void {
    this.#owner.refilled(this);
  }

  onFrozen(sequence: number, digest: number): void {
    this.#owner.frozen(this, sequence, digest);
  }

  onQuestion(nonce: number): boolean {
    return this.#owner.question(this, nonce);
  }

  onNoRoom(): void {
    this.#owner.roomWanted(this);
  }

  onBoardSequence(sequence: number): void {
    this.entry.boardSequence = Math.max(this.entry.boardSequence, sequence);
  }

  onOutput(sequence: number, index: number, bytes: Uint8Array, at: number, count: number): void {
    this.entry.boardSequence = Math.max(this.entry.boardSequence, sequence);
    this.#owner.output(this, sequence, index, bytes.slice(at, at + count));
  }

  onSchema(totalBytes: number, offset: number, bytes: Uint8Array, at: number, count: number): void {
    this.#schema.add(totalBytes, offset, bytes, at, count);
    const whole = this.#schema.whole;
    this.hostLink.wantSchema(whole === undefined ? this.#schema.nextOffset : -1);
    if (whole !== undefined) this.#owner.schema(this, whole);
  }

  onReport(code: number, bytes: Uint8Array, at: number, count: number): void {
    this.#owner.report(this, code, bytes.slice(at, at + count));
  }

  inputAfter(number: number): StoredInput | undefined {
    return this.entry.inputs.after(number);
  }
}

function refillOf(action: number, flags: number): number {
  if (action !== ACTION_REFILL) return REFILL_NONE;
  return (flags & HELLO_PARTIAL_PAGES) !== 0 ? REFILL_DIFFERENCES : REFILL_WHOLE;
}
