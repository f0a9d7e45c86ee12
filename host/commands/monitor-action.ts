import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { Monitor, type MonitorCounters, type Seen } from '../monitor/monitor.js';
import { textOfSeen } from '../monitor/seen-text.js';
import { portTrouble } from '../transports/port-trouble.js';
import { openSerialPort } from '../transports/serial-port.js';
import { EndOfRun } from './end-of-run.js';
import { CommandFailed, WrongUsage } from './failure.js';
import type { MonitorFlags } from './monitor.js';
import type { SerialPath } from './options.js';

/** Text without a line break or a frame behind it is shown after so long a pause. */
const IDLE_MS = 150;

/** What `godwit monitor` does. */
export async function monitor(flags: MonitorFlags): Promise<void> {
  if ((flags.port === undefined) === (flags.file === undefined)) throw new WrongUsage('say what to show: --port PATH or --file FILE');
  const ended = new EndOfRun();
  ended.after(flags.for);
  try {
    const source = flags.port === undefined ? fileStream(flags.file!) : await portStream(flags.port);
    await show(source, flags, ended);
  } finally {
    ended.release();
  }
}

async function portStream({ path, baud }: SerialPath): Promise<Readable> {
  try {
    return await openSerialPort(path, baud);
  } catch (error) {
    throw new CommandFailed(await portTrouble(path, error));
  }
}

function fileStream(file: string): Readable {
  return file === '-' ? process.stdin : createReadStream(file);
}

async function show(source: Readable, flags: MonitorFlags, ended: EndOfRun): Promise<void> {
  const isLive = flags.port !== undefined;
  const monitor = new Monitor((seen) => print(seen, flags.json === true, isLive), flags.down ? 'down' : 'up');
  const idle = setInterval(() => monitor.idle(), IDLE_MS);
  source.on('data', (bytes: Buffer) => {
    idle.refresh();
    monitor.feed(bytes);
    if (process.stdout.writableNeedDrain) waitForReader(source);
  });
  const failure = await Promise.race([endOf(source, isLive), ended.promise]);
  clearInterval(idle);
  monitor.end();
  printEnd(monitor.counters, flags.json === true);
  await close(source);
  if (failure !== undefined) throw new CommandFailed(`${flags.port?.path ?? flags.file}: ${failure}`);
}

/** Whoever reads slowly what is printed here slows the source: nothing piles up. */
function waitForReader(source: Readable): void {
  source.pause();
  process.stdout.once('drain', () => source.resume());
}

/** Resolves when nothing more comes; with the reason where that should not be. */
function endOf(source: Readable, isLive: boolean): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: Error | null | undefined): void => resolve(error?.message.replace(/^Error:?\s*/, '') ?? 'the port was closed');
    source.once('error', failed);
    if (isLive) source.once('close', failed);
    else source.once('end', () => resolve(undefined));
  });
}

async function close(source: Readable): Promise<void> {
  if (source === process.stdin) process.stdin.pause();
  else if (!source.destroyed) {
    const closed = once(source, 'close');
    source.destroy();
    await closed;
  }
}

function print(seen: Seen, json: boolean, isLive: boolean): void {
  const now = new Date();
  if (json) process.stdout.write(`${JSON.stringify(isLive ? { atMs: now.getTime(), ...seen } : seen)}\n`);
  else process.stdout.write(`${isLive ? `${timeOf(now)} ` : ''}${textOfSeen(seen)}\n`);
}

function printEnd(counters: MonitorCounters, json: boolean): void {
  const { frames, unknownChecks, bad, textLines } = counters;
  if (json) process.stdout.write(`${JSON.stringify({ type: 'end', ...counters })}\n`);
  else
    process.stdout.write(
      `${frames} frames (${unknownChecks} with an unknown check), ${textLines} lines of text, ${bad} neither or damaged\n`,
    );
}

/** Hours, minutes, seconds and milliseconds of this place. */
function timeOf(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
