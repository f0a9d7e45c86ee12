import { type AgentRecord, type Done, type DoneWith, StoreError } from '../../host/store/store.js';
import { StoreImage, type StoreWrite } from '../store/image.js';
import { ImageStore } from '../store/image-store.js';

/** What a store was asked for: a write, the name of what is read, or the code of an answer to a write. */
export type DiskStep = StoreWrite | string;

/** Runs actions later, those of one lane in the order in which they were posted. */
export type Post = (lane: string, action: () => void, what: DiskStep) => void;

export interface DiskWatch {
  /** A host begins a write, or is about to be told of its end: it may die there. */
  step(host: string): void;
  /** `write` is durable; `before` is the agent's record as it was. */
  durable(write: StoreWrite, before: AgentRecord | undefined): void;
}

/**
 * A disk that several hosts may have open: an engine behind which each write is one compare-and-set. Between the call, the moment at which
 * it is durable, and the answer anything else may happen.
 */
export class SharedDisk {
  image = new StoreImage();
  readonly post: Post;
  readonly watch: DiskWatch;
  /** More than one host may have it open at a time. */
  isShared = false;
  /** Nobody learns whether one write in so many happened; every other one of these did. 0: all are answered. */
  unknownEvery = 0;
  #writes = 0;
  #kept: StoreImage | undefined;

  constructor(post: Post, watch: DiskWatch) {
    this.post = post;
    this.watch = watch;
  }

  /** Every other write fails. */
  isFailing = false;
  failures = 0;
  unknowns = 0;

  /** A backup of all that is durable. */
  keep(): void {
    this.#kept = this.image.clone();
  }

  /** What was kept last is all that there is. No host may run. */
  putBack(): void {
    if (this.#kept !== undefined) this.image = this.#kept.clone();
  }

  /** Makes the write durable, or not. Returns what its host is told. */
  write(write: StoreWrite): StoreError | undefined {
    this.#writes++;
    if (this.isFailing && this.#writes % 2 === 0) {
      this.failures++;
      return new StoreError('io', 'the disk said no');
    }
    if (this.unknownEvery === 0 || this.#writes % this.unknownEvery !== 0) return this.#apply(write);
    this.unknowns++;
    if (this.#writes % (2 * this.unknownEvery) !== 0) this.#apply(write);
    return new StoreError('unknown', 'the write was not confirmed');
  }

  /** The refusal of a write that did not happen. */
  #apply(write: StoreWrite): StoreError | undefined {
    const before = 'agentId' in write ? this.image.peek(write.agentId)?.record : undefined;
    const refused = this.image.apply(write);
    if (refused === undefined) this.watch.durable(write, before);
    return refused;
  }
}

/** One host's view of the disk, for one of its lives. */
export class SharedStore extends ImageStore {
  readonly #disk: SharedDisk;
  readonly #host: string;
  #dead = false;

  constructor(disk: SharedDisk, host: string) {
    super();
    this.#disk = disk;
    this.#host = host;
  }

  get isShared(): boolean {
    return this.#disk.isShared;
  }

  /** What was begun and is not durable does not happen; nobody is told. */
  crash(): void {
    this.#dead = true;
  }

  close(done: Done): void {
    this.#later('close', () => done(undefined));
  }

  #later(what: DiskStep, action: () => void): void {
    const ifAlive = () => {
      if (!this.#dead) action();
    };
    this.#disk.post(this.#host, ifAlive, what);
  }

  protected read<T>(what: string, done: DoneWith<T>, get: (image: StoreImage) => T): void {
    this.#later(what, () => done(undefined, get(this.#disk.image)));
  }

  protected readOf<T>(what: string, agentId: string, done: DoneWith<T>, get: (image: StoreImage) => T): void {
    this.#later(`${what} ${agentId}`, () => {
      const { image } = this.#disk;
      if (image.peek(agentId) === undefined) done(new StoreError('missing', `no agent ${agentId}`));
      else done(undefined, get(image));
    });
  }

  protected write(write: StoreWrite, done: Done): void {
    if (this.#dead) return;
    this.#disk.watch.step(this.#host);
    this.#later(write, () => this.#answer(done, this.#disk.write(write)));
  }

  #answer(done: Done, error: StoreError | undefined): void {
    this.#later(error?.code ?? 'done', () => {
      this.#disk.watch.step(this.#host);
      done(error);
    });
  }
}
