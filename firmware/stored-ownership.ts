import type { OwnershipStore } from 'godwit/agent/ownership-store';
import type { RetiredAgent } from 'godwit/link/board-ownership';
import { ID_BYTES } from 'godwit/wire/constants';
import { crc32 } from 'godwit/wire/crc32';
import { isZero } from 'godwit/wire/text-rules';
import type { BoardSettings, KeyValue } from './platform.js';

export const OWNERSHIP_KEY = 'owner';

const FORMAT = 1;
const ENROLLED_CHECK = 1;
const AGENT = 5;
const EPOCH = 21;
const RETIRED_AGENT = 29;
const RETIRED_EPOCH = 45;
const RECORD_BYTES = 53;

/**
 * Which agent a board has, if that is another one than it was enrolled with, and which one it gave up last. One record, so that a loss of
 * power finds it as it was or as it is to be. It names the ids of the enrolment that it goes on from: one with other ids makes it void
 * in the write that stores them.
 */
export class StoredOwnership implements OwnershipStore {
  /** Of the agent that the board has; zeros: it is vacant. Others only read. */
  readonly agentId = new Uint8Array(ID_BYTES);
  /** In which it became the board's; 0: nobody knows. */
  epoch = 0;
  /** It is not the one that the board was enrolled with. */
  hasMoved = false;
  writesFailed = 0;
  readonly #keyValue: KeyValue;
  readonly #bytes = new Uint8Array(RECORD_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);

  constructor(keyValue: KeyValue) {
    this.#keyValue = keyValue;
  }

  get isVacant(): boolean {
    return isZero(this.agentId, 0, ID_BYTES);
  }

  get retired(): RetiredAgent | undefined {
    if (isZero(this.#bytes, RETIRED_AGENT, ID_BYTES)) return undefined;
    return { agentId: this.#bytes.slice(RETIRED_AGENT, RETIRED_EPOCH), epoch: this.#view.getFloat64(RETIRED_EPOCH, true) };
  }

  /** The board is enrolled as this: what has become of it since is in the record. */
  follow(settings: BoardSettings): void {
    const check = crc32(settings.agentId, 0, ID_BYTES, crc32(settings.boardId, 0, ID_BYTES, 0));
    this.#read();
    this.hasMoved = this.#bytes[0] === FORMAT && this.#view.getUint32(ENROLLED_CHECK, true) === check;
    if (this.hasMoved) {
      this.agentId.set(this.#bytes.slice(AGENT, EPOCH));
      this.epoch = this.#view.getFloat64(EPOCH, true);
      return;
    }
    this.#bytes.fill(0);
    this.#view.setUint32(ENROLLED_CHECK, check, true);
    this.agentId.set(settings.agentId);
    this.epoch = 0;
  }

  storeOwned(agentId: Uint8Array, epoch: number): boolean {
    return this.#store(agentId, epoch);
  }

  storeRetired(agentId: Uint8Array, epoch: number): void {
    this.#bytes.set(agentId, RETIRED_AGENT);
    this.#view.setFloat64(RETIRED_EPOCH, Math.max(epoch, this.epoch), true);
    this.#store(new Uint8Array(ID_BYTES), 0);
  }

  /** The board is what it was enrolled as. False: that could not be stored. */
  forget(): boolean {
    try {
      this.#keyValue.delete(OWNERSHIP_KEY);
    } catch {
      this.writesFailed++;
      return false;
    }
    return true;
  }

  /** What could not be written is true until the next restart: then the board asks as what it was, and is told again. */
  #store(agentId: Uint8Array, epoch: number): boolean {
    const record = this.#bytes;
    const before = record.slice();
    record[0] = FORMAT;
    record.set(agentId, AGENT);
    this.#view.setFloat64(EPOCH, epoch, true);
    try {
      this.#keyValue.write(OWNERSHIP_KEY, record);
    } catch {
      this.writesFailed++;
      record.set(before);
      return false;
    }
    this.agentId.set(agentId);
    this.epoch = epoch;
    this.hasMoved = true;
    return true;
  }

  #read(): void {
    this.#bytes.fill(0);
    try {
      const stored = this.#keyValue.read(OWNERSHIP_KEY);
      if (stored?.byteLength === RECORD_BYTES) this.#bytes.set(new Uint8Array(stored));
    } catch {
      // As good as none.
    }
  }
}
