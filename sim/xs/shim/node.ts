// The few globals of Node that the simulator and the host's sessions use, for running them on XS beside the core. Given by the bundler
// to the program alone, like those of globals.ts.

/** Buffer.compare and hexadecimal text are all that is asked of it. */
export const Buffer = {
  compare(a: Uint8Array, b: Uint8Array): number {
    const count = Math.min(a.length, b.length);
    for (let index = 0; index < count; index++) if (a[index] !== b[index]) return a[index]! < b[index]! ? -1 : 1;
    return Math.sign(a.length - b.length);
  },

  from(bytes: ArrayBuffer | Uint8Array, offset = 0, count = bytes.byteLength - offset): { toString(encoding: 'hex'): string } {
    const buffer = bytes instanceof ArrayBuffer ? bytes : bytes.buffer;
    const start = bytes instanceof ArrayBuffer ? offset : bytes.byteOffset + offset;
    const view = new Uint8Array(buffer, start, count);
    return { toString: () => Array.from(view, (byte) => byte.toString(16).padStart(2, '0')).join('') };
  },
};

/** Well-formed UTF-8 only; anything else is refused rather than replaced. */
export class TextDecoder {
  decode(bytes: Uint8Array): string {
    let escaped = '';
    for (let index = 0; index < bytes.length; index++) escaped += `%${bytes[index]!.toString(16).padStart(2, '0')}`;
    return decodeURIComponent(escaped);
  }
}
