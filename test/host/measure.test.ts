import { expect, it } from 'vitest';
import { measureHost } from '../../host/measure/host.js';
import { measureStore } from '../../host/measure/store.js';

it('the host’s figures are taken from real sessions and a real store', async () => {
  const host = measureHost({ boards: 8, durationMs: 100, stateBytes: 4096 });
  expect(host.verifiedDeltasPerSecond).toBeGreaterThan(100);
  expect(host.memoryBytesPerBoard).toBeGreaterThan(4096);
  const store = await measureStore({ boards: 8, durationMs: 200 });
  expect(store.durableDeltasPerSecond).toBeGreaterThan(10);
  expect(store.deltasPerSync).toBeLessThanOrEqual(8);
});
