// What the emulated board's drivers do with right and wrong calls, as lines of JSON; then it sends back what comes, a byte up.
import { BoardEvents } from '../../../sim/rv32/modules/events.js';
import { Flash } from '../../../sim/rv32/modules/flash.js';
import { KeyValueStorage } from '../../../sim/rv32/modules/key-value.js';
import { board } from '../../../sim/rv32/modules/natives.js';
import { Serial } from '../../../sim/rv32/modules/serial.js';

const events = new BoardEvents();
const results: Record<string, unknown> = {};

function outcome(work: () => unknown): unknown {
  try {
    return work() ?? null;
  } catch (error) {
    return String(error);
  }
}

const list = (bytes: ArrayBuffer | Uint8Array | undefined): number[] | undefined => bytes && Array.from(new Uint8Array(bytes));

const storage = KeyValueStorage.open({ path: 'drivers' });
const other = KeyValueStorage.open({ path: 'driver' });
const into = new Uint8Array(2);
results.absent = outcome(() => storage.read('none'));
storage.write('one', Uint8Array.of(1, 2, 3));
storage.write('two', new Uint8Array(0));
storage.write('two', Uint8Array.of(9).buffer);
other.write('one', Uint8Array.of(7));
results.one = list(storage.read('one'));
results.two = list(storage.read('two'));
results.intoCount = storage.read('one', into);
results.into = list(into);
results.keys = [...storage];
storage.delete('one');
storage.delete('one');
results.keysLeft = [...storage];
results.otherOne = list(other.read('one'));
results.longKey = outcome(() => storage.write('0123456789abcdef', into));
results.emptyKey = outcome(() => storage.read(''));
results.slashKey = outcome(() => storage.write('a/b', into));
results.longValue = outcome(() => storage.write('big', new Uint8Array(4001)));
results.noBytes = outcome(() => storage.write('text', 'abc' as never));

const flash = Flash.open({ path: 'godwit' });
results.status = flash.status();
flash.eraseBlock(1);
const start = flash.status().blockLength;
flash.write(Uint8Array.of(0xf0, 1, 2, 3), start);
flash.write(Uint8Array.of(0x3c, 0xff, 0xff, 0xff), start);
results.anded = list(flash.read(6, start));
results.unaligned = outcome(() => flash.write(new Uint8Array(4), start + 2));
results.halfWord = outcome(() => flash.write(new Uint8Array(3), start));
results.outside = outcome(() => flash.read(new Uint8Array(8), flash.status().size - 4));
results.negative = outcome(() => flash.write(new Uint8Array(4), -4));
results.noBlock = outcome(() => flash.eraseBlock(4));
results.noPartition = outcome(() => Flash.open({ path: 'nvs' }));
results.intoStorage = outcome(() => board.flashWrite(0, new Uint8Array(4)));

const piece = new Uint8Array(64);
const serial = new Serial(events, {
  baud: 115200,
  format: 'buffer',
  target: results,
  onReadable(count) {
    const read = this.read(piece) as number;
    for (let index = 0; index < read; index++) piece[index] = piece[index]! + 1;
    this.write(piece.slice(0, read));
    if (read < count) throw new Error('more than a piece came at once');
  },
});
results.target = serial.target === results;
results.second = outcome(() => new Serial(events, { baud: 9600 }));
results.wrongBaud = outcome(() => new Serial(new BoardEvents(), { baud: 0 }));
board.listen(events);
results.nothing = outcome(() => serial.read());
results.tooMuch = outcome(() => serial.write(new Uint8Array(1025)));

const text = `${JSON.stringify(results)}\n`;
const line = new Uint8Array(text.length);
for (let index = 0; index < text.length; index++) line[index] = text.charCodeAt(index);
for (let at = 0; at < line.length; at += 64) {
  while (board.serialWritable() < 64);
  serial.write(line.slice(at, at + 64));
}
