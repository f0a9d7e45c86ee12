// Runs a bundled program on the XS host and gives what it printed, wrote and used.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buildXsHost, type WordBits } from './build.js';
import { type BundleOptions, bundleForXs } from './bundle.js';
import { compileBytecode } from './bytecode.js';
import { type Peer, servePeer } from './peer.js';
import { type Memory, PROFILES } from './profiles.js';

export type Profile = keyof typeof PROFILES | Memory;

/** The engine's readings at the end of a run. `chunkBytes` is raw: what a collection would free is still in it. */
export type Counters = {
  readonly meter: number;
  readonly slots: number;
  readonly slotsPeak: number;
  /** Slots in the heap, used or not; `chunkBytesHeld` likewise. */
  readonly slotsHeld: number;
  readonly slotBytes: number;
  readonly chunkBytes: number;
  readonly chunkBytesPeak: number;
  readonly chunkBytesHeld: number;
  readonly collections: number;
  /** Names that the board added to those in ROM. */
  readonly keys: number;
  readonly stackPeak: number;
  readonly arenaBytes: number;
  readonly arenaFreeBytes: number;
};

export type RunOptions = {
  readonly profile?: Profile;
  readonly input?: Uint8Array;
  readonly args?: readonly string[];
  readonly timeoutMs?: number;
  /** The other end of `host.send` and `host.receive`. */
  readonly peer?: Peer;
};

export type XsResult = {
  /** 0 done, 1 uncaught exception, 71 memory full, 72 stack overflow, else what the program gave to `host.exit`. */
  readonly exitCode: number;
  readonly stdout: string;
  /** What the engine said when it could not go on; empty otherwise. */
  readonly stderr: string;
  /** The bytes given to `host.writeOutput`. */
  readonly output: Uint8Array;
  readonly counters: Counters | undefined;
};

export const EXIT_MEMORY_FULL = 71;
export const EXIT_STACK_OVERFLOW = 72;

const TIMEOUT_MS = 120_000;
const STDOUT_BYTES_MAX = 64 << 20;

/** A program in bytecode, ready to be run any number of times; `close` removes its files. */
export type XsProgram = {
  readonly romBytes: number;
  readonly programBytes: number;
  readonly wordBits: WordBits;
  run(options?: RunOptions): Promise<XsResult>;
  close(): Promise<void>;
};

/** Builds the host if needed, bundles and compiles. Throws for what does not resolve, parse or build. */
export async function openXsProgram(options: BundleOptions): Promise<XsProgram> {
  const host = await buildXsHost();
  const bundle = await bundleForXs(options);
  const folder = await mkdtemp(join(tmpdir(), 'godwit-xs-'));
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const rom = bundle.rom === undefined ? undefined : await compileBytecode(host.path, folder, 'rom', bundle.rom);
    const program = await compileBytecode(host.path, folder, 'program', bundle.program);
    let runCount = 0;
    return {
      romBytes: rom?.sizeBytes ?? 0,
      programBytes: program.sizeBytes,
      wordBits: host.wordBits,
      run: (runOptions = {}) => run(host.path, join(folder, `run${runCount++}`), rom?.path, program.path, runOptions),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens, runs once and closes. Throws for what is wrong before the run and for a timeout; look at `exitCode` for the rest. */
export async function runOnXs(options: BundleOptions & RunOptions): Promise<XsResult> {
  const program = await openXsProgram(options);
  try {
    return await program.run(options);
  } finally {
    await program.close();
  }
}

/** Gives the result of a run that ended well, and throws what the engine said of any other. */
export function mustBeDone<T extends XsResult>(result: T): T {
  if (result.exitCode === 0) return result;
  const said = [result.stderr.trim(), result.stdout.trim().split('\n').slice(-5).join('\n')].filter((text) => text !== '').join('\n');
  throw new Error(`XS run ended with ${result.exitCode}: ${said}`);
}

type Ended = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

async function run(host: string, base: string, rom: string | undefined, program: string, options: RunOptions): Promise<XsResult> {
  const files = { input: `${base}.in`, output: `${base}.out`, counters: `${base}.json` };
  const parameters = [...memoryFlags(options.profile ?? 'board'), '--output', files.output, '--counters', files.counters];
  if (rom !== undefined) parameters.push('--rom', rom);
  if (options.input !== undefined) {
    await writeFile(files.input, options.input);
    parameters.push('--input', files.input);
  }
  const ended = await execute(
    host,
    ['run', ...parameters, program, ...(options.args ?? [])],
    options.timeoutMs ?? TIMEOUT_MS,
    options.peer,
  );
  const output = await readFile(files.output).catch(() => new Uint8Array());
  const counters = await readFile(files.counters, 'utf8').catch(() => undefined);
  return { ...ended, output, counters: counters === undefined ? undefined : (JSON.parse(counters) as Counters) };
}

function memoryFlags(profile: Profile): string[] {
  const memory = typeof profile === 'string' ? PROFILES[profile] : profile;
  return [
    ...['--arena', String(memory.arenaBytes)],
    ...['--chunk', memory.chunkBytes.join(',')],
    ...['--heap', memory.slotCount.join(',')],
    ...['--stack', String(memory.stackCount)],
    ...['--keys', memory.keys.join(',')],
  ];
}

function execute(file: string, parameters: string[], timeoutMs: number, peer?: Peer): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const stdio = ['pipe', 'pipe', 'pipe', 'pipe'] as const;
    const child = spawn(file, parameters, { stdio: [...stdio], timeout: timeoutMs, killSignal: 'SIGKILL' });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let stdoutBytes = 0;
    let peerError: unknown;
    child.stdout.on('data', (bytes: Buffer) => {
      stdout.push(bytes);
      stdoutBytes += bytes.length;
      if (stdoutBytes > STDOUT_BYTES_MAX) child.kill('SIGKILL');
    });
    child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes));
    if (peer === undefined) child.stdin.end();
    else servePeer(peer, child.stdio[3] as Readable, child.stdin, (error) => (peerError = error));
    child.on('error', (error) => reject(new Error(`XS run did not start: ${error.message}`)));
    child.on('close', (code, signal) => {
      const ended = { exitCode: code ?? -1, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
      if (peerError !== undefined) reject(peerError);
      else if (code !== null) resolve(ended);
      else if (child.killed) {
        reject(new Error(`XS run killed after ${timeoutMs} ms or ${STDOUT_BYTES_MAX} bytes of output: ${ended.stdout.slice(-500)}`));
      } else reject(new Error(`XS run ended by ${signal}: ${ended.stderr.trim()}`));
    });
  });
}
