import type { Command } from 'commander';
import { DEFAULT_BAUD, durationMs, examples, type SerialPath, serialPath } from './options.js';

export interface MonitorFlags {
  readonly port?: SerialPath;
  readonly file?: string;
  readonly down?: boolean;
  readonly for?: number;
  readonly json?: boolean;
}

/** `godwit monitor`: what a board says on its serial line, frames decoded. It only listens. */
export function addMonitorCommand(program: Command): void {
  program
    .command('monitor')
    .description('show what a board says on its serial line: text as it is, frames decoded; nothing is ever sent')
    .option('--port <path[:baud]>', `a serial port, ${DEFAULT_BAUD} baud if not given`, (text) => serialPath(text)[0]!)
    .option('--file <file>', 'bytes that were captured from a line, of one way or both; - for standard input')
    .option('--down', "the line carries what the host says (default: the board's way, up)")
    .option('--for <time>', 'end after a time such as 10s', durationMs)
    .option('--json', 'print one JSON object a line')
    .addHelpText(
      'after',
      `
  >  a frame up (board to host), < down: kind, bytes, check, fields      |  text      !  what is neither, or damaged
A frame's check depends on its session, which no frame carries. It is told from two frames that agree, or from a WELCOME; before, it
says "check unknown". A port has one reader: end "godwit up" on it first.
${examples('godwit monitor --port /dev/ttyUSB0', 'godwit monitor --port /dev/ttyUSB0:921600 --for 10s --json', 'godwit monitor --file capture.bin')}`,
    )
    .action(async (flags: MonitorFlags) => (await import('./monitor-action.js')).monitor(flags));
}
