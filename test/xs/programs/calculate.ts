// What both engines must agree on: integers, doubles down to their last bit, sorting, regular expressions, private state.
import { crc32, Ring } from './library.js';

export function calculate(): string[] {
  const lines: string[] = [];
  const bytes = new Uint8Array(4096);
  let random = 12345;
  for (let index = 0; index < bytes.length; index++) {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    bytes[index] = random >>> 24;
  }
  lines.push(`crc ${crc32(bytes)}`);

  const view = new DataView(new ArrayBuffer(8));
  let sum = 0;
  for (let index = 1; index < 1000; index++) {
    sum += (index * 0.1) / 3 - 1 / index;
    view.setFloat64(0, sum);
  }
  lines.push(`double ${view.getUint32(0).toString(16)} ${view.getUint32(4).toString(16)} ${sum} ${Math.fround(sum)}`);

  const ring = new Ring(3);
  lines.push(`ring ${[1, 2, 3, 4].map((value) => ring.push(value)).join()} ${ring.shift()} ${ring.push(5)} ${Ring.instanceCount}`);
  lines.push(
    ['10', '9', '1'].sort().join(),
    'a1b22'.replace(/\d+/g, (digits) => `<${digits}>`),
  );
  return lines;
}
