// What @moddable/typings 5.6.0 lacks. Shape: modules/io/flash/esp32/flash-esp32.{js,c} of SDK 8.2.
declare module 'embedded:storage/flash' {
  interface Flash {
    read(byteLength: number, byteOffset: number): ArrayBuffer;
    read(buffer: ArrayBuffer | ArrayBufferView, byteOffset: number): number;
    write(buffer: ArrayBuffer | ArrayBufferView, byteOffset: number): void;
    /** Blocks from `start` up to, not including, `end` (default start + 1). */
    eraseBlock(start: number, end?: number): void;
    status(): { size: number; blockLength: number; blocks: number };
    close(): void;
    format: 'buffer';
  }

  const FlashStorage: {
    /** @param options.path the label of a data partition */
    open(options: { path: string; mode?: 'r' | 'r+' }): Flash;
    [Symbol.iterator](): IterableIterator<string>;
  };
  export default FlashStorage;
}
