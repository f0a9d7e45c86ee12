import { changeAndReseal, flipBits } from '../links/damage.js';
import type { Random } from '../random.js';
import type { Peeked } from './frame-peek.js';
import type { RarePathCounts } from './rare-paths.js';

const KIND_NO_SESSION = 17;

/** What is known of a frame on its way that its receiver cannot know. */
export interface Tag {
  /** In which it was sealed. */
  readonly session: number;
  readonly peeked: Peeked;
  readonly damaged: boolean;
}

/** Changes what a delta carries. */
export function resealDelta(frame: Uint8Array, { chunkAt, chunkBytes }: Peeked & { readonly kind: 'delta' }, random: Random): Uint8Array {
  return changeAndReseal(frame, chunkAt + random.below(chunkBytes), 1 + random.below(255));
}

/** Follows every frame that a link carries as one message, and does the damage that faults ask for. */
export class FrameTags {
  readonly #tags = new WeakMap<Uint8Array, Tag>();
  readonly #rare: RarePathCounts;

  constructor(rare: RarePathCounts) {
    this.#rare = rare;
  }

  sent(frame: Uint8Array, session: number, peeked: Peeked): void {
    this.#tags.set(frame, { session, peeked, damaged: false });
  }

  of(frame: Uint8Array): Tag | undefined {
    return this.#tags.get(frame);
  }

  corrupt(frame: Uint8Array, random: Random): Uint8Array {
    this.#rare.add('damaged frame');
    const damaged = flipBits(frame, random);
    const tag = this.#tags.get(frame);
    if (tag) this.#tags.set(damaged, { ...tag, damaged: true });
    return damaged;
  }

  /** Only what a delta carries: a changed and sealed acknowledgement would be a lie, not damage. */
  reseal(frame: Uint8Array, random: Random): Uint8Array {
    const tag = this.#tags.get(frame);
    if (tag?.peeked.kind !== 'delta') return frame;
    const changed = resealDelta(frame, tag.peeked, random);
    this.#rare.add('resealed frame');
    this.#tags.set(changed, tag);
    return changed;
  }

  /** Not meant for its receiver: damaged, or sealed in another session than the receiver's. */
  isForeign(tag: Tag, session: number): boolean {
    if (tag.damaged) return true;
    const sessionless = tag.peeked.kind === 'hello' || tag.peeked.kind === 'welcome' || tag.peeked.kind === 'refused';
    if (sessionless || tag.session === 0 || tag.session === session) return false;
    if (tag.peeked.kind === 'other' && tag.peeked.type === KIND_NO_SESSION) return false;
    this.#rare.add(tag.session < session ? 'late frame of an old session' : 'frame of another session');
    return true;
  }
}
