// A board that is a QEMU process: RAM and registers are gone with it, its flash is a file. Its UART is a pseudo terminal.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type EngineUse, PROBE_BYTES, PROBE_SYMBOL, type Probe, parseProbe } from './probe.js';
import { type BoardStatus, boardStatus, PROBE_WORDS } from './probe-words.js';
import { Qmp, type QmpEvent } from './qmp.js';

const QEMU = 'qemu-system-riscv32';
/** QEMU wants exactly as much as its chip has. */
const FLASH_BYTES = 32 << 20;
const TOOLS_LINE = 'apt-get install -y qemu-system-misc util-linux';
const STDERR_CHARACTERS_MAX = 4096;
/** Looks for a moment at which the engine rests: about a second of a board that works hard. */
const REST_LOOKS_MAX = 200;
const LOOK_EVERY_MS = 5;

export interface EmulatedBoardOptions {
  readonly image: BoardImage;
  /** Flash and serial path are kept here; it is made if it is not there. */
  readonly folder: string;
  /** Names the files in the folder. */
  readonly name: string;
}

/** What runs on the board: an ELF file and the addresses of its symbols. */
export interface BoardImage {
  readonly path: string;
  readonly ramBytes: number;
  symbols(name: string): number | undefined;
}

/** A board's RAM at a moment between two turns. */
export interface BoardReading {
  readonly state: Uint8Array;
  readonly status: BoardStatus;
  readonly engine: EngineUse;
}

export class EmulatedBoard {
  readonly name: string;
  /** A symbolic link to the pty: there while the board has power, as the port of a USB board. */
  readonly serialPath: string;
  readonly flashPath: string;
  /** Restarts that the board decided itself, and those from outside, of all its lives. */
  readonly resets = { own: 0, outside: 0 };
  readonly #options: EmulatedBoardOptions;
  #process: ChildProcess | undefined;
  #qmp: Qmp | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #isPaused = false;

  constructor(options: EmulatedBoardOptions) {
    this.#options = options;
    this.name = options.name;
    const base = join(resolve(options.folder), options.name);
    this.serialPath = `${base}.tty`;
    this.flashPath = `${base}.flash`;
  }

  get isPowered(): boolean {
    return this.#process !== undefined;
  }

  /** The id of the process that is the board, for tests that look after it. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts with what the flash holds; a flash that is not there yet is made. @throws Error when QEMU does not start */
  async powerOn(): Promise<void> {
    if (this.isPowered) return;
    mkdirSync(this.#options.folder, { recursive: true });
    createFlash(this.flashPath);
    // The kernel ends it with us, however we end: nothing is left running. A Ctrl-C at our terminal is not meant for it.
    const command = ['--pdeathsig', 'KILL', QEMU, ...this.#arguments()];
    const child = spawn('setpriv', command, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-STDERR_CHARACTERS_MAX);
    });
    const qmp = new Qmp(child.stdin, child.stdout);
    qmp.onEvent = (event) => this.#noticed(event);
    this.#ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve)).then(() => this.#gone(child));
    this.#process = child;
    this.#qmp = qmp;
    this.#isPaused = false;
    try {
      await qmp.negotiate();
      this.#link(await ptyOf(qmp));
      await qmp.execute('cont');
    } catch (error) {
      await this.powerOff();
      throw new Error(
        `${this.name} does not start: ${said.trim().replace(/\s*\n\s*/g, '; ') || (error as Error).message} (it needs ${TOOLS_LINE})`,
      );
    }
  }

  /** Takes the power at once, in the middle of whatever the board does. */
  async powerOff(): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#ended;
  }

  /** Pulls the reset line: the flash and the port stay. */
  async reset(): Promise<void> {
    await this.#ask('system_reset');
  }

  /** Stops the board between two rounds of its loop. @throws Error when it never rests, or has no power */
  async pause(): Promise<void> {
    if (this.#isPaused) return;
    for (let looks = 0; looks < REST_LOOKS_MAX; looks++) {
      await this.#ask('stop');
      if ((await this.#probe())?.isBusy === false) {
        this.#isPaused = true;
        return;
      }
      await this.#ask('cont');
      await delay(LOOK_EVERY_MS);
    }
    throw new Error(`${this.name} never rests: no round of its loop ended while it was looked at`);
  }

  async resume(): Promise<void> {
    this.#isPaused = false;
    await this.#ask('cont');
  }

  /** The state as it is in the board's RAM. @throws Error when it has none yet: it has just started, or has no power */
  async readState(): Promise<BoardReading> {
    const wasPaused = this.#isPaused;
    await this.pause();
    try {
      const probe = (await this.#probe())!;
      const words = await this.#read(probe.wordsAddress, PROBE_WORDS * Uint32Array.BYTES_PER_ELEMENT);
      const status = boardStatus(new Uint32Array(words.buffer, words.byteOffset, PROBE_WORDS));
      return { status, state: await this.#read(probe.stateAddress, status.stateBytes), engine: probe.engine };
    } finally {
      if (!wasPaused) await this.resume();
    }
  }

  #arguments(): string[] {
    return [
      ...[
        '-M',
        'virt',
        '-m',
        `${this.#options.image.ramBytes >> 20}M`,
        '-bios',
        'none',
        '-display',
        'none',
        '-no-user-config',
        '-nodefaults',
        '-S',
      ],
      ...['-chardev', 'stdio,id=qmp,signal=off', '-mon', 'chardev=qmp,mode=control'],
      ...['-chardev', 'pty,id=uart', '-serial', 'chardev:uart'],
      ...['-drive', `if=pflash,unit=1,format=raw,file=${quoted(this.flashPath)}`],
      // Beside a flash in unit 1 QEMU 7.2 does not load what -kernel names.
      ...['-device', `loader,file=${quoted(this.#options.image.path)}`],
    ];
  }

  #link(pty: string): void {
    rmSync(this.serialPath, { force: true });
    symlinkSync(pty, this.serialPath);
  }

  /** The number of a pty is soon another's: the link goes with the board. */
  #gone(child: ChildProcess): void {
    if (this.#process !== child) return;
    this.#process = undefined;
    this.#qmp = undefined;
    rmSync(this.serialPath, { force: true });
  }

  #noticed({ event, data }: QmpEvent): void {
    if (event !== 'RESET') return;
    if (data?.guest === true) this.resets.own++;
    else this.resets.outside++;
  }

  #ask(command: string, parameters?: { readonly [name: string]: unknown }): Promise<unknown> {
    if (this.#qmp === undefined) return Promise.reject(new Error(`${this.name} has no power`));
    return this.#qmp.execute(command, parameters);
  }

  async #probe(): Promise<Probe | undefined> {
    const address = this.#options.image.symbols(PROBE_SYMBOL);
    if (address === undefined) throw new Error(`${this.#options.image.path} has no symbol ${PROBE_SYMBOL}`);
    return parseProbe(await this.#read(address, PROBE_BYTES));
  }

  async #read(address: number, count: number): Promise<Uint8Array> {
    const path = `${this.serialPath}.ram`;
    try {
      await this.#ask('pmemsave', { val: address, size: count, filename: path });
      return new Uint8Array(readFileSync(path));
    } finally {
      rmSync(path, { force: true });
    }
  }
}

/** A hole of zeros, no block of which is erased: a board has to make do with whatever is in its flash. */
function createFlash(path: string): void {
  if (!existsSync(path)) writeFileSync(path, '');
  truncateSync(path, FLASH_BYTES);
}

/** A comma ends a value among QEMU's options, unless it is doubled. */
function quoted(path: string): string {
  return path.replaceAll(',', ',,');
}

async function ptyOf(qmp: Qmp): Promise<string> {
  const devices = (await qmp.execute('query-chardev')) as readonly { readonly label: string; readonly filename: string }[];
  return devices.find(({ label }) => label === 'uart')!.filename.replace(/^pty:/, '');
}
