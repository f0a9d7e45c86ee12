// Does what a stray pointer does, as the byte says that it is sent: reads where nothing is, writes into code, never comes back, throws.
// At the start it says why the last life ended.
import { KeyValueStorage } from '../../../sim/rv32/modules/key-value.js';
import { board } from '../../../sim/rv32/modules/natives.js';

const CODE = 0x80000000;
const order = new Uint8Array(1);

function say(line: string): void {
  const bytes = new Uint8Array(line.length + 1);
  for (let index = 0; index < line.length; index++) bytes[index] = line.charCodeAt(index);
  bytes[line.length] = 10;
  board.serialWrite(bytes);
}

const storage = KeyValueStorage.open({ path: 'godwit' });
const fault = storage.read('fault');
let cause = '';
for (const byte of new Uint8Array(fault ?? new ArrayBuffer(0))) cause += String.fromCharCode(byte);

board.listen({
  readable() {
    board.serialRead(order);
    const letter = String.fromCharCode(order[0]!);
    if (letter === 'r') board.peek(0);
    if (letter === 'w') board.poke(CODE, 0);
    if (letter === 's') for (;;);
    if (letter === 't') throw new Error('as told');
    if (letter === 'b') board.restart();
    if (letter === 'f') storage.delete('fault');
    say(`${letter} is done`);
  },
  writable() {},
  wake() {},
});
say(`the last life: ${cause}`);
