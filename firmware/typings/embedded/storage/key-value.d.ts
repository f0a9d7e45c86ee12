// What @moddable/typings 5.6.0 lacks. Shape: modules/io/storage/esp32/storage-esp32.{js,c} of SDK 8.2.
declare module 'embedded:storage/key-value' {
  type Format = 'buffer' | 'string' | 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32' | 'uint64' | 'int64';
  type Value = ArrayBuffer | string | number | bigint;

  interface Storage {
    /** Undefined if the key is not there. */
    read(key: string): Value | undefined;
    write(key: string, value: Value | ArrayBufferView): void;
    delete(key: string): void;
    close(): void;
    format: Format;
    [Symbol.iterator](): IterableIterator<string>;
  }

  const KeyValueStorage: { open(options: { path: string; mode?: 'r' | 'r+'; format?: Format }): Storage };
  export default KeyValueStorage;
}
