import type { LinkCounters } from '../../src/link/counters.js';
import { type Damage, flipBits } from '../links/damage.js';
import type { Random } from '../random.js';
import { peekFrame } from './frame-peek.js';
import { resealDelta } from './frame-tags.js';
import { Violation } from './violation.js';

const FRAME_BYTES_MAX = 280;

/** The receiver of a frame. */
export interface Receiver {
  readonly name: string;
  /** All of it that a frame may change. */
  describe(): string;
  /** Frames that it has refused; undefined: it is not counting now. */
  readonly refused: number | undefined;
}

/** Frames that were turned away before anybody looked at their fields. */
export const refusals = (counters: LinkCounters) => counters.badHeads + counters.badChecks + counters.sessionless;

/** Follows the frames that links carry as messages: one that was damaged on its way changes nothing, and is counted as refused (I6). */
export class FrameWatch {
  readonly #damaged = new WeakSet<Uint8Array>();
  readonly #count: (what: string) => void;

  constructor(count: (what: string) => void) {
    this.#count = count;
  }

  /** What a link does to its frames; `sent` sees each one that leaves. */
  damage(sent: Damage['sent']): Damage {
    return {
      sent: (direction, frame) => {
        if (frame.length > FRAME_BYTES_MAX) throw new Violation('I5', `a frame of ${frame.length} bytes`);
        sent(direction, frame);
      },
      corrupt: (_direction, frame, random) => this.#corrupt(frame, random),
      reseal: (_direction, frame, random) => this.#reseal(frame, random),
    };
  }

  deliver(frame: Uint8Array, receiver: Receiver, deliver: () => void): void {
    const { refused, name } = receiver;
    if (!this.#damaged.has(frame) || refused === undefined) {
      deliver();
      return;
    }
    const before = receiver.describe();
    deliver();
    if (receiver.describe() !== before) throw new Violation('I6', `a damaged frame changed ${name}`);
    if (receiver.refused !== refused + 1) throw new Violation('I6', `${name} did not refuse a damaged frame`);
  }

  #corrupt(frame: Uint8Array, random: Random): Uint8Array {
    this.#count('damaged frame');
    const damaged = flipBits(frame, random);
    this.#damaged.add(damaged);
    return damaged;
  }

  #reseal(frame: Uint8Array, random: Random): Uint8Array {
    const peeked = peekFrame(frame, 0, frame.length);
    if (peeked.kind !== 'delta') return frame;
    this.#count('resealed frame');
    return resealDelta(frame, peeked, random);
  }
}
