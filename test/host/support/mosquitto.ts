import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { until } from './recorder.js';

// Debian keeps daemons outside an ordinary user's PATH.
const PATH = [process.env.PATH, '/usr/sbin', '/usr/local/sbin'].join(delimiter);

/** Debian's Mosquitto on a port of loopback, to be stopped and started. */
export class Mosquitto {
  readonly port: number;
  readonly #config: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.port = port;
    this.#config = join(folder, 'mosquitto.conf');
    writeFileSync(this.#config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
  }

  static async start(folder: string): Promise<Mosquitto> {
    const mosquitto = new Mosquitto(folder, await freePort());
    await mosquitto.start();
    return mosquitto;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    this.#process = spawn('mosquitto', ['-c', this.#config], { stdio: 'ignore', env: { ...process.env, PATH } });
    await until('mosquitto listens', () => this.#listens());
  }

  async stop(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }

  /** Stands still: connections stay, the kernel acknowledges their bytes, and nothing is ever answered. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  #listens(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
