import type { BoardProgram } from '../boards/program.js';
import { DeltaSizes } from './delta-sizes.js';
import type { Peeked } from './frame-peek.js';
import { after, before } from './listen.js';
import { MarkModel } from './mark-model.js';
import { Violation } from './violation.js';

const PAGE_BYTES = 256;

/** What a board sends up in one of its lives, against what has changed there by the checker's own account: I7, and I3. */
export class UplinkWatch {
  readonly #name: string;
  readonly #program: BoardProgram;
  readonly #head: () => Uint8Array | undefined;
  readonly model: MarkModel;
  readonly #sizes = new DeltaSizes();
  /** Pages whose marks were taken off because the host may hold them as they are; whether they had any. */
  readonly #settled = new Map<number, boolean>();
  #session = 0;
  /** Deltas refused before this session began. */
  #mismatches = 0;

  /** `head`: the durable state of the agent that the board has. */
  constructor(name: string, program: BoardProgram, maskCount: number, head: () => Uint8Array | undefined) {
    this.#name = name;
    this.#program = program;
    this.#head = head;
    this.model = new MarkModel(program.memory, maskCount);
    this.#listen();
  }

  /** After everything that came in, and after everything that the board did. */
  look(): void {
    const { link } = this.#program;
    if (!link.hasState) {
      this.model.restart();
      this.#settled.clear();
      return;
    }
    if (link.session !== this.#session) {
      this.#session = link.session;
      this.#mismatches = link.counters.mismatches;
    }
    this.model.look();
  }

  /** I3: what differs from the acknowledged state is dirty or on its way. `isExempt`: nobody can know of it yet. */
  checkNothingForgotten(acknowledged: Uint8Array, isExempt: (page: number) => boolean): void {
    this.model.checkNothingForgotten(acknowledged, (page) => this.#settled.has(page) || isExempt(page));
  }

  /** It changed behind the barrier, and was found. */
  allowWhole(page: number): void {
    this.model.allowWhole(page);
  }

  /** A frame of a delta leaves the board. */
  sent(delta: Peeked & { readonly kind: 'delta' }): void {
    const bytes = this.#sizes.add(this.#program.link.session, delta);
    const { allowedBytes } = this.model;
    if (bytes > allowedBytes) throw new Violation('I7', `${this.#name}: a delta of ${bytes} bytes for a change that takes ${allowedBytes}`);
  }

  #listen(): void {
    const { link, memory } = this.#program;
    before(memory, 'capture', () => {
      this.model.look();
      if (!memory.captureActive && memory.dirtyPageCount > 0) this.model.captured();
    });
    after(memory, 'release', () => {
      this.model.released();
      this.#settled.clear();
    });
    before(memory, 'bringBack', () => {
      this.model.look();
      this.model.broughtBack();
    });
    before(memory, 'settlePage', (page: number) => {
      // A board whose line does not go through the head knows of no page whether it is clean.
      const isForeign = link.counters.mismatches === this.#mismatches;
      this.#settled.set(page, isForeign || memory.isPageDirty(page));
    });
    before(memory, 'markPageDirty', (page: number) => this.#onWhole(page));
  }

  /** I3: only a page that the head does not have as it is may be asked for whole. */
  #onWhole(page: number): void {
    const { memory } = this.#program;
    this.model.allowWhole(page);
    const wasDirty = this.#settled.get(page) === true;
    this.#settled.delete(page);
    if (memory.isPageDirty(page) || wasDirty) return;
    const head = this.#head();
    const from = page * PAGE_BYTES;
    const to = Math.min(from + PAGE_BYTES, memory.sizeBytes);
    const same = head !== undefined && Buffer.compare(memory.bytes.subarray(from, to), head.subarray(from, to)) === 0;
    if (same) throw new Violation('I3', `${this.#name}: page ${page} is to be sent again whole, but the head has it as it is`);
  }
}
