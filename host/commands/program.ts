import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { Refusal } from '../operations.js';
import { StoreError } from '../store/store.js';
import { addBenchCommand } from './bench.js';
import { addBoardsCommand } from './boards.js';
import { addCheckCommand } from './check.js';
import { addEnrollCommand } from './enroll.js';
import { CommandFailed, WrongUsage } from './failure.js';
import { addFirmwareCommand } from './firmware.js';
import { addFlashCommand } from './flash.js';
import { addForgetCommand } from './forget.js';
import { addForkCommand } from './fork.js';
import { addLsCommand } from './ls.js';
import { addMigrateCommand } from './migrate.js';
import { addMonitorCommand } from './monitor.js';
import { addNewCommand } from './new.js';
import { examples } from './options.js';
import { printable } from './output.js';
import { addRestoreCommand } from './restore.js';
import { addRollbackCommand } from './rollback.js';
import { addSendCommand } from './send.js';
import { addShowCommand } from './show.js';
import { addSimCommand } from './sim.js';
import { addStatsCommand } from './stats.js';
import { addUpCommand } from './up.js';
import { addVerifyCommand } from './verify.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** The command line as a commander program, ready to parse. */
export function makeProgram(): Command {
  const program = new Command('godwit');
  program
    .description("Keeps a microcontroller agent's state alive beyond its board.")
    .version(version(), '-V, --version')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText(
      'after',
      examples('godwit up --serial /dev/ttyUSB0:921600', 'godwit ls', 'godwit show thermostat', 'godwit sim --seeds 100'),
    );
  for (const add of [
    addUpCommand,
    addLsCommand,
    addShowCommand,
    addVerifyCommand,
    addSendCommand,
    addForgetCommand,
    addBoardsCommand,
    addRestoreCommand,
    addMigrateCommand,
    addRollbackCommand,
    addForkCommand,
    addStatsCommand,
    addSimCommand,
    addBenchCommand,
    addCheckCommand,
    addFirmwareCommand,
    addNewCommand,
    addFlashCommand,
    addEnrollCommand,
    addMonitorCommand,
  ]) {
    add(program);
  }
  return program;
}

/** Runs one command line; the answer is the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await makeProgram().parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // Without a command commander has printed the help already.
    if (error.code !== 'commander.help') complain(`${error.message.replace(/^error: /, '')} (see godwit --help)`);
    return EXIT_USAGE;
  }
  if (error instanceof WrongUsage) {
    complain(`${error.message} (see godwit --help)`);
    return EXIT_USAGE;
  }
  if (error instanceof CommandFailed || error instanceof Refusal || error instanceof StoreError) complain(error.message);
  else complain(`it did not work: ${error instanceof Error ? error.message : String(error)}`);
  return EXIT_FAILED;
}

function complain(text: string): void {
  process.stderr.write(`godwit: ${printable(text.replace(/\s*\n\s*/g, ' '))}\n`);
}

function version(): string {
  const require = createRequire(import.meta.url);
  // From source this file lies two levels below package.json, compiled three.
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      return (require(path) as { version: string }).version;
    } catch {}
  }
  return 'unknown';
}
