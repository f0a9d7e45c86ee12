import type { KeyValue } from '../../firmware/platform.js';

const KEY_CHARS_MAX = 15;

/** Non-volatile storage as `embedded:storage/key-value` shows it on an ESP32. It outlives resets and losses of power. */
export class Nvs {
  /** Writes that succeeded, by `domain/key`. */
  readonly writes = new Map<string, number>();
  /** Writes are refused, as by a partition that is full or worn out. */
  isBroken = false;
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
        this.#values.set(name, value.slice());
        this.writes.set(name, (this.writes.get(name) ?? 0) + 1);
      },
      delete: (key) => {
        const name = path(key);
        if (this.isBroken) throw new Error('ESP_ERR_NVS_NOT_ENOUGH_SPACE');
        this.#values.delete(name);
      },
    };
  }

  get writeCount(): number {
    let count = 0;
    for (const writes of this.writes.values()) count += writes;
    return count;
  }
}
