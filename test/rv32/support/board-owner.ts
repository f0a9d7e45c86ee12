// A process that owns a board: image, bytes of RAM and folder are its arguments; it prints the id of the board's process.
import { EmulatedBoard } from '../../../sim/rv32/emulator.js';

const [path, ramBytes, folder] = process.argv.slice(2);
const image = { path: path!, ramBytes: Number(ramBytes), symbols: () => undefined };
const board = new EmulatedBoard({ image, folder: folder!, name: 'board' });
await board.powerOn();
process.stdout.write(String(board.pid));
setInterval(() => {}, 1000);
