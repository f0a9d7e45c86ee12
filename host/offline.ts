import { PagePool } from '../src/delta/page-pool.js';
import type { DataFolder } from './data-folder.js';
import type { Operations } from './operations.js';
import { SessionOperations } from './session-operations.js';
import { HostSessions } from './sessions/host-sessions.js';
import type { HostListener } from './sessions/types.js';
import { LevelStore } from './store/level-store.js';

const NOBODY: HostListener = { onWake() {}, onSession() {}, onHead() {}, onOutput() {}, onEvent() {} };

/**
 * The operations of a host that does not run, over its store, which nobody else may use until close().
 * @throws StoreError when the store cannot be opened
 */
export async function openOffline(folder: DataFolder): Promise<Operations> {
  const store = await LevelStore.open(folder.storePath);
  const sessions = new HostSessions({ store, pool: new PagePool(0), listener: NOBODY });
  return new SessionOperations(store, sessions, { close: () => new Promise((resolve) => store.close(() => resolve())) });
}
