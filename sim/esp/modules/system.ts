// The SDK's module `system` puts the board's descriptors and the system's calls into globals.
import { chip } from './this-board.js';

interface Globals {
  System?: { restart(): void };
  device?: { network: { mqtt: object } };
}

export const restarts = { wanted: 0 };
const globals = globalThis as unknown as Globals;
globals.System = {
  restart() {
    restarts.wanted++;
    chip.reset();
  },
};
globals.device = { network: { mqtt: {} } };
