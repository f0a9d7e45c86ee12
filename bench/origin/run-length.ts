// The origin's page compression: a run of 4 to 127 equal bytes, or any 0xFF, becomes FF, count, byte.

const ESCAPE = 0xff;
const RUN_MIN = 4;
const RUN_MAX = 127;

/** Compresses `source[from, to)` into `target` at `at`. Returns the end, or -1 where `target` is too short. */
export function runLengthEncode(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
  let index = from;
  while (index < to) {
    const byte = source[index]!;
    let count = 1;
    while (count < RUN_MAX && index + count < to && source[index + count] === byte) count++;
    const isRun = count >= RUN_MIN || byte === ESCAPE;
    if (at + (isRun ? 3 : count) > target.length) return -1;
    if (isRun) {
      target[at++] = ESCAPE;
      target[at++] = count;
      target[at++] = byte;
    } else {
      for (let i = 0; i < count; i++) target[at++] = byte;
    }
    index += count;
  }
  return at;
}

/** Undoes `runLengthEncode`. Returns the end in `target`, or -1 for input that is cut or does not fit. */
export function runLengthDecode(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
  let index = from;
  while (index < to) {
    const byte = source[index]!;
    if (byte !== ESCAPE) {
      if (at >= target.length) return -1;
      target[at++] = byte;
      index++;
      continue;
    }
    if (index + 3 > to) return -1;
    const count = source[index + 1]!;
    if (at + count > target.length) return -1;
    target.fill(source[index + 2]!, at, at + count);
    at += count;
    index += 3;
  }
  return at;
}
