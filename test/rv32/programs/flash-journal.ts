// Writes keys and a flash partition for ever, and says before and after each write what it is: for a test that takes the power away.
//   = {"k1":"3:xx",...}   what is stored, at the start      ~ N   words of block 0 that hold the pattern, and whether the rest is erased
//   > k1 4:xxxx           is being written                  < k1  is durable
import { Flash } from '../../../sim/rv32/modules/flash.js';
import { KeyValueStorage } from '../../../sim/rv32/modules/key-value.js';
import { board } from '../../../sim/rv32/modules/natives.js';

const KEYS = 6;
const PATTERN_BYTES = 4096;
const FLASH_EVERY = 8;
const STEP_MS = 0;
const RING_BYTES = 1024;
const PIECE_BYTES = 256;

const storage = KeyValueStorage.open({ path: 'journal' });
const flash = Flash.open({ path: 'godwit' });
const pattern = new Uint8Array(PATTERN_BYTES).map((_, index) => (index * 7) & 0x7f);
const text = new Uint8Array(8192);
let seed = board.entropy() | 1;
let count = 0;

function draw(below: number): number {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) % below;
}

function say(line: string): void {
  for (let index = 0; index < line.length; index++) text[index] = line.charCodeAt(index);
  text[line.length] = 10;
  for (let at = 0; at <= line.length; ) {
    const piece = Math.min(PIECE_BYTES, line.length + 1 - at);
    if (board.serialWrite(text, at, piece)) at += piece;
  }
  while (board.serialWritable() < RING_BYTES); // what is said has left the board before anything is done
}

function ascii(bytes: ArrayBuffer): string {
  const view = new Uint8Array(bytes);
  let letters = '';
  for (let index = 0; index < view.length; index++) letters += String.fromCharCode(view[index]!);
  return letters;
}

function sayStored(): void {
  const stored: Record<string, string> = {};
  for (const key of storage) stored[key] = ascii(storage.read(key)!);
  say(`= ${JSON.stringify(stored)}`);
  const bytes = new Uint8Array(flash.read(PATTERN_BYTES, 0));
  let same = 0;
  while (same < PATTERN_BYTES && bytes[same] === pattern[same]) same++;
  const start = same - (same % 4);
  const isErased = bytes.slice(start + 4).every((byte) => byte === 0xff);
  say(`~ ${start / 4} ${isErased}`);
}

function writeKey(): void {
  const key = `k${draw(KEYS)}`;
  if (draw(8) === 0) {
    say(`> ${key}`);
    storage.delete(key);
  } else {
    const value = `${++count}:${'x'.repeat(draw(draw(6) === 0 ? 900 : 30))}`;
    say(`> ${key} ${value}`);
    storage.write(
      key,
      Uint8Array.from(value, (letter) => letter.charCodeAt(0)),
    );
  }
  say(`< ${key}`);
}

function writeFlash(): void {
  flash.eraseBlock(0);
  flash.write(pattern, 0);
}

board.listen({
  readable() {},
  writable() {},
  wake() {
    if (draw(FLASH_EVERY) === 0) writeFlash();
    else writeKey();
    board.wakeAfter(STEP_MS);
  },
});
sayStored();
board.wakeAfter(STEP_MS);
