import { type Command, InvalidArgumentError } from 'commander';
import type { PlacedFile } from '../flash/build-folder.js';
import { CHIPS, type Chip, chipNamed } from '../flash/chips.js';
import type { FlashReport } from '../flash/flasher.js';
import { CommandFailed, WrongUsage } from './failure.js';
import { examples, wholeNumber } from './options.js';
import { printable, printJson } from './output.js';

const DEFAULT_FLASH_BAUD = 460_800;

interface FlashFlags {
  readonly port: string;
  readonly baud: number;
  readonly chip?: Chip;
  readonly eraseNvs?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** `godwit flash`: a built image into a board's flash, verified by the chip. */
export function addFlashCommand(program: Command): void {
  program
    .command('flash')
    .argument('<what...>', 'the folder of a build, or files as ADDRESS:FILE')
    .requiredOption('--port <path>', 'the serial port of the board')
    .option('--baud <rate>', 'speed of the writing', wholeNumber(9600, 4_000_000), DEFAULT_FLASH_BAUD)
    .option('--chip <name>', `one of ${CHIPS.map(({ name }) => name).join(', ')} (default: that of the image)`, chip)
    .option('--erase-nvs', 'erase the partition with identity, link settings and session; it is kept otherwise')
    .option('--json', 'print one JSON object at the end, and nothing else')
    .option('--verbose', 'what the loader says, to stderr')
    .description('write a built image into the flash of an ESP32 board, let the chip verify it, and start it')
    .addHelpText(
      'after',
      `\nThe folder is that of the Moddable SDK's output (xs_esp32.bin, bootloader.bin, partition-table.bin) or of an ESP-IDF build\n(flasher_args.json).\n${examples(
        'godwit flash --port /dev/ttyUSB0 $MODDABLE/build/bin/esp32/nodemcu/release/firmware',
        'godwit flash --port /dev/ttyACM0 --chip esp32c3 0x10000:xs_esp32.bin',
        'godwit flash --port /dev/ttyUSB0 --baud 115200 --erase-nvs build/',
      )}`,
    )
    .action(runFlash);
}

function chip(text: string): Chip {
  const found = chipNamed(text);
  if (found === undefined) throw new InvalidArgumentError(`Give one of ${CHIPS.map(({ name }) => name).join(', ')}.`);
  return found;
}

async function runFlash(what: readonly string[], flags: FlashFlags): Promise<void> {
  const target = parseTarget(what);
  const { planFlash } = await import('../flash/flash-plan.js');
  const { flash } = await import('../flash/flasher.js');
  const { FlashProgress } = await import('../flash/progress.js');
  const { FlashError } = await import('../flash/flash-error.js');
  try {
    const plan = planFlash(target);
    if (flags.chip && plan.chip && flags.chip !== plan.chip)
      throw new FlashError(`the image is for ${plan.chip.name}, not for ${flags.chip.name}`);
    const progress = new FlashProgress(
      plan.segments,
      flags.json ? process.stderr : process.stdout,
      flags.json === true,
      flags.verbose === true,
    );
    const report = await flash(plan, { ...flags, listener: progress });
    if (flags.json) printJson(report);
    else process.stdout.write(`${closingLine(report)}\n`);
  } catch (error) {
    if (error instanceof FlashError) throw new CommandFailed(printable(error.message));
    throw error;
  }
}

/** One folder, or every argument an ADDRESS:FILE. */
function parseTarget(what: readonly string[]): string | PlacedFile[] {
  const placed = what.map((text) => /^(0x[0-9a-f]{1,8}|\d{1,10}):(.+)$/i.exec(text));
  if (placed.every((match) => match !== null)) return placed.map((match) => ({ address: Number(match[1]), path: match[2]! }));
  if (what.length === 1) return what[0]!;
  const odd = what[placed.indexOf(null)]!;
  throw new WrongUsage(`"${odd}" is not ADDRESS:FILE, such as 0x10000:xs_esp32.bin; give one folder or such files`);
}

function closingLine({ files, milliseconds, nvs }: FlashReport): string {
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const identity = {
    kept: 'its identity is kept',
    erased: 'its identity is erased: enrol it anew',
    moved: 'its identity stays behind, because the new partition table has NVS elsewhere: enrol it anew',
    unknown: 'everything else is as it was',
  }[nvs];
  return `${bytes} bytes written and verified in ${(milliseconds / 1000).toFixed(1)} s; the board is started, ${identity}`;
}
