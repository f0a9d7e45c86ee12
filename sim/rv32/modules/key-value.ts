// embedded:storage/key-value (ECMA-419) of the emulated board, over its log in flash (board/kv.c). Durable when write() returns. NVS of an
// ESP32 has 15 bytes for a domain and for a key, and so has this.
import { board } from './natives.js';

const NAME_BYTES_MAX = 15;

export class KeyValueStorage {
  readonly format = 'buffer';
  readonly #prefix: string;

  constructor(path: string) {
    this.#prefix = `${checked(path)}/`;
  }

  static open(options: { readonly path: string }): KeyValueStorage {
    return new KeyValueStorage(options.path);
  }

  /** The value, undefined if there is none; with a buffer, the bytes that were copied into it. */
  read(key: string): ArrayBuffer | undefined;
  read(key: string, into: ArrayBuffer | Uint8Array): number | undefined;
  read(key: string, into?: ArrayBuffer | Uint8Array): ArrayBuffer | number | undefined {
    return into === undefined ? board.keyValueRead(this.#path(key)) : board.keyValueRead(this.#path(key), into);
  }

  write(key: string, value: ArrayBuffer | Uint8Array): void {
    board.keyValueWrite(this.#path(key), value);
  }

  delete(key: string): void {
    board.keyValueDelete(this.#path(key));
  }

  *[Symbol.iterator](): IterableIterator<string> {
    for (const path of board.keyValueKeys(this.#prefix)) yield path.slice(this.#prefix.length);
  }

  close(): void {}

  #path(key: string): string {
    return this.#prefix + checked(key);
  }
}

function checked(name: string): string {
  if (name.length === 0 || name.length > NAME_BYTES_MAX || !/^[\x21-\x2e\x30-\x7e]+$/.test(name)) {
    throw new RangeError(`a name has 1 to ${NAME_BYTES_MAX} ASCII characters, "/" not among them: ${name}`);
  }
  return name;
}
