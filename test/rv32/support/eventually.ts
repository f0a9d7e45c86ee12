import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

/** Waits for what an emulated board brings about, which may take its time on a busy machine. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`it did not come to pass in ${withinMs} ms: ${what}`);
    await delay(LOOK_EVERY_MS);
  }
}
