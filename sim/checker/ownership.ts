import type { AgentRecord } from '../../host/store/store.js';
import type { StoreWrite } from '../store/image.js';
import { type Commit as CommittedState, differsFrom } from './history.js';
import { SetBacks } from './set-backs.js';
import { Violation } from './violation.js';

interface Commit extends CommittedState {
  /** One life of a device. */
  readonly by: string;
  readonly count: number;
}

const NONE: ReadonlySet<number> = new Set();

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
  readonly #commits = new Map<number, Commit[]>();
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
  readonly #outputs = new Map<string, number>();
  /** Immediate outputs, by id: what left a board. */
  readonly #shouts = new Map<string, number>();
  readonly #released = new Map<number, string>();
  /** Numbers that were released before the store was set back. */
  readonly #releasedBefore = new Set<number>();
  /** When the image was taken. */
  #releasedThen: ReadonlyMap<number, string> = new Map();
  readonly setBacks = new SetBacks();
  /** What was acknowledged and is not in the store that was put back; 0: nothing, or it is back. */
  #lostCount = 0;
  /** An operator could hear of it. */
  #isLossTold = false;
  #hasTwin = false;
  /** The board that had it. */
  #lostBy = '';

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
    const before = this.#shouts.get(id);
    if ((before ?? count) !== count && !this.setBacks.mayRepeat)
      throw new Violation('I1', `immediate output ${id} left a board as ${before}, and now as ${count}`);
    this.#shouts.set(id, count);
  }

  /** The board's state at a commit, copied. `exempt`: pages that changed behind the write barrier, which it cannot know of. */
  committed(by: string, epoch: number, sequence: number, count: number, bytes: Uint8Array, exempt: ReadonlySet<number> = NONE): void {
    const commits = this.#commits.get(sequence) ?? [];
    const same = commits.find((commit) => commit.epoch === epoch && (commit.by === by || !this.setBacks.mayRepeat));
    if (same !== undefined) {
      if (differsFrom(same, bytes) >= 0)
        throw new Violation('I1', `sequence ${sequence} of epoch ${epoch} was committed with two contents`);
      return;
    }
    this.counts.commits++;
    commits.push({ by, epoch, count, state: bytes.slice(), exempt: new Set(exempt) });
    this.#commits.set(sequence, commits);
  }

  /** A byte of the page has changed behind the barrier; nobody knows whether before or after this commit. */
  poked(epoch: number, sequence: number, page: number): void {
    for (const commit of this.#find(epoch, sequence)) commit.exempt.add(page);
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
    this.#headCount = this.#find(headEpoch, sequence).at(-1)?.count ?? 0;
    if (this.#acknowledgedCount > this.#headCount) {
      this.#lostCount = Math.max(this.#lostCount, this.#acknowledgedCount);
      this.#lostBy = owner;
      this.#isLossTold = false;
    }
    this.#acknowledgedCount = Math.min(this.#acknowledgedCount, this.#headCount);
    for (const count of this.#released.keys()) this.#releasedBefore.add(count);
    this.#keepReleased(head === undefined ? this.#released : new Map([...this.#released, ...this.#releasedThen]));
  }

  /** The image that may be put back is taken. */
  kept(): void {
    this.setBacks.kept();
    this.#releasedThen = new Map(this.#released);
  }

  /** Of what was released, the part that is on the line of the head. */
  #keepReleased(released: ReadonlyMap<number, string>): void {
    this.#released.clear();
    for (const [count, id] of released) if (count <= this.#headCount) this.#released.set(count, id);
  }

  /** An operator is told that boards and store do not agree. */
  told(): void {
    this.#isLossTold = true;
  }

  /** Of two boards with one identity the one that knows may not be heard. */
  twinned(): void {
    this.#hasTwin = true;
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
    for (const { count } of this.#commits.get(sequence) ?? [])
      if (count <= this.#headCount) this.#acknowledgedCount = Math.max(this.#acknowledgedCount, count);
  }

  /** A host releases a committed output, which is the number `count`. */
  released(sequence: number, index: number, count: number): void {
    this.counts.outputs++;
    const id = `${sequence}.${index}`;
    if (sequence > this.#headSequence) throw new Violation('I2', `output ${id} is released, the disk has ${this.#headSequence}`);
    if (count > this.#headCount) throw new Violation('I4', `output ${id} says ${count}, the durable line has come to ${this.#headCount}`);
    const before = this.setBacks.mayRepeat ? undefined : this.#outputs.get(id);
    if ((before ?? count) !== count) throw new Violation('I1', `output ${id} was released with two contents`);
    const other = this.#released.get(count) ?? id;
    if (before === undefined && other !== id && !this.setBacks.mayRepeat)
      throw new Violation('I4', `${count} was counted twice: outputs ${other} and ${id}`);
    this.#outputs.set(id, count);
    this.#released.set(count, id);
  }

  /** Once everything has come to rest: the count has no gap. */
  finish(): void {
    for (let count = 1; count <= this.#headCount; count++) {
      if (!this.#released.has(count) && !this.#releasedBefore.has(count))
        throw new Violation('I2', `${count} of ${this.#headCount} was never released`);
    }
    const isKnown = !this.#hasTwin && !this.setBacks.isCold(this.#lostBy);
    if (this.#lostCount > 0 && !this.#isLossTold && isKnown)
      throw new Violation(
        'I2',
        `${this.#lostCount} was acknowledged before an old store was put back, and nobody was told that it is lost`,
      );
  }

  /** For digests of a whole run: what the rest of it will be judged by. */
  describe(): string {
    return [this.#newestGrant, this.#newestTurn, this.#headCount, this.#acknowledgedCount, this.#released.size, ...this.#frozen].join();
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
    this.#runners.set(board, (this.#runners.get(board) ?? new Set()).add(device));
    const hasTwin = this.#runners.get(board)!.size > 1;
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
    const commits = this.#find(headEpoch, sequence);
    if (commits.length === 0) throw new Violation('I1', `the head is sequence ${sequence}, which nobody committed`);
    const commit = commits.find((one) => differsFrom(one, state) < 0) ?? commits[0]!;
    const at = differsFrom(commit, state);
    if (at >= 0) throw new Violation('I1', `byte ${at} of the head at sequence ${sequence} is not what the board had there`);
    if (commit.count < this.#acknowledgedCount)
      throw new Violation('I2', `${this.#acknowledgedCount} was acknowledged, the head at sequence ${sequence} is at ${commit.count}`);
    this.#headCount = commit.count;
    if (commit.count >= this.#lostCount) this.#lostCount = 0;
  }

  /** A retained content comes back on purpose: from there on the same numbers come again, under new ids. */
  #rewound(epoch: number, sequence: number, state: Uint8Array): void {
    const older = [...this.#commits.values()].flat().find((commit) => differsFrom(commit, state) < 0);
    if (older === undefined) throw new Violation('I1', `the content that came back as sequence ${sequence} was never committed`);
    this.committed('host', epoch, sequence, older.count, state);
    this.#headCount = this.#acknowledgedCount = older.count;
    for (const count of this.#released.keys()) if (count > older.count) this.#released.delete(count);
    // What came back may be of a line that was undone before: its numbers were released then.
    for (const [id, count] of this.#outputs) if (count <= older.count && !this.#released.has(count)) this.#released.set(count, id);
  }

  /** As committed in `epoch` or, if that began later, in the newest before it. More than one: the store was set back in between. */
  #find(epoch: number, sequence: number): readonly Commit[] {
    const commits = (this.#commits.get(sequence) ?? []).filter((commit) => commit.epoch <= epoch);
    const newest = commits.reduce((best, commit) => Math.max(best, commit.epoch), 0);
    return commits.filter((commit) => commit.epoch === newest);
  }
}
