// A lock between processes: a file that names its owner. A lock whose owner has died is taken over.
import { open, readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;
const WAIT_MAX_MS = 300_000;

/** Runs `work` while no other process (or call) holds the lock at `path`; throws after waiting `WAIT_MAX_MS`. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (let waitedMs = 0; !(await take(path)); waitedMs += POLL_MS) {
    if (waitedMs >= WAIT_MAX_MS) throw new Error(`waited ${WAIT_MAX_MS / 1000} s for ${path}; remove it if no build is running`);
    await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const owner = Number(await readFile(path, 'utf8').catch(() => ''));
  if (Number.isInteger(owner) && owner > 0 && !isAlive(owner)) await rm(path, { force: true });
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
