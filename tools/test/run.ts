import { spawn } from 'node:child_process';

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

/** Runs a program to its end. Never rejects: what went wrong is in the result. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve) => {
    const stdio = options.live ? 'inherit' : 'pipe';
    const child = spawn(command, args, { stdio: ['ignore', stdio, stdio], env: options.env ?? process.env });
    const chunks: Buffer[] = [];
    let timedOut = false;
    let killTimer: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGTERM');
      killTimer = setTimeout(() => child.kill('SIGKILL'), KILL_GRACE_MS);
    }, options.timeoutMs);
    const finish = (exitCode: number | null, extra = '') => {
      clearTimeout(timer);
      clearTimeout(killTimer);
      resolve({ exitCode: timedOut ? null : exitCode, output: Buffer.concat(chunks).toString() + extra, timedOut });
    };
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => finish(null, `${error.message}\n`));
    child.on('close', (exitCode) => finish(exitCode));
  });
}
