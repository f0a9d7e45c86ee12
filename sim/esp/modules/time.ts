import { chip } from './this-board.js';

/** As on the chip: whole ms in 32 bits with a sign, from somewhere near the end of their range. */
export default {
  get ticks(): number {
    return (Math.floor(chip.nowMs()) + 0x7fffffff - 5000) | 0;
  },
};
