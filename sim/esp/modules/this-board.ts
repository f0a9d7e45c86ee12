// The one board that the firmware's SDK modules belong to: what a real program finds around it. A loss of power leaves all of it but RAM.
import { VirtualClock } from '../../clock.js';
import { Random } from '../../random.js';
import { Chip } from '../chip.js';
import { NorFlash } from '../nor-flash.js';
import { Nvs } from '../nvs.js';
import type { SerialHabits } from '../serial.js';
import { Uart } from '../uart.js';

const BAUD = 115_200;
const BLOCKS = 8;
const BLOCK_BYTES = 4096;

export const clock = new VirtualClock();
export const chip = new Chip(clock);
export const random = new Random(1);
export const uart = new Uart(chip, { baud: BAUD, fifoBytes: 128, random: new Random(2) });
export const nvs = new Nvs();
export const flash = new NorFlash(BLOCKS, BLOCK_BYTES, chip);
export const habits: SerialHabits = { staleCounts: false, refuses: () => false };
