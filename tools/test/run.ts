import { type ChildProcess, spawn } from 'node:child_process';

export interface RunOptions {
  readonly timeoutMs: number;
  /** true: the child writes straight to our terminal; false: its output is collected. */
  readonly live: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

export interface RunResult {
  /** null: the program was not found, was killed by a signal, or ran out of time. */
  readonly exitCode: number | null;
  readonly output: string;
  readonly timedOut: boolean;
}

const KILL_GRACE_MS = 5_000;
const running = new Set<ChildProcess>();

/** Each child leads a process group of its own: a worker that hangs must not outlive the run. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The whole group is already gone.
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of running) killGroup(child, 'SIGKILL');
    process.kill(process.pid, signal);
  });
}

/** Runs a program to its end, leaving none of its group behind. Never rejects: what went wrong is in the result. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve) => {
    const stdio = options.live ? 'inherit' : 'pipe';
    const child = spawn(command, args, { stdio: ['ignore', stdio, stdio], detached: true, env: options.env ?? process.env });
    running.add(child);
    const chunks: Buffer[] = [];
    let timedOut = false;
    let killTimer: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child, 'SIGTERM');
      killTimer = setTimeout(() => killGroup(child, 'SIGKILL'), KILL_GRACE_MS);
    }, options.timeoutMs);
    const finish = (exitCode: number | null, message = '') => {
      running.delete(child);
      clearTimeout(timer);
      clearTimeout(killTimer);
      killGroup(child, 'SIGKILL');
      resolve({ exitCode: timedOut ? null : exitCode, output: Buffer.concat(chunks).toString() + message, timedOut });
    };
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => finish(null, `${error.message}\n`));
    child.on('close', (exitCode) => finish(exitCode));
  });
}
