import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LevelStore } from '../../host/store/level-store.js';
import type { StoreError } from '../../host/store/store.js';
import { type StoreUnderTest, storeContract } from './store-contract.js';
import { asked } from './support/line-writer.js';

// Small, so that the contract's few hundred commits bring checkpoints and pruning.
const RETENTION = { checkpointDeltas: 20, checkpointDeltaBytesMin: 4096, checkpointsKept: 8 };

storeContract('LevelStore', async (): Promise<StoreUnderTest> => {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-store-'));
  let open = await LevelStore.open(folder, RETENTION);
  const close = () => asked<void>((done) => open.close((error) => done(error?.code === 'closed' ? undefined : (error as StoreError))));
  return {
    store: open,
    async reopen() {
      await close();
      open = await LevelStore.open(folder, RETENTION);
      return open;
    },
    async end() {
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
