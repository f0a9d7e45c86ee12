// A host of one agent and a few boards, made of src/alone: it prepares vacant boards, grants the agent with one compare-and-set, and knows
// after a restart only what was durable. Written for the tests of the board's side, simpler than the real one.
import { ModelledDecoder } from '../../../src/codec/modelled-decoder.js';
import { adaptiveDecoders } from '../../../src/codec/noting-decoder.js';
import { StoredDecoder } from '../../../src/codec/stored.js';
import { PagePool } from '../../../src/delta/page-pool.js';
import { StagedTarget } from '../../../src/delta/staged-target.js';
import { createLinkCounters } from '../../../src/link/counters.js';
import { FrameGate, GATE_REFUSED } from '../../../src/link/frame-gate.js';
import { GuestLink } from '../../../src/link/guest-link.js';
import { HostLink } from '../../../src/link/host-link.js';
import { REFILL_DIFFERENCES, REFILL_NONE, REFILL_WHOLE } from '../../../src/link/host-refill.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import {
  ACTION_CONTINUE,
  ACTION_CONTINUE_UNDECIDED,
  ACTION_FRESH,
  ACTION_PREPARE,
  ACTION_REFILL,
  ACTION_RESYNC,
  DIRECTION_DOWN,
  DIRECTION_UP,
  HELLO_FROZEN,
  HELLO_HOLDS_PAGES,
  HELLO_PARTIAL_PAGES,
  HELLO_UNDECIDED,
  HELLO_VACANT,
  KIND_HELLO,
  KIND_NO_SESSION,
  KIND_REFUSED,
  KIND_WELCOME,
  REFUSED_NOT_OWNER,
  REFUSED_RETIRED,
  REFUSED_VACANT,
} from '../../../src/wire/constants.js';
import { frameSeed } from '../../../src/wire/frame.js';
import { FrameBuilder } from '../../../src/wire/frame-builder.js';
import { HelloMessage } from '../../../src/wire/hello.js';
import { RefusedMessage, WelcomeMessage } from '../../../src/wire/welcome.js';

export const AGENT = new Uint8Array(16).fill(0xa6);
const WINDOW_FRAMES = 4;
const RETRY_MS = 2000;

/** What the store holds. */
export interface Grant {
  epoch: number;
  board: number;
  session: number;
}

/** One board's line, and the session on it. */
export class HostEnd {
  readonly gate = new FrameGate(DIRECTION_UP, createLinkCounters());
  readonly hello = new HelloMessage();
  readonly welcome = new WelcomeMessage();
  readonly refused = new RefusedMessage();
  isWelcomeDue = false;
  isRefusedDue = false;
  isNoSessionDue = false;
  owner: HostLink | undefined;
  guest: GuestLink | undefined;
  /** Its board was frozen, and said so: the commit that it stands at. */
  frozenAt = -1;
  seed = 0;
  /** When anything left for this board last. */
  spokeMs = Number.NEGATIVE_INFINITY;

  get hasSession(): boolean {
    return this.owner !== undefined || this.guest !== undefined;
  }

  endSession(): void {
    this.owner?.end();
    this.owner = undefined;
    this.guest = undefined;
    this.frozenAt = -1;
    this.welcome.helloNonce = 0;
    this.gate.setSession(0);
  }
}

export class MovingHost {
  readonly head: PageMemory;
  readonly ends: HostEnd[] = [];
  readonly builder = new FrameBuilder();
  /** Durable. */
  record: Grant = { epoch: 0, board: 0, session: 0 };
  headSequence = 0;
  /** Durable: who was granted which epoch. */
  readonly grants: number[] = [];
  /** The board that the agent is to move to; -1: it stays. */
  target = -1;
  used = 0;
  /** Outputs that came at once. */
  outputs = 0;
  /** Every head, as the board sent it. */
  onHead: (sequence: number) => void = () => {};
  readonly #target: StagedTarget;
  #guestSession = 1_000_000;
  #nonce = 1;

  constructor(sizeBytes: number, boardCount: number) {
    this.head = new PageMemory({ sizeBytes, maskCount: 0, copyCount: 0 });
    this.#target = new StagedTarget(this.head, new PagePool(this.head.pageCount));
    for (let board = 0; board < boardCount; board++) this.ends.push(new HostEnd());
  }

  /** The process dies and comes back. */
  restart(nowMs: number): void {
    for (const end of this.ends) {
      end.endSession();
      end.spokeMs = nowMs;
    }
    this.#target.drop();
    this.used = this.headSequence;
  }

  /** The compare-and-set: at most one of two that expect the same wins. */
  grant(expect: Grant, board: number): boolean {
    if (this.record.epoch !== expect.epoch || this.record.session !== expect.session) return false;
    this.record = { epoch: expect.epoch + 1, board, session: expect.session + 1 };
    this.grants[this.record.epoch] = board;
    // Who was frozen may have been thawed by this.
    for (const end of this.ends) end.frozenAt = -1;
    return true;
  }

  /** Takes the move a step further, from what is durable and what the boards have said. */
  step(): void {
    const { record, target } = this;
    const source = this.ends[record.board]!;
    if (target < 0 || record.epoch === 0) return;
    const guest = this.ends[target]!.guest;
    if (record.board === target) {
      if (guest?.isReady && !guest.orders.active) guest.activate(record.epoch, this.used);
      return;
    }
    if (guest === undefined || !guest.isReady || source.owner === undefined) return;
    if (this.headSequence > guest.preparedSequence) {
      guest.follow(this.head, this.headSequence);
    } else if (source.frozenAt < 0) {
      if (!source.owner.orders.active) source.owner.orders.freeze(this.#nonce++);
    } else if (source.frozenAt === guest.preparedSequence && this.grant(record, target)) {
      guest.activate(this.record.epoch, this.used);
      source.owner.orders.retire(this.record.epoch);
    }
  }

  /** The move is given up, unless it has been decided. */
  abort(): void {
    const { record, target } = this;
    if (target < 0 || record.board === target) return;
    this.target = -1;
    const source = this.ends[record.board]!;
    if (this.grant(record, record.board)) source.owner?.orders.thaw(this.record.epoch);
  }

  /** The target is dead or the source is: another board is granted the agent, whatever they do. */
  reassign(board: number): void {
    this.target = board;
    this.grant(this.record, board);
  }

  receive(nowMs: number, board: number, bytes: Uint8Array): void {
    const end = this.ends[board]!;
    const kind = end.gate.accept(bytes, 0, bytes.length);
    if (kind === KIND_HELLO) {
      if (end.hello.read(end.gate.reader)) this.#onHello(end, board);
    } else if (kind !== GATE_REFUSED) {
      (end.guest ?? end.owner)?.take(nowMs, kind, end.gate.reader, bytes);
    } else if (!end.hasSession) {
      end.isNoSessionDue = true;
    }
  }

  /** Length of the next frame for this board in `builder`; 0 if there is none now. */
  poll(nowMs: number, board: number): number {
    const end = this.ends[board]!;
    const count = this.#build(nowMs, end);
    if (count > 0) end.spokeMs = nowMs;
    return count;
  }

  #build(nowMs: number, end: HostEnd): number {
    const builder = this.builder;
    if (end.isWelcomeDue) {
      end.isWelcomeDue = false;
      builder.begin(KIND_WELCOME);
      end.welcome.write(builder);
    } else if (end.isRefusedDue) {
      end.isRefusedDue = false;
      builder.begin(KIND_REFUSED);
      end.refused.write(builder);
    } else if (end.isNoSessionDue) {
      end.isNoSessionDue = false;
      builder.begin(KIND_NO_SESSION);
    } else {
      return (end.guest ?? end.owner)?.poll(nowMs, builder) ? builder.seal(end.seed) : 0;
    }
    return builder.seal(frameSeed(DIRECTION_DOWN, 0));
  }

  #onHello(end: HostEnd, board: number): void {
    const { hello, record } = { hello: end.hello, record: this.record };
    if (end.hasSession && end.welcome.helloNonce === hello.helloNonce) {
      end.isWelcomeDue = true;
      return;
    }
    end.endSession();
    if ((hello.flags & HELLO_VACANT) !== 0) this.#onVacant(end, board);
    else if (record.epoch > 0 && record.board !== board)
      this.#refuse(end, hello.epoch < record.epoch ? REFUSED_RETIRED : REFUSED_NOT_OWNER);
    else this.#welcomeOwner(end, board);
  }

  #refuse(end: HostEnd, reason: number): void {
    end.refused.helloNonce = end.hello.helloNonce;
    end.refused.reason = reason;
    end.refused.retryAfterMs = RETRY_MS;
    end.isRefusedDue = true;
  }

  #onVacant(end: HostEnd, board: number): void {
    const { hello, welcome } = end;
    const isOwner = this.record.epoch > 0 && this.record.board === board;
    if (this.headSequence === 0 || (!isOwner && this.target !== board)) {
      this.#refuse(end, REFUSED_VACANT);
      return;
    }
    if (isOwner) this.target = board;
    const hasPages = (hello.flags & HELLO_PARTIAL_PAGES) !== 0;
    const memory = new PageMemory({ sizeBytes: this.head.sizeBytes, maskCount: 8 });
    memory.load(0, this.head.bytes, 0, this.head.sizeBytes);
    welcome.action = ACTION_PREPARE;
    welcome.agentId.set(AGENT);
    this.#welcome(end, this.record.epoch + (isOwner ? 0 : 1), this.#guestSession++);
    end.guest = new GuestLink(
      {
        memory,
        epoch: welcome.epoch,
        session: welcome.session,
        sequence: this.headSequence,
        boardWindowFrames: hello.windowFrames,
        boardFifoBytes: hello.fifoBytes,
        hasPages,
      },
      { onPrepared() {}, onReport() {} },
      createLinkCounters(),
    );
  }

  #welcomeOwner(end: HostEnd, board: number): void {
    const { hello, welcome } = end;
    const holds = (hello.flags & HELLO_HOLDS_PAGES) !== 0;
    const partial = (hello.flags & HELLO_PARTIAL_PAGES) !== 0;
    const keepsEpoch = holds ? hello.epoch === this.record.epoch : partial && hello.epoch === this.record.epoch;
    // A frozen board that nobody wants to move goes on; that takes an epoch, as any other grant does.
    const isThaw = (hello.flags & HELLO_FROZEN) !== 0 && (this.target < 0 || this.target === board) && keepsEpoch;
    const isBehind = holds && hello.epoch < this.record.epoch;
    if ((!keepsEpoch && !isBehind) || isThaw) this.grant(this.record, board);
    else this.record = { ...this.record, session: this.record.session + 1 };
    if (this.target === board) this.target = -1;
    this.used = Math.max(this.used, hello.sequence, this.headSequence);
    welcome.action = this.#action(hello, holds);
    this.#welcome(end, this.record.epoch, this.record.session);
    end.owner = this.#ownerLink(end, partial);
  }

  #welcome(end: HostEnd, epoch: number, session: number): void {
    const { hello, welcome } = end;
    welcome.helloNonce = hello.helloNonce;
    welcome.session = session;
    welcome.epoch = epoch;
    welcome.headSequence = this.headSequence;
    welcome.headDigest = this.head.digest;
    welcome.usedSequence = Math.max(this.used, this.headSequence);
    welcome.windowFrames = WINDOW_FRAMES;
    end.isWelcomeDue = true;
    end.seed = frameSeed(DIRECTION_DOWN, session);
    end.gate.setSession(session);
  }

  #action(hello: HelloMessage, holds: boolean): number {
    if (!holds) return this.headSequence === 0 ? ACTION_FRESH : ACTION_REFILL;
    const digest = this.head.digest;
    if (hello.acknowledgedSequence === this.headSequence && hello.acknowledgedDigest === digest) return ACTION_CONTINUE;
    const undecided = (hello.flags & HELLO_UNDECIDED) !== 0;
    const isHead = undecided && hello.undecidedSequence === this.headSequence && hello.undecidedDigest === digest;
    return isHead ? ACTION_CONTINUE_UNDECIDED : ACTION_RESYNC;
  }

  #ownerLink(end: HostEnd, partial: boolean): HostLink {
    const { hello, welcome } = end;
    for (const other of this.ends) if (other.owner !== undefined) other.endSession();
    this.#target.drop();
    const isCurrent = () => end.owner === link && this.record.epoch === welcome.epoch;
    const link = new HostLink(
      {
        memory: this.head,
        target: this.#target,
        decoders: (hello.codecs & 2) === 0 ? [new StoredDecoder()] : adaptiveDecoders(new ModelledDecoder()),
        epoch: welcome.epoch,
        session: welcome.session,
        headSequence: this.headSequence,
        windowFrames: WINDOW_FRAMES,
        boardWindowFrames: hello.windowFrames,
        boardFifoBytes: hello.fifoBytes,
        refill: welcome.action !== ACTION_REFILL ? REFILL_NONE : partial ? REFILL_DIFFERENCES : REFILL_WHOLE,
        consumedInputs: -1,
      },
      {
        onVerified: (sequence) => {
          if (!isCurrent()) return;
          this.#target.apply();
          this.headSequence = sequence;
          this.used = Math.max(this.used, sequence);
          this.onHead(sequence);
          link.durable(sequence, -1);
        },
        onFrozen: (sequence) => {
          if (isCurrent()) end.frozenAt = sequence;
        },
        onBoardSequence: (sequence) => {
          this.used = Math.max(this.used, sequence);
        },
        onRefilled() {},
        onNoRoom() {},
        onOutput: () => void this.outputs++,
        onSchema() {},
        onReport() {},
        inputAfter: () => undefined,
      },
      createLinkCounters(),
    );
    return link;
  }
}
