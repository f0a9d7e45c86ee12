import type { TurnTrial } from 'godwit/agent/turn-trial';
import type { KeyValue } from './platform.js';

export const TRIAL_KEY = 'trying';
/** So many turns after a death are watched: two writes of flash each. What kills comes early, for it comes again with the refill. */
export const WATCHED_TURNS = 32;

const RUNNING_KIND = 0;
const RUNNING_ID = 1;
const SUSPECT_KIND = 9;
const SUSPECT_ID = 10;
const DEATHS = 18;
const RECORD_BYTES = 19;
const DEATHS_MAX = 255;

/**
 * A trial in the board's key-value storage: which turn is running, and which one the program died in last. Where the storage refuses a
 * write, nothing is watched.
 */
export class StoredTrial implements TurnTrial {
  readonly #keyValue: KeyValue;
  readonly #bytes = new Uint8Array(RECORD_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #turnsLeft = 0;

  /** @param isArmed the last program has died, or may have */
  constructor(keyValue: KeyValue, isArmed: boolean) {
    this.#keyValue = keyValue;
    this.#read();
    if (this.#bytes[RUNNING_KIND] !== 0) this.#blame();
    if (isArmed) this.#turnsLeft = WATCHED_TURNS;
  }

  get suspectKind(): number {
    return this.#bytes[SUSPECT_KIND]!;
  }

  get suspectId(): number {
    return this.#view.getFloat64(SUSPECT_ID, true);
  }

  get deaths(): number {
    return this.#bytes[DEATHS]!;
  }

  begins(kind: number, id: number): void {
    if (this.#turnsLeft === 0) return;
    this.#turnsLeft--;
    this.#bytes[RUNNING_KIND] = kind;
    this.#view.setFloat64(RUNNING_ID, id, true);
    this.#write();
  }

  ended(): void {
    if (this.#bytes[RUNNING_KIND] === 0) return;
    this.#bytes[RUNNING_KIND] = 0;
    this.#write();
  }

  /** The turns were another agent's. */
  forget(): void {
    this.#bytes.fill(0);
    this.#turnsLeft = 0;
    try {
      this.#keyValue.delete(TRIAL_KEY);
    } catch {
      // It is read again at the next start, and costs a turn or two of an agent whose turns have the same numbers.
    }
  }

  /** The turn that was running when the program died. */
  #blame(): void {
    const kind = this.#bytes[RUNNING_KIND]!;
    const id = this.#view.getFloat64(RUNNING_ID, true);
    const isSame = kind === this.suspectKind && id === this.suspectId;
    this.#bytes[SUSPECT_KIND] = kind;
    this.#view.setFloat64(SUSPECT_ID, id, true);
    this.#bytes[DEATHS] = isSame ? Math.min(DEATHS_MAX, this.deaths + 1) : 1;
    this.#bytes[RUNNING_KIND] = 0;
    this.#write();
  }

  #read(): void {
    try {
      const stored = this.#keyValue.read(TRIAL_KEY);
      if (stored !== undefined && stored.byteLength === RECORD_BYTES) this.#bytes.set(new Uint8Array(stored));
    } catch {
      // As good as empty.
    }
  }

  #write(): void {
    try {
      this.#keyValue.write(TRIAL_KEY, this.#bytes);
    } catch {
      this.#turnsLeft = 0;
    }
  }
}
