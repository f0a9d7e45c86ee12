import { PHASE_LIVE, PHASE_RESYNC } from '../../src/link/board-options.js';
import type { BoardProgram } from '../boards/program.js';
import { type Commit, type CommitHistory, differsFrom } from './history.js';
import { after, before } from './listen.js';
import type { RarePathCounts } from './rare-paths.js';
import { UplinkWatch } from './uplink-watch.js';
import { Violation } from './violation.js';

/** Tells the commits of a board that runs alone from those of its epoch. */
const ALONE = 0.5;

/** What the watch of a board asks of the run. */
export interface DurableView {
  /** The head as it is on the disk. */
  head(): { readonly epoch: number; readonly headEpoch: number; readonly sequence: number; readonly state: Uint8Array } | undefined;
}

/**
 * Watches one life of a board, from a boot to the loss of its RAM. It listens to the calls between link and memory, keeps its own copy
 * of what was acknowledged and its own account of what changed, and judges after everything the board did.
 */
export class BoardWatch {
  readonly uplink: UplinkWatch;
  /** Pages changed behind the barrier and not found yet. */
  readonly poked = new Set<number>();
  readonly #program: BoardProgram;
  readonly #history: CommitHistory;
  readonly #durable: DurableView;
  readonly #rare: RarePathCounts;
  readonly #name: string;
  #acknowledged: Commit | undefined;
  #acknowledgedSequence = 0;
  #epoch = 0;
  #noted = 0;
  #notedEpoch = 0;
  #alone = false;
  #masksRanOut = false;
  #scrubFaults = 0;

  constructor(name: string, program: BoardProgram, maskCount: number, history: CommitHistory, durable: DurableView, rare: RarePathCounts) {
    this.#name = name;
    this.#program = program;
    this.#history = history;
    this.#durable = durable;
    this.#rare = rare;
    this.uplink = new UplinkWatch(name, program, maskCount, () => durable.head()?.state);
    this.#listen();
  }

  /** The page is dirty, on its way, or changed behind the barrier already. */
  isBusy(page: number): boolean {
    return this.#program.memory.isPageDirty(page) || this.uplink.model.isCaptured(page) || this.poked.has(page);
  }

  /** A byte of the page has changed behind the barrier; nobody knows whether before or after the newest commit. */
  poke(page: number): void {
    this.poked.add(page);
    this.#history.find(this.#notedEpoch, this.#noted)?.exempt.add(page);
  }

  /** After everything that came in, and after everything that the board did. */
  check(): void {
    const { link, memory } = this.#program;
    if (!link.hasState) {
      this.#acknowledged = undefined;
      this.uplink.look();
      this.poked.clear();
      return;
    }
    this.#noteCommit();
    this.uplink.look();
    if (this.#acknowledged === undefined || link.acknowledgedSequence !== this.#acknowledgedSequence || link.epoch !== this.#epoch) {
      this.#takeAcknowledged();
    }
    const { masksRanOut } = this.uplink.model;
    if (masksRanOut !== this.#masksRanOut) {
      this.#masksRanOut = masksRanOut;
      if (this.#masksRanOut) this.#rare.add('mask pool empty');
    }
    if (memory.scrubFaultCount > this.#scrubFaults) {
      this.#rare.add('scrub healed', memory.scrubFaultCount - this.#scrubFaults);
      this.#scrubFaults = memory.scrubFaultCount;
    }
    this.#noticePoked();
    if (this.#alone && link.session !== 0 && link.phase === PHASE_LIVE) this.#alone = false;
    // What a comparison of pages is to find is not dirty yet.
    if (this.#alone || link.phase === PHASE_RESYNC) return;
    const { state, exempt } = this.#acknowledged!;
    this.uplink.checkNothingForgotten(state, (page) => this.poked.has(page) || exempt.has(page));
  }

  /** I2, I1: what the board was told is durable is on the disk, and is what the board had committed. */
  #takeAcknowledged(): void {
    const { link, memory } = this.#program;
    const sequence = link.acknowledgedSequence;
    const head = this.#durable.head();
    const state = this.#history.find(head?.sequence === sequence ? head.headEpoch : link.epoch, sequence);
    if (state === undefined) throw new Violation('I1', `${this.#name}: sequence ${sequence} is acknowledged, but nobody committed it`);
    if (sequence > 0 && (head === undefined || (head.epoch === link.epoch && head.sequence < sequence))) {
      throw new Violation('I2', `${this.#name}: sequence ${sequence} is acknowledged, but the disk has ${head?.sequence ?? 'nothing'}`);
    }
    const first = this.#acknowledged === undefined && !memory.captureActive && memory.dirtyPageCount === 0;
    if (first) {
      const at = differsFrom(state, memory.bytes);
      if (at >= 0 && link.phase === PHASE_LIVE)
        throw new Violation('I1', `${this.#name}: refilled with sequence ${sequence}, but byte ${at} differs`);
    }
    this.#acknowledged = state;
    this.#acknowledgedSequence = sequence;
    this.#epoch = link.epoch;
  }

  #listen(): void {
    const { link, memory } = this.#program;
    before(memory, 'capture', () => {
      this.#noticePoked();
      this.#noteCommit();
    });
    before(link, 'startAlone', () => {
      this.#alone = true;
      this.#rare.add('board ran alone');
    });
    after(link, 'commit', () => this.#noteCommit());
    after(link, 'receive', () => this.check());
  }

  /** A page that is dirty is no longer a secret: all of it may be sent. */
  #noticePoked(): void {
    for (const page of this.poked) {
      if (!this.#program.memory.isPageDirty(page)) continue;
      this.poked.delete(page);
      this.uplink.allowWhole(page);
    }
  }

  #noteCommit(): void {
    const { link, memory } = this.#program;
    // A line that goes on without the host has numbers of its own in the epoch that it left.
    const epoch = link.epoch + (this.#alone ? ALONE : 0);
    const isNoted = link.sequence === this.#noted && epoch === this.#notedEpoch;
    if (isNoted || link.sequence === link.acknowledgedSequence) return;
    this.#noted = link.sequence;
    this.#notedEpoch = epoch;
    this.#history.note(epoch, link.sequence, memory.bytes, this.poked);
  }
}
