import type { DeltaSource } from '../delta/delta-source.js';
import {
  ACTION_CONTINUE,
  ACTION_FRESH,
  ACTION_PREPARE,
  ACTION_REFILL,
  ACTION_RESYNC,
  HELLO_DIVERGED,
  HELLO_FROZEN,
  HELLO_HOLDS_PAGES,
  HELLO_PARTIAL_PAGES,
  HELLO_UNDECIDED,
  HELLO_VACANT,
  KIND_HELLO,
} from '../wire/constants.js';
import type { FrameBuilder } from '../wire/frame-builder.js';
import type { HelloMessage } from '../wire/hello.js';
import type { WelcomeMessage } from '../wire/welcome.js';
import { identityFlags } from './board-identity.js';
import type { BoardLine } from './board-line.js';
import type { BoardLinkOptions } from './board-options.js';
import type { BoardOwnership } from './board-ownership.js';
import type { BoardParts } from './board-parts.js';

/** What a board says of itself, and which answers can be meant for it. */
export class BoardHello {
  readonly #hello: HelloMessage;
  readonly #identityFlags: number;
  readonly #line: BoardLine;
  readonly #source: DeltaSource;
  readonly #ownership: BoardOwnership;
  readonly #knownEpoch: number;
  readonly #knownSession: number;

  constructor(options: BoardLinkOptions, parts: BoardParts) {
    this.#hello = parts.hello;
    this.#identityFlags = identityFlags(options);
    this.#line = parts.line;
    this.#source = parts.source;
    this.#ownership = parts.ownership;
    this.#knownEpoch = options.knownEpoch ?? 0;
    this.#knownSession = options.knownSession ?? 0;
  }

  /** What the host may send before it hears of it: another link may have another line. */
  set fifoBytes(value: number) {
    this.#hello.fifoBytes = value;
  }

  build(nonce: number, builder: FrameBuilder): void {
    const hello = this.#hello;
    const line = this.#line;
    hello.flags = this.#identityFlags | this.#stateFlags();
    hello.undecidedSequence = this.#source.sequence;
    hello.undecidedDigest = this.#source.digest;
    hello.helloNonce = nonce;
    hello.epoch = line.epoch;
    hello.sequence = line.sequence;
    hello.acknowledgedSequence = line.acknowledgedSequence;
    // A comparison that was cut short begins anew: no head has this sequence and a digest that is not its own.
    hello.acknowledgedDigest = line.isComparing ? ~line.acknowledgedDigest >>> 0 : line.acknowledgedDigest;
    if (this.#ownership.isVacant) hello.acknowledgedDigest = 0;
    builder.begin(KIND_HELLO);
    hello.write(builder);
  }

  /**
   * Epochs and sessions only grow: a host that lags behind has an old store. A board that holds its pages brings that up to date; one
   * without would lose by it. What was known at the start says nothing of an agent that came, or that is to come.
   */
  isOldStore(welcome: WelcomeMessage): boolean {
    if (this.#line.hasState || this.#ownership.isVacant) return false;
    if (welcome.headSequence < this.#line.acknowledgedSequence) return true;
    if (this.#ownership.hasMoved) return false;
    return welcome.epoch < this.#knownEpoch || (welcome.epoch === this.#knownEpoch && welcome.session <= this.#knownSession);
  }

  /** The action must fit what this board said. */
  fits(welcome: WelcomeMessage): boolean {
    const line = this.#line;
    const action = welcome.action;
    if (action === ACTION_PREPARE) return this.#ownership.mayPrepare(welcome);
    if (this.#ownership.isVacant || welcome.epoch < line.epoch) return false;
    if (action === ACTION_FRESH) return !line.hasState;
    if (action === ACTION_REFILL) return !line.hasState && welcome.headSequence > 0;
    if (!line.hasState) return false;
    if (action === ACTION_RESYNC) return true;
    if (action === ACTION_CONTINUE) {
      return welcome.headSequence === line.acknowledgedSequence && welcome.headDigest === line.acknowledgedDigest;
    }
    return this.#source.active && welcome.headSequence === this.#source.sequence && welcome.headDigest === this.#source.digest;
  }

  #stateFlags(): number {
    const line = this.#line;
    if (this.#ownership.isVacant) return HELLO_VACANT | (line.isPartial ? HELLO_PARTIAL_PAGES : 0);
    const alone = line.isAlone ? HELLO_DIVERGED : 0;
    if (!line.hasState) return alone | (line.isPartial ? HELLO_PARTIAL_PAGES : 0);
    const frozen = this.#ownership.isFrozen ? HELLO_FROZEN : 0;
    return alone | frozen | HELLO_HOLDS_PAGES | (this.#source.active ? HELLO_UNDECIDED : 0);
  }
}
