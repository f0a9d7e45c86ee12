import type { AgentRecord } from '../../host/store/store.js';
import type { StoreWrite } from '../store/image.js';
import { CommitBook } from './commit-book.js';
import { CountedOutputs } from './counted-outputs.js';
import { SetBacks } from './set-backs.js';
import { Violation } from './violation.js';

/** How many of each thing a history has seen: a rule about something that never happened judged nothing. */
export interface OwnershipCounts {
  commits: number;
  grants: number;
  activations: number;
  freezes: number;
  turns: number;
  outputs: number;
  shouts: number;
}

/**
 * The history of one agent that counts, in real time, and the judgement of who owned it when (I1, I2, I4). It hears what happens at the
 * ends of the system, disk, flash, turns and frames, and nothing of what host and boards think. Each turn adds one to the count.
 */
export class OwnershipHistory {
  readonly counts: OwnershipCounts = { commits: 0, grants: 0, activations: 0, freezes: 0, turns: 0, outputs: 0, shouts: 0 };
  /** Changes of the durable head. */
  appends = 0;
  readonly #isLeased: boolean;
  readonly #commits = new CommitBook();
  readonly #outputs = new CountedOutputs();
  readonly setBacks = new SetBacks();
  /** By epoch, the board that the disk gave it to. */
  readonly #grants = new Map<number, string>();
  #newestGrant = 0;
  /** By device, the newest epoch in which it said that it stands still. */
  readonly #frozen = new Map<string, number>();
  /** By epoch, the device that ran in it: two can have one identity. */
  readonly #devices = new Map<number, string>();
  /** By board, the devices that ran as it. */
  readonly #runners = new Map<string, Set<string>>();
  #newestTurn = 0;
  #inTurn: unknown;
  #headSequence = 0;
  #headCount = 0;
  /** The count of the newest commit that a board was told is durable. */
  #acknowledgedCount = 0;

  /** With a lease I4 holds in real time; without one, epoch by epoch. */
  constructor(isLeased: boolean) {
    this.#isLeased = isLeased;
  }

  /** The count of the durable head. */
  get headCount(): number {
    return this.#headCount;
  }

  /** A turn begins on a board that takes itself for the owner in this epoch. */
  turn(board: string, epoch: number, device: string): void {
    this.counts.turns++;
    try {
      const first = this.#devices.get(epoch) ?? device;
      if (first !== device && !this.setBacks.isForgotten(board, epoch))
        throw new Violation('I4', `${first} and ${device} both run turns in epoch ${epoch}`);
      if (this.#grants.get(epoch) === board) this.#devices.set(epoch, device);
      this.#checkActive(board, epoch, device, 'runs a turn');
    } catch (error) {
      this.#inTurn ??= error;
      throw error;
    }
  }

  /** What is found inside a turn. */
  fail(violation: Violation): never {
    this.#inTurn ??= violation;
    throw violation;
  }

  /** An agent's runner takes what its turn throws for a fault of the agent: asked after every event, this throws it again. */
  check(): void {
    if (this.#inTurn !== undefined) throw this.#inTurn;
  }

  /** An immediate output leaves a board. */
  shout(board: string, epoch: number, device: string, id: string, count: number): void {
    this.counts.shouts++;
    this.#checkFrozen(device, epoch, 'releases an output');
    if (this.#isLeased) this.#checkActive(board, epoch, device, 'releases an output');
    this.#outputs.shout(id, count, this.setBacks.mayRepeat);
  }

  /** The board's state at a commit. `by`: one life of a device. `exempt`: pages that changed behind the write barrier. */
  committed(by: string, epoch: number, sequence: number, count: number, state: Uint8Array, exempt?: ReadonlySet<number>): void {
    if (this.#commits.note({ by, epoch, count, state }, sequence, this.setBacks.mayRepeat, exempt)) this.counts.commits++;
  }

  /** A byte of the page has changed behind the barrier; nobody knows whether before or after this commit. */
  poked(epoch: number, sequence: number, page: number): void {
    for (const { exempt } of this.#commits.find(epoch, sequence)) exempt.add(page);
  }

  /**
   * The store has become an older image of itself, or was told to forget the agent (`head` undefined). What was acknowledged since is lost by
   * the operator's act, unless a board still has it; an operator must be told.
   */
  setBack(head: { readonly record: AgentRecord } | undefined): void {
    const { epoch = 0, sequence = 0, headEpoch = 0 } = head?.record ?? {};
    const owner = this.#grants.get(this.#newestGrant) ?? '';
    this.setBacks.setBack(epoch, this.#grants);
    for (const later of this.#devices.keys()) if (later > epoch) this.#devices.delete(later);
    for (const [device, frozen] of this.#frozen) if (frozen > epoch) this.#frozen.delete(device);
    this.#newestGrant = epoch;
    this.#newestTurn = Math.min(this.#newestTurn, epoch);
    this.#headSequence = sequence;
    this.#headCount = this.#commits.find(headEpoch, sequence).at(-1)?.count ?? 0;
    if (this.#acknowledgedCount > this.#headCount) this.setBacks.lost(this.#acknowledgedCount, owner);
    this.#acknowledgedCount = Math.min(this.#acknowledgedCount, this.#headCount);
    this.#outputs.setBack(this.#headCount, head !== undefined);
  }

  /** The image is taken that may be put back. */
  kept(): void {
    this.setBacks.kept();
    this.#outputs.kept();
  }

  /** The board's flash says that it owns the agent. */
  activated(board: string, epoch: number): void {
    this.counts.activations++;
    if (this.#grants.get(epoch) !== board && !this.setBacks.isForgotten(board, epoch))
      throw new Violation('I4', `${board} is active in epoch ${epoch}, which ${this.#ownerOf(epoch)}`);
  }

  /** The board says that it stands still. */
  frozen(device: string, epoch: number): void {
    this.counts.freezes++;
    this.#frozen.set(device, Math.max(epoch, this.#frozen.get(device) ?? 0));
    this.#ranAs(this.#grants.get(epoch) ?? '', device);
  }

  /** A write has reached the disk. `head` is what the agent's record and state are now. */
  durable(write: StoreWrite, before: AgentRecord | undefined, head: { readonly record: AgentRecord; readonly state: Uint8Array }): void {
    if (write.kind === 'grant') this.#granted(head.record, before);
    const isRewind = write.kind === 'grant' && write.grant.append !== undefined;
    if (write.kind === 'append' || isRewind) this.#appended(head.record, head.state, isRewind);
  }

  /** A board is told that everything up to `sequence` is durable. */
  acknowledged(sequence: number): void {
    if (sequence > this.#headSequence)
      throw new Violation('I2', `sequence ${sequence} is acknowledged, the disk has ${this.#headSequence}`);
    for (const { count } of this.#commits.of(sequence))
      if (count <= this.#headCount) this.#acknowledgedCount = Math.max(this.#acknowledgedCount, count);
  }

  /** A host releases a committed output, which is the number `count`. */
  released(sequence: number, index: number, count: number): void {
    this.counts.outputs++;
    const id = `${sequence}.${index}`;
    if (sequence > this.#headSequence) throw new Violation('I2', `output ${id} is released, the disk has ${this.#headSequence}`);
    if (count > this.#headCount) throw new Violation('I4', `output ${id} says ${count}, the durable line has come to ${this.#headCount}`);
    this.#outputs.released(id, count, this.setBacks.mayRepeat);
  }

  /** Once everything has come to rest: the count has no gap. */
  finish(): void {
    this.#outputs.checkNoGap(this.#headCount);
    this.setBacks.checkTold();
  }

  /** For digests of a whole run: what the rest of it will be judged by. */
  describe(): string {
    return [
      this.#newestGrant,
      this.#newestTurn,
      this.#headCount,
      this.#acknowledgedCount,
      this.#outputs.releasedCount,
      ...this.#frozen,
    ].join();
  }

  /** Of two devices with one identity a lease says nothing: a host takes the second for the first one, restarted. */
  #checkActive(board: string, epoch: number, device: string, what: string): void {
    if (this.#grants.get(epoch) !== board) {
      this.#checkForgotten(board, epoch, `${device} ${what}`);
      return;
    }
    this.setBacks.ran(board);
    this.#checkFrozen(device, epoch, what);
    const newest = this.#newestTurn;
    const hasTwin = this.#ranAs(board, device) > 1;
    if (this.#isLeased && epoch < newest && !hasTwin && this.#grants.get(newest) !== board)
      throw new Violation('I4', `${device} ${what} in epoch ${epoch}, with a lease, after ${this.#devices.get(newest)} did in ${newest}`);
    this.#newestTurn = Math.max(newest, epoch);
  }

  /** Without a lease, a board of which an old store knows nothing runs on until it is heard. */
  #checkForgotten(board: string, epoch: number, what: string): void {
    if (!this.setBacks.isForgotten(board, epoch)) throw new Violation('I4', `${what} in epoch ${epoch}, which ${this.#ownerOf(epoch)}`);
    if (this.#isLeased && this.setBacks.hasRival(board))
      throw new Violation('I4', `${what} in epoch ${epoch}, with a lease, which the store forgot, after another board did`);
  }

  /** A device is, or says that it was, this board. Returns how many were. */
  #ranAs(board: string, device: string): number {
    const devices = (this.#runners.get(board) ?? new Set()).add(device);
    this.#runners.set(board, devices);
    return devices.size;
  }

  #checkFrozen(device: string, epoch: number, what: string): void {
    if (epoch <= (this.#frozen.get(device) ?? 0))
      throw new Violation('I4', `${device} ${what} in epoch ${epoch}, in which it stands still`);
  }

  #ownerOf(epoch: number): string {
    const owner = this.#grants.get(epoch);
    return owner === undefined ? 'was never granted' : `is ${owner}'s`;
  }

  #granted(record: AgentRecord, before: AgentRecord | undefined): void {
    const { epoch, boardId } = record;
    this.counts.grants++;
    if (before !== undefined && record.session <= before.session) throw new Violation('I4', `session ${record.session} was granted twice`);
    if (epoch < this.#newestGrant) throw new Violation('I4', `epoch ${epoch} was granted after ${this.#newestGrant}`);
    const owner = this.#grants.get(epoch) ?? boardId;
    if (owner !== boardId) throw new Violation('I4', `epoch ${epoch} was granted to ${owner} and to ${boardId}`);
    this.setBacks.granted(epoch, boardId);
    this.#grants.set(epoch, boardId);
    this.#newestGrant = epoch;
  }

  #appended(record: AgentRecord, state: Uint8Array, isRewind: boolean): void {
    const { sequence, headEpoch } = record;
    this.appends++;
    if (headEpoch !== this.#newestGrant)
      throw new Violation('I4', `a board of epoch ${headEpoch} changes the head in epoch ${this.#newestGrant}`);
    if (sequence <= this.#headSequence) throw new Violation('I2', `the head goes from ${this.#headSequence} to ${sequence}`);
    this.#headSequence = sequence;
    if (isRewind) {
      this.#rewound(headEpoch, sequence, state);
      return;
    }
    const commit = this.#commits.match(headEpoch, sequence, state);
    if (this.setBacks.isBack(record.boardId, headEpoch)) {
      // An older sequence may have been restored there, of which the store knows nothing: its numbers are those of another line.
      this.#acknowledgedCount = Math.min(this.#acknowledgedCount, commit.count);
      this.#outputs.setBack(0, false);
    }
    if (commit.count < this.#acknowledgedCount)
      throw new Violation('I2', `${this.#acknowledgedCount} was acknowledged, the head at sequence ${sequence} is at ${commit.count}`);
    this.#headCount = commit.count;
    this.setBacks.found(commit.count);
  }

  /** A retained content comes back on purpose: from there on the same numbers come again, under new ids. */
  #rewound(epoch: number, sequence: number, state: Uint8Array): void {
    const older = this.#commits.withContent(state);
    if (older === undefined) throw new Violation('I1', `the content that came back as sequence ${sequence} was never committed`);
    this.committed('host', epoch, sequence, older.count, state);
    this.#headCount = this.#acknowledgedCount = older.count;
    this.#outputs.rewound(older.count);
  }
}
