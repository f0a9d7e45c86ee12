import type { PageMemory } from '../memory/page-memory.js';
import type { ByteReader } from '../wire/byte-reader.js';
import { ID_BYTES, KIND_ACTIVATE, KIND_FREEZE, KIND_FROZEN, KIND_RETIRE, KIND_THAW } from '../wire/constants.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import { ActivateMessage, FreezeMessage, readOrderEpoch } from '../wire/ownership-frames.js';
import type { BoardLease } from './board-lease.js';
import type { BoardLine } from './board-line.js';
import type { BoardMail } from './board-mail.js';
import type { BoardListener } from './board-options.js';
import type { BoardOwnership } from './board-ownership.js';
import type { BoardRefill } from './board-refill.js';
import type { BoardUplink } from './board-uplink.js';
import type { LinkCounters } from './counters.js';

/** The parts of a link that an order of the host changes. */
export interface OrderParts {
  readonly memory: PageMemory;
  readonly line: BoardLine;
  readonly uplink: BoardUplink;
  readonly refill: BoardRefill;
  readonly mail: BoardMail;
  readonly ownership: BoardOwnership;
  readonly lease: BoardLease;
}

export function isOrder(kind: number): boolean {
  return kind === KIND_ACTIVATE || kind === KIND_FREEZE || kind === KIND_THAW || kind === KIND_RETIRE;
}

/**
 * Carries out what the host says about the ownership of an agent. An order is read whole and must fit what the board is now; any other is
 * counted and changes nothing (I6). One that changes the epoch ends the session, so that a copy of it that comes later is not even heard:
 * orders are idempotent by that, and may be repeated until the board says hello.
 */
export class BoardOrders {
  readonly #parts: OrderParts;
  readonly #listener: BoardListener;
  readonly #counters: LinkCounters;
  readonly #activate = new ActivateMessage();
  readonly #freeze = new FreezeMessage();

  constructor(parts: OrderParts, listener: BoardListener, counters: LinkCounters) {
    this.#parts = parts;
    this.#listener = listener;
    this.#counters = counters;
  }

  /** True: this session is over; the board says hello as what it is now. */
  take(kind: number, reader: ByteReader): boolean {
    if (kind === KIND_ACTIVATE) return this.#onActivate(reader);
    if (kind === KIND_FREEZE) return this.#onFreeze(reader);
    const epoch = readOrderEpoch(reader);
    if (epoch === 0) return this.#refuse(false);
    return kind === KIND_THAW ? this.#onThaw(epoch) : this.#onRetire(epoch);
  }

  /** The host holds everything of a frozen board, and waits to hear so. */
  get isAnswerDue(): boolean {
    const { ownership, line, uplink } = this.#parts;
    return ownership.isAnswerDue && line.hasState && !line.isComparing && uplink.isIdle;
  }

  buildAnswer(builder: FrameBuilder): void {
    const { ownership, line } = this.#parts;
    const frozen = this.#freeze;
    ownership.isAnswerDue = false;
    frozen.nonce = ownership.freezeNonce;
    frozen.sequence = line.acknowledgedSequence;
    frozen.digest = line.acknowledgedDigest;
    builder.begin(KIND_FROZEN);
    frozen.writeAnswer(builder);
  }

  /** The agent goes on here, in a newer epoch: it kept its memory, and no other board was granted it meanwhile. */
  thaw(): void {
    this.#parts.ownership.thaw();
    this.#counters.thaws++;
    this.#listener.onThawed?.();
  }

  /** The agent is another board's. The mark is stored before the pages go, so that a restart in between finds a vacant board. */
  retire(epoch: number): void {
    const { memory, line, uplink, mail, ownership } = this.#parts;
    this.#counters.retirements++;
    this.#listener.onRetired?.(epoch);
    uplink.endSession();
    uplink.giveUp();
    memory.reset();
    line.reset();
    mail.outputs.clear();
    ownership.retire(epoch);
  }

  /** `fields`: they were right, but the order is not. */
  #refuse(fields: boolean): false {
    if (fields) this.#counters.unexpected++;
    else this.#counters.badFields++;
    return false;
  }

  /** The lease runs from when the state was whole: what the host answers with ACTIVATE left the board later. */
  #onActivate(reader: ByteReader): boolean {
    const order = this.#activate;
    if (!order.read(reader)) return this.#refuse(false);
    const { ownership, refill, line, lease } = this.#parts;
    const isPrepared = ownership.isVacant && refill.isPrepared && order.epoch >= ownership.guestEpoch;
    if (!isPrepared || order.sequence !== refill.headSequence || order.digest !== refill.headDigest) return this.#refuse(true);
    if (this.#listener.onActivated?.(ownership.agentId, 0, ID_BYTES, order.epoch) !== true) {
      this.#counters.activationsFailed++;
      return false;
    }
    this.#counters.activations++;
    ownership.activate();
    line.enter(order.epoch);
    line.begin(order.sequence, order.digest, order.usedSequence);
    lease.answered(refill.preparedMs);
    return true;
  }

  #onFreeze(reader: ByteReader): false {
    const order = this.#freeze;
    if (!order.readOrder(reader)) return this.#refuse(false);
    if (!this.#parts.line.hasState) return this.#refuse(true);
    if (!this.#parts.ownership.freeze(order.nonce)) return false;
    this.#counters.freezes++;
    this.#listener.onFrozen?.();
    return false;
  }

  /** The FREEZE may have been lost: then it is only the epoch that is new. */
  #onThaw(epoch: number): boolean {
    const { ownership, line } = this.#parts;
    if (ownership.isVacant || epoch <= line.epoch) return this.#refuse(true);
    line.enter(epoch);
    if (line.hasState) line.goOn();
    if (ownership.isFrozen) this.thaw();
    return true;
  }

  #onRetire(epoch: number): boolean {
    const { ownership, line } = this.#parts;
    if (ownership.isVacant || epoch <= line.epoch) return this.#refuse(true);
    this.retire(epoch);
    return true;
  }
}
