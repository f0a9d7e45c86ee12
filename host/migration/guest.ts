import type { LinkCounters } from '../../src/link/counters.js';
import { GuestLink, type GuestPort } from '../../src/link/guest-link.js';
import { MAX_MASK_COUNT } from '../../src/memory/constants.js';
import { pageCountOf } from '../../src/memory/memory-layout.js';
import { PageMemory } from '../../src/memory/page-memory.js';
import { ACTION_PREPARE, DIRECTION_DOWN, HELLO_PARTIAL_PAGES } from '../../src/wire/constants.js';
import { frameSeed } from '../../src/wire/frame.js';
import type { HelloMessage } from '../../src/wire/hello.js';
import type { WelcomeMessage } from '../../src/wire/welcome.js';
import { toHex } from '../sessions/hex.js';
import type { LinkState } from '../sessions/link-state.js';

/** Stored only: a guest has no history of its own yet. */
const GUEST_CODECS = 1;

/** What a guest is to hold first. */
export interface GuestContent {
  readonly agentId: string;
  readonly state: Uint8Array;
  readonly sequence: number;
  readonly usedSequence: number;
  /** That will be asked for. */
  readonly epoch: number;
}

/** What happens in a guest session. */
export interface GuestOwner {
  guestPrepared(guest: GuestSession): void;
  guestReport(guest: GuestSession, code: number, text: Uint8Array): void;
}

/** One hello of a vacant board, answered with PREPARE: it follows an agent that it may be granted. */
export class GuestSession implements GuestPort {
  readonly agentId: string;
  readonly boardId: string;
  readonly link: LinkState;
  readonly number: number;
  readonly helloNonce: number;
  readonly bootNonce: number;
  /** Of the frames that go to the board. */
  readonly seed: number;
  /** What the board is to hold. */
  readonly memory: PageMemory;
  readonly guestLink: GuestLink;
  readonly #owner: GuestOwner;
  isEnded = false;
  heardMs: number;
  frameBytesDown = 0;
  frameBytesUp = 0;

  constructor(
    nowMs: number,
    link: LinkState,
    hello: HelloMessage,
    content: GuestContent,
    number: number,
    owner: GuestOwner,
    counters: LinkCounters,
  ) {
    this.agentId = content.agentId;
    this.boardId = toHex(hello.boardId);
    this.link = link;
    this.number = number;
    this.helloNonce = hello.helloNonce;
    this.bootNonce = hello.bootNonce;
    this.heardMs = nowMs;
    this.seed = frameSeed(DIRECTION_DOWN, number);
    this.#owner = owner;
    // A page without a mask goes down whole; what a source writes during the first round is thinly spread over many.
    const maskCount = Math.min(pageCountOf(content.state.length), MAX_MASK_COUNT);
    this.memory = new PageMemory({ sizeBytes: content.state.length, maskCount });
    this.memory.load(0, content.state, 0, content.state.length);
    const options = {
      memory: this.memory,
      epoch: content.epoch,
      session: number,
      sequence: content.sequence,
      boardWindowFrames: hello.windowFrames,
      boardFifoBytes: hello.fifoBytes,
      hasPages: (hello.flags & HELLO_PARTIAL_PAGES) !== 0 && toHex(hello.agentId) === content.agentId,
    };
    this.guestLink = new GuestLink(options, this, counters);
    this.#welcome(link.welcome, hello, content);
  }

  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    if (this.link.guest === this) this.link.setGuest(undefined);
  }

  heard(nowMs: number, frameBytes: number): void {
    this.heardMs = nowMs;
    this.frameBytesUp += frameBytes;
  }

  onPrepared(): void {
    this.#owner.guestPrepared(this);
  }

  onReport(code: number, bytes: Uint8Array, at: number, count: number): void {
    this.#owner.guestReport(this, code, bytes.slice(at, at + count));
  }

  #welcome(welcome: WelcomeMessage, hello: HelloMessage, content: GuestContent): void {
    welcome.helloNonce = hello.helloNonce;
    welcome.action = ACTION_PREPARE;
    welcome.flags = 0;
    welcome.session = this.number;
    welcome.epoch = content.epoch;
    welcome.headSequence = content.sequence;
    welcome.headDigest = this.memory.digest;
    welcome.usedSequence = Math.max(content.usedSequence, content.sequence);
    welcome.windowFrames = hello.windowFrames;
    welcome.codecs = GUEST_CODECS;
    welcome.agentId.set(Buffer.from(content.agentId, 'hex'));
  }
}
