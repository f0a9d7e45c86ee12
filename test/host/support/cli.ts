import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Bundle, bundle } from './bundle.js';

const RUN_MS_MAX = 60_000;

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a user runs it: a process of its own. */
export class Cli {
  readonly #bundle: Bundle;

  private constructor(program: Bundle) {
    this.#bundle = program;
  }

  static async build(): Promise<Cli> {
    return new Cli(await bundle('host/cli.ts'));
  }

  start(...args: readonly string[]): CliProcess {
    return new CliProcess(
      spawn(process.execPath, [this.#bundle.path, ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, GODWIT_DATA: '' },
      }),
    );
  }

  /** One that does not end is killed, and its exit code is null. */
  async run(...args: readonly string[]): Promise<CliResult> {
    const started = this.start(...args);
    const timer = setTimeout(() => started.child.kill('SIGKILL'), RUN_MS_MAX);
    const result = await started.ended;
    clearTimeout(timer);
    return result;
  }

  /** As run(), with something on standard input. */
  async runWith(input: string | Uint8Array, ...args: readonly string[]): Promise<CliResult> {
    const child = spawn(process.execPath, [this.#bundle.path, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX);
    child.stdin.on('error', () => {}).end(input);
    return new CliProcess(child).ended.finally(() => clearTimeout(timer));
  }

  /** As run(), where no file may grow beyond so many KiB, as on a full disk. */
  runLimited(fileKib: number, ...args: readonly string[]): Promise<CliResult> {
    const command = `ulimit -f ${fileKib}; exec "$0" "$@"`;
    const child = spawn('bash', ['-c', command, process.execPath, this.#bundle.path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX);
    return new CliProcess(child).ended.finally(() => clearTimeout(timer));
  }

  remove(): void {
    this.#bundle.remove();
  }
}

export class CliProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  stdout = '';
  stderr = '';

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout!.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
    });
    child.stderr!.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    this.ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout: this.stdout, stderr: this.stderr }));
  }
}
