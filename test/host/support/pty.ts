import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Plug } from '../../../host/demo/plug.js';
import { StreamPort } from '../../../host/demo/stream-port.js';
import { serialPort } from '../../../host/transports/serial-port.js';
import type { Port, PortListener } from '../../../sim/links/port.js';
import { until } from './recorder.js';

const RETRY_MS = 20;
const BOOT_TEXT = 'rst:0x1 (POWERON_RESET)\r\n\u0000\u0001\u0002';

/** A cable: two pseudo terminals that socat joins. Unplugging ends it, and both ends hang up. */
export class Cable {
  readonly hostPath: string;
  readonly boardPath: string;
  #socat: ChildProcess | undefined;

  constructor(folder: string) {
    this.hostPath = join(folder, 'host');
    this.boardPath = join(folder, 'board');
  }

  async plugIn(): Promise<void> {
    const ends = [this.hostPath, this.boardPath].map((path) => `pty,rawer,link=${path}`);
    this.#socat = spawn('socat', ends, { stdio: 'ignore' });
    await until('the pseudo terminals', () => existsSync(this.hostPath) && existsSync(this.boardPath));
  }

  async unplug(): Promise<void> {
    const socat = this.#socat;
    this.#socat = undefined;
    if (socat === undefined) return;
    const ended = once(socat, 'exit');
    socat.kill('SIGTERM');
    await ended;
  }
}

/** A board behind a bridge chip at a pseudo terminal: open whenever the cable is there. */
export class PtyPlug implements Plug, Port {
  readonly link: string;
  listener: PortListener | undefined;
  sentBytes = 0;
  opens = 0;
  readonly #open: () => Promise<Duplex>;
  #port: StreamPort | undefined;
  #retry: NodeJS.Timeout | undefined;
  #powered = false;

  constructor(cable: Cable, baud: number) {
    this.link = `serial:${cable.hostPath}`;
    this.#open = serialPort(cable.boardPath, baud);
  }

  get isOpen(): boolean {
    return this.#powered && (this.#port?.isOpen ?? false);
  }

  ready(): boolean {
    return this.#port?.ready() ?? false;
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    this.#port?.send(bytes, at, count);
  }

  /** Bytes on the line that are no frames. */
  print(text: string): void {
    this.#port?.print(text);
  }

  powerOn(): Port {
    this.#powered = true;
    if (this.#port === undefined) void this.#connect();
    else this.#port.print(BOOT_TEXT);
    return this;
  }

  /** The bridge chip has the host's power: the port stays, only the board behind it is silent. */
  async powerOff(): Promise<void> {
    this.#powered = false;
    clearTimeout(this.#retry);
  }

  async #connect(): Promise<void> {
    try {
      const port = new StreamPort(await this.#open());
      this.opens++;
      this.#port = port;
      port.listener = {
        opened: () => {},
        closed: () => this.#lost(),
        frame: (bytes, at, count) => this.#powered && this.listener?.frame(bytes, at, count),
        drained: () => this.#powered && this.listener?.drained(),
      };
      port.print(BOOT_TEXT);
      if (this.#powered) this.listener?.opened();
    } catch {
      this.#again();
    }
  }

  #lost(): void {
    this.sentBytes += this.#port?.sentBytes ?? 0;
    this.#port = undefined;
    if (this.#powered) this.listener?.closed();
    this.#again();
  }

  #again(): void {
    if (this.#powered) this.#retry = setTimeout(() => void this.#connect(), RETRY_MS);
  }
}
