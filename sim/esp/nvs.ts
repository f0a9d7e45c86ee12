import type { KeyValue } from '../../firmware/platform.js';

const KEY_CHARS_MAX = 15;

/** Non-volatile storage as `embedded:storage/key-value` shows it on an ESP32. It outlives resets and losses of power. */
export class Nvs {
  /** Writes that succeeded, by `domain/key`. */
  readonly writes = new Map<string, number>();
  /** Writes are refused, as by a partition that is full or worn out. */
  isBroken = false;
  /** Writes and deletions until the power is cut; those from then on do not take place. */
  changesLeft = Number.POSITIVE_INFINITY;
  /** The power is cut, just before a change. */
  onCut: () => void = () => undefined;
  readonly #values = new Map<string, Uint8Array>();

  open(domain: string): KeyValue {
    const path = (key: string): string => {
      if (key.length === 0 || key.length > KEY_CHARS_MAX) throw new Error('ESP_ERR_NVS_KEY_TOO_LONG');
      return `${domain}/${key}`;
    };
    return {
      read: (key) => this.#values.get(path(key))?.slice().buffer as ArrayBuffer | undefined,
      write: (key, value) => {
        const name = path(key);
        if (this.isBroken) throw new Error('ESP_ERR_NVS_NOT_ENOUGH_SPACE');
        if (!this.#hasPower()) return;
        this.#values.set(name, value.slice());
        this.writes.set(name, (this.writes.get(name) ?? 0) + 1);
      },
      delete: (key) => {
        const name = path(key);
        if (this.isBroken) throw new Error('ESP_ERR_NVS_NOT_ENOUGH_SPACE');
        if (this.#values.has(name) && this.#hasPower()) this.#values.delete(name);
      },
    };
  }

  #hasPower(): boolean {
    if (this.changesLeft-- > 0) return true;
    this.onCut();
    return false;
  }

  get writeCount(): number {
    let count = 0;
    for (const writes of this.writes.values()) count += writes;
    return count;
  }
}
