import { type Done, type DoneWith, StoreError } from '../../host/store/store.js';
import type { Clock } from '../clock.js';
import type { CrashPhase } from '../faults.js';
import { derive, type Random } from '../random.js';
import { StoreImage, type StoreWrite } from './image.js';
import { ImageStore } from './image-store.js';

export interface SimDiskOptions {
  /** A sync takes between these two, drawn each time. */
  readonly syncMinMs: number;
  readonly syncMaxMs: number;
  readonly readMs: number;
}

export const simDiskDefaults: SimDiskOptions = { syncMinMs: 0.5, syncMaxMs: 6, readMs: 0.2 };

/** What survives the host. Only whole writes reach it: a torn one is found by its checksum in a real store. */
export class SimDisk {
  image = new StoreImage();
  readonly clock: Clock;
  readonly options: SimDiskOptions;
  readonly random: Random;
  /** Faults of the run. */
  failing = false;
  slowness = 1;
  armed: { readonly phase: CrashPhase; readonly crash: () => void } | undefined;
  syncs = 0;
  /** Crashes that took place between a write and its sync. */
  unsyncedCrashes = 0;
  /** Crashes after a sync, before anybody was told. */
  unansweredCrashes = 0;
  /** Writes that failed. */
  failures = 0;

  constructor(clock: Clock, seed: number, options: SimDiskOptions = simDiskDefaults) {
    this.clock = clock;
    this.options = options;
    this.random = derive(seed, 'disk');
  }
}

interface Pending {
  readonly write: StoreWrite;
  readonly done: Done;
}

/** A store over a simulated disk: what was not synced when the host died is gone. One per life of the host. */
export class SimStore extends ImageStore {
  readonly #disk: SimDisk;
  #cache: StoreImage;
  #pending: Pending[] = [];
  #syncing = false;
  #dead = false;
  #closing: Done | undefined;

  constructor(disk: SimDisk) {
    super();
    this.#disk = disk;
    this.#cache = disk.image.clone();
  }

  /** Content and record of the head as it is on the disk, not in the cache. */
  durable(agentId: string): ReturnType<StoreImage['peek']> {
    return this.#disk.image.peek(agentId);
  }

  /** The host is dead: nothing begun is finished, nobody is told. */
  crash(): void {
    if (this.#pending.length > 0) this.#disk.unsyncedCrashes++;
    this.#dead = true;
    this.#pending = [];
  }

  close(done: Done): void {
    if (this.#closing || this.#dead) {
      this.#later(() => done(closed()));
      return;
    }
    this.#closing = done;
    if (!this.#syncing) this.#startSync();
  }

  #later(action: () => void, delayMs = 0): void {
    this.#disk.clock.at(this.#disk.clock.nowMs() + delayMs, () => {
      if (!this.#dead) action();
    });
  }

  protected read<T>(_what: string, done: DoneWith<T>, get: (image: StoreImage) => T): void {
    if (this.#closing) {
      this.#later(() => done(closed()));
      return;
    }
    this.#later(() => done(undefined, get(this.#cache)), this.#disk.options.readMs);
  }

  protected readOf<T>(what: string, agentId: string, done: DoneWith<T>, get: (image: StoreImage) => T): void {
    const unknown = () => done(new StoreError('missing', `no agent ${agentId}`));
    if (this.#closing || this.#cache.peek(agentId)) this.read(what, done, get);
    else this.#later(unknown, this.#disk.options.readMs);
  }

  protected write(write: StoreWrite, done: Done): void {
    if (this.#dead) return;
    if (this.#closing) {
      this.#later(() => done(closed()));
      return;
    }
    if (this.#dies('before-write')) return;
    if (this.#disk.failing && this.#disk.random.chance(0.5)) {
      this.#disk.failures++;
      this.#later(() => done(new StoreError('io', 'the disk said no')), 1);
      return;
    }
    const refused = this.#cache.apply(write);
    if (refused) {
      this.#later(() => done(refused));
      return;
    }
    this.#pending.push({ write, done });
    if (this.#dies('before-sync')) return;
    if (!this.#syncing) this.#startSync();
  }

  /** Everything written so far in one sync; what comes meanwhile waits for the next one. */
  #startSync(): void {
    const { options, random, slowness } = this.#disk;
    const batch = this.#pending;
    this.#syncing = true;
    this.#later(
      () => this.#endSync(batch.length),
      (options.syncMinMs + random.unit() * (options.syncMaxMs - options.syncMinMs)) * slowness,
    );
  }

  #endSync(count: number): void {
    const disk = this.#disk;
    const torn = disk.armed?.phase === 'torn-sync' && count > 0;
    const kept = torn ? disk.random.below(count) : count;
    const batch = this.#pending.slice(0, count);
    for (const { write } of batch.slice(0, kept)) {
      const refused = disk.image.apply(write);
      if (refused) throw new Error(`the disk refused what the cache took: ${refused.message}`);
    }
    disk.syncs++;
    if (torn && this.#dies('torn-sync')) return;
    this.#pending = this.#pending.slice(count);
    if (count > 0 && this.#dies('after-sync')) {
      disk.unansweredCrashes++;
      return;
    }
    const unknown = disk.failing && disk.random.chance(0.3);
    if (unknown) disk.failures++;
    this.#syncing = false;
    for (const { done } of batch) this.#later(() => done(unknown ? new StoreError('unknown', 'the sync was not confirmed') : undefined));
    if (this.#pending.length > 0) this.#startSync();
    else if (this.#closing) this.#later(() => this.#closing?.(undefined));
  }

  /** At the armed place: nothing more happens in this life of the host, which learns of it at once. */
  #dies(phase: CrashPhase): boolean {
    const { armed } = this.#disk;
    if (armed?.phase !== phase) return false;
    this.#disk.armed = undefined;
    this.crash();
    this.#disk.clock.at(this.#disk.clock.nowMs(), armed.crash);
    return true;
  }
}

const closed = () => new StoreError('closed', 'the store is closed');
