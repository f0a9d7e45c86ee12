import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { BuildOptions, Sdk } from '../firmware/sdk.js';
import { CommandFailed } from './failure.js';
import { examples } from './options.js';
import { printable } from './output.js';

interface FirmwareFlags {
  readonly board: string;
  readonly out: string;
  readonly instrument?: boolean;
}

const BOARDS = ['esp32', 'nodemcu', 'esp32c3', 'esp32s3'];

/** A board's name, or the SDK's name of any other target. */
function platform(text: string): string {
  if (/^esp32\/[a-z0-9_]+$/.test(text)) return text;
  if (!BOARDS.includes(text)) throw new InvalidArgumentError(`Give one of ${BOARDS.join(', ')}, or esp32/NAME of the SDK's targets.`);
  return text === 'esp32' ? text : `esp32/${text}`;
}

/** Without a folder: firmware/ if it has a manifest, else here. */
export function firmwareFolder(folder: string | undefined): string {
  return folder ?? (existsSync(join('firmware', 'manifest.json')) ? 'firmware' : '.');
}

/** `godwit firmware`: the image for a board, by the Moddable SDK. */
export function addFirmwareCommand(program: Command): void {
  program
    .command('firmware')
    .argument('[folder]', "folder with the app's manifest.json (default: firmware, else the current folder)")
    .description('check a firmware, then build its image with the Moddable SDK')
    .option('--board <name>', `${BOARDS.join(', ')}, or esp32/NAME`, platform, 'esp32/nodemcu')
    .option('--out <folder>', 'where the build goes', join('build', 'firmware'))
    .option('--instrument', 'build with readings of the RAM in use')
    .addHelpText(
      'after',
      `\nNeeds a Moddable SDK (MODDABLE) and ESP-IDF (IDF_PATH); writes nothing to a board.\n${examples(
        'godwit firmware --board nodemcu',
        'godwit firmware --board esp32c3 --instrument',
        'godwit firmware my-agent/firmware --board esp32/m5stack_core2',
      )}`,
    )
    .action(runFirmware);
}

async function runFirmware(folder: string | undefined, { board, out, instrument = false }: FirmwareFlags): Promise<void> {
  const { checkFirmware } = await import('../firmware/check.js');
  const { faultCount, faultLine } = await import('../firmware/fault.js');
  const { findSdk, imageFolder, makeOutFolder, mcconfigArguments } = await import('../firmware/sdk.js');
  const { compilerFolder, ToolMissing } = await import('../firmware/typescript.js');
  const build: BuildOptions = { folder: firmwareFolder(folder), platform: board, out, instrument };
  try {
    const { faults } = checkFirmware(build.folder, [board]);
    for (const fault of faults) process.stdout.write(`${printable(faultLine(fault))}\n`);
    if (faults.length > 0) throw new CommandFailed(`the check found ${faultCount(faults.length)}: nothing was built`);
    const sdk = findSdk(process.env, board, compilerFolder(build.folder));
    makeOutFolder(out);
    await run(sdk, mcconfigArguments(build));
    process.stdout.write(`built: ${imageFolder(build)}\nto a board: godwit flash --port PORT ${imageFolder(build)}\n`);
  } catch (error) {
    if (error instanceof ToolMissing) throw new CommandFailed(error.message);
    throw error;
  }
}

/** What mcconfig prints is for the user. A signal to this process is one to the build, which ends first. */
async function run({ mcconfig, environment }: Sdk, args: readonly string[]): Promise<void> {
  const child: ChildProcess = spawn(mcconfig, args, { stdio: 'inherit', env: environment });
  const { code, signal, error } = await new Promise<{ code: number | null; signal: string | null; error?: Error }>((resolve) => {
    child.once('error', (cause) => resolve({ code: null, signal: null, error: cause }));
    child.once('exit', (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }));
  });
  if (error !== undefined) throw new CommandFailed(`mcconfig does not run: ${error.message}`);
  if (code !== 0) throw new CommandFailed(`mcconfig ended with ${signal ?? code}: its own words are above`);
}
