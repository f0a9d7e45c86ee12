import type { LinkCounters } from '../../src/link/counters.js';
import type { Damage } from '../links/damage.js';
import { peekFrame } from './frame-peek.js';
import { FrameTags } from './frame-tags.js';
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
  readonly #tags: FrameTags;

  constructor(count: (what: string) => void) {
    this.#tags = new FrameTags({ add: count });
  }

  /** What a link does to its frames; `sent` sees each one that leaves. */
  damage(sent: Damage['sent']): Damage {
    return {
      sent: (direction, frame) => {
        if (frame.length > FRAME_BYTES_MAX) throw new Violation('I5', `a frame of ${frame.length} bytes`);
        this.#tags.sent(frame, 0, peekFrame(frame, 0, frame.length));
        sent(direction, frame);
      },
      corrupt: (_direction, frame, random) => this.#tags.corrupt(frame, random),
      reseal: (_direction, frame, random) => this.#tags.reseal(frame, random),
    };
  }

  deliver(frame: Uint8Array, receiver: Receiver, deliver: () => void): void {
    const { refused, name } = receiver;
    if (this.#tags.of(frame)?.damaged !== true || refused === undefined) {
      deliver();
      return;
    }
    const before = receiver.describe();
    deliver();
    if (receiver.describe() !== before) throw new Violation('I6', `a damaged frame changed ${name}`);
    if (receiver.refused !== refused + 1) throw new Violation('I6', `${name} did not refuse a damaged frame`);
  }
}
