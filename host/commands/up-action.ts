import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { Host } from '../host.js';
import { dataFolderOf } from './connect.js';
import { type MakeMachines, prepareMachines } from './emulation.js';
import { EndOfRun } from './end-of-run.js';
import { CommandFailed } from './failure.js';
import type { UpOptions } from './up.js';
import { runHost } from './up-run.js';

const DEMO_BOARDS = 4;

/** What `godwit up` does. */
export async function up(options: UpOptions): Promise<void> {
  // Before anything else is there: a build may take half a minute, and Ctrl-C ends it as it ends any program.
  const machinesIn: MakeMachines = options.emulate > 0 ? await prepareMachines(options.emulate) : () => [];
  const ended = new EndOfRun();
  const temporary = options.demo && options.data === undefined ? mkdtempSync(join(tmpdir(), 'godwit-')) : undefined;
  const data = temporary ?? dataFolderOf(options.data).path;
  try {
    const host = await start(options, data);
    const sim = options.demo && options.sim === 0 ? DEMO_BOARDS : options.sim;
    const sound = await runHost(host, { ...options, sim }, machinesIn(join(data, 'emulated')), ended);
    if (!sound) process.exitCode = 1;
  } finally {
    ended.release();
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

async function start(options: UpOptions, data: string): Promise<Host> {
  try {
    return await Host.start({
      data,
      brokerPort: options.brokerPort,
      apiPort: options.apiPort,
      serial: options.serial ?? [],
      ...(options.mqtt === undefined ? {} : { mqttUrl: options.mqtt }),
      ...(options.verbose ? { log: await logger() } : {}),
    });
  } catch (error) {
    const { code, message, syscall } = error as NodeJS.ErrnoException;
    if (syscall === 'listen') throw new CommandFailed(`${message}: give another --broker-port or --api-port, or 0 for a free one`);
    if (syscall !== undefined || code === 'ERR_INVALID_ARG_VALUE')
      throw new CommandFailed(`${message}: give a --data folder that can be written`);
    throw error;
  }
}

async function logger(): Promise<Logger> {
  const { destination, pino } = await import('pino');
  return pino({ level: 'debug' }, destination({ fd: 2, sync: true }));
}
