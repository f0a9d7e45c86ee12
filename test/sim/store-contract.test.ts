import { RealClock } from '../../sim/clock.js';
import { SimDisk, SimStore } from '../../sim/store/sim-store.js';
import { storeContract } from '../host/store-contract.js';

storeContract('the simulated store', async () => {
  const disk = new SimDisk(new RealClock(), 1, { syncMinMs: 0, syncMaxMs: 0, readMs: 0 });
  const open = () => new SimStore(disk);
  return { store: open(), reopen: async () => open(), end: async () => undefined };
});
