import { decodeUtf8, encodeUtf8 } from 'godwit/state/utf8';
import { CHANGED_IDENTITY, type SettingsStore } from './enrolment.js';
import type { BoardSettings, KeyValue } from './platform.js';
import { StoredOwnership } from './stored-ownership.js';

/** Domain of all keys; a key has at most 15 characters (ESP-IDF, "Non-Volatile Storage Library"). */
export const DOMAIN = 'godwit';
const KEY_SETTINGS = 'settings';
/** u32: boots so far. */
const KEY_BOOTS = 'boots';
/** u32: the last boot that lived for HEALTHY_MS. */
const KEY_HEALTHY = 'healthy';
/** f64 each: the newest epoch, and a session of it. */
const KEY_EPOCH = 'epoch';
const KEY_SESSION = 'session';
/** u8: never claims its agent again by itself. */
const KEY_FENCED = 'fenced';
/** UTF-8: why the last program died, as far as anybody could tell. */
const KEY_FAULT = 'fault';

/** A session is written this often at most: 144 times a day. */
export const SESSION_WRITE_EVERY_MS = 600_000;
const FAULT_BYTES = 96;
const TWO_16 = 0x10000;

/**
 * What a board knows of itself over a loss of power, in its key-value storage. Every key is written on its own and may fail: what could
 * not be read counts as not there, what could not be written is counted.
 *
 * Writes a day: at most 150 while the board runs (144 sessions, a boot, an epoch). A boot takes 5, one that follows a death 69, because
 * its first turns are watched (turn-trial.ts); where restarts never end, the crash back-off holds them at 288 a day, 20,000 writes. A
 * write takes 3 of the 126 entries of a page, and the 6 pages of a 24 KB NVS partition take turns: 20,000 writes erase each page 80
 * times a day, 150 less than once; 100,000 erases last for 3.4 years of dying every five minutes, or for centuries.
 */
export class Identity implements SettingsStore {
  boots = 0;
  epoch = 0;
  session = 0;
  isFenced = false;
  /** Why the program before this one died; empty: nobody knows, or it did not. */
  fault = '';
  /** Boots before this one in a row that did not live for HEALTHY_MS. */
  restartsInARow = 0;
  writesFailed = 0;
  readonly ownership: StoredOwnership;
  readonly #keyValue: KeyValue;
  readonly #number = new Uint8Array(8);
  readonly #view = new DataView(this.#number.buffer);
  #epochWritten = 0;
  #sessionWrittenMs = Number.NEGATIVE_INFINITY;
  #hasFault = false;

  /** Counts a boot. */
  constructor(keyValue: KeyValue) {
    this.#keyValue = keyValue;
    this.ownership = new StoredOwnership(keyValue);
    this.boots = (this.#readU32(KEY_BOOTS) + 1) >>> 0;
    this.restartsInARow = Math.max(0, this.boots - 1 - this.#readU32(KEY_HEALTHY));
    this.epoch = this.#readF64(KEY_EPOCH);
    this.session = this.#readF64(KEY_SESSION);
    this.isFenced = this.#read(KEY_FENCED) !== undefined;
    this.fault = this.#readFault();
    this.#epochWritten = this.epoch;
    this.#writeU32(KEY_BOOTS, this.boots);
  }

  /**
   * Differs from those of the 65,535 boots before it, whatever the source of `random` is worth; by `random` it differs from that of a
   * clone with the same storage.
   */
  bootNonce(random: number): number {
    return (this.boots % TWO_16) * TWO_16 + (random >>> 16);
  }

  load(target: Uint8Array): number {
    const stored = this.#read(KEY_SETTINGS);
    if (stored === undefined || stored.byteLength > target.length) return 0;
    target.set(new Uint8Array(stored));
    return stored.byteLength;
  }

  save(bytes: Uint8Array, count: number, changed: number): boolean {
    // First: an epoch of another agent, left behind by a loss of power in between, would shut the new one out.
    const isOther = (changed & CHANGED_IDENTITY) !== 0;
    if (isOther) this.forgetLine();
    // Settings with other ids make what became of the old ones void; with the same ids it is this that does.
    return this.#write(KEY_SETTINGS, bytes.slice(0, count)) && (!isOther || this.ownership.forget());
  }

  get agentId(): Uint8Array | undefined {
    return this.ownership.hasMoved ? this.ownership.agentId : undefined;
  }

  /** What the board has become since it was enrolled as this. */
  follow(settings: BoardSettings): void {
    this.ownership.follow(settings);
    if (this.ownership.epoch <= this.epoch) return;
    this.epoch = this.ownership.epoch;
    this.session = 0;
  }

  /** What it knew of its agent's line, and that it was fenced, is void: the board has another agent, or was enrolled anew. */
  forgetLine(): void {
    this.epoch = 0;
    this.session = 0;
    this.isFenced = false;
    this.#epochWritten = 0;
    this.#sessionWrittenMs = Number.NEGATIVE_INFINITY;
    this.#delete(KEY_EPOCH);
    this.#delete(KEY_SESSION);
    this.#delete(KEY_FENCED);
  }

  /** A session stands. An epoch is written at once, its sessions now and then. */
  entered(nowMs: number, epoch: number, session: number): void {
    this.epoch = epoch;
    this.session = session;
    const isNew = epoch !== this.#epochWritten;
    if (!isNew && nowMs < this.#sessionWrittenMs + SESSION_WRITE_EVERY_MS) return;
    this.#sessionWrittenMs = nowMs;
    // The session first: if the power goes in between, it is one of an older epoch, which refuses nothing.
    this.#writeF64(KEY_SESSION, session);
    if (isNew && this.#writeF64(KEY_EPOCH, epoch)) this.#epochWritten = epoch;
  }

  fence(): void {
    if (this.isFenced) return;
    this.isFenced = true;
    this.#number[0] = 1;
    this.#write(KEY_FENCED, this.#number);
  }

  /** This boot lives long enough: the restarts before it are forgiven. */
  healthy(): void {
    this.restartsInARow = 0;
    this.#writeU32(KEY_HEALTHY, this.boots);
    if (this.#hasFault) this.#delete(KEY_FAULT);
    this.#hasFault = false;
  }

  /** The program is about to die. */
  recordFault(text: string): void {
    const bytes = new Uint8Array(FAULT_BYTES);
    for (let kept = text.slice(0, FAULT_BYTES); ; kept = kept.slice(0, -1)) {
      const count = encodeUtf8(kept, bytes, 0, FAULT_BYTES);
      if (count < 0) continue;
      this.#write(KEY_FAULT, bytes.slice(0, count));
      return;
    }
  }

  #readFault(): string {
    const stored = this.#read(KEY_FAULT);
    this.#hasFault = stored !== undefined;
    return stored === undefined ? '' : decodeUtf8(new Uint8Array(stored), 0, Math.min(stored.byteLength, FAULT_BYTES));
  }

  #readU32(key: string): number {
    const stored = this.#read(key);
    return stored?.byteLength === 4 ? new DataView(stored).getUint32(0, true) : 0;
  }

  #writeU32(key: string, value: number): void {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, true);
    this.#write(key, bytes);
  }

  #readF64(key: string): number {
    const stored = this.#read(key);
    const value = stored?.byteLength === 8 ? new DataView(stored).getFloat64(0, true) : 0;
    return Number.isSafeInteger(value) && value > 0 ? value : 0;
  }

  #writeF64(key: string, value: number): boolean {
    this.#view.setFloat64(0, value, true);
    return this.#write(key, this.#number);
  }

  #read(key: string): ArrayBuffer | undefined {
    try {
      return this.#keyValue.read(key);
    } catch {
      return undefined;
    }
  }

  #write(key: string, bytes: Uint8Array): boolean {
    try {
      this.#keyValue.write(key, bytes);
      return true;
    } catch {
      this.writesFailed++;
      return false;
    }
  }

  #delete(key: string): void {
    try {
      this.#keyValue.delete(key);
    } catch {
      this.writesFailed++;
    }
  }
}
