import type { Command } from 'commander';
import { CommandFailed } from './failure.js';
import { firmwareFolder } from './firmware.js';
import { examples } from './options.js';
import { printable, printJson } from './output.js';

interface CheckFlags {
  readonly platform?: readonly string[];
  readonly json?: boolean;
}

const more = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value];

/** `godwit check`: what the Moddable SDK, or a board, would refuse, without either. */
export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .argument('[folder]', 'folder with the manifest.json of a Moddable app (default: firmware, else the current folder)')
    .description("check a firmware without the Moddable SDK: its manifests' modules, its imports, its types, and what XS lacks")
    .option('--platform <name>', 'such as esp32/nodemcu; may be given again (default: all that the manifest names)', more)
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', examples('godwit check', 'godwit check firmware', 'godwit check firmware --platform esp32/esp32c3 --json'))
    .action(runCheck);
}

async function runCheck(folder: string | undefined, flags: CheckFlags): Promise<void> {
  const { checkFirmware } = await import('../firmware/check.js');
  const { faultCount, faultLine } = await import('../firmware/fault.js');
  const { ToolMissing } = await import('../firmware/typescript.js');
  try {
    const report = checkFirmware(firmwareFolder(folder), flags.platform);
    if (flags.json) printJson(report);
    else {
      for (const fault of report.faults) process.stdout.write(`${printable(faultLine(fault))}\n`);
      for (const note of report.notes) process.stdout.write(`note: ${printable(note)}\n`);
      const what = `${report.modules} modules for ${report.platforms.join(', ')}`;
      process.stdout.write(
        report.faults.length === 0 ? `${report.manifest}: ${what}: nothing to object to\n` : `${faultCount(report.faults.length)}\n`,
      );
    }
    if (report.faults.length > 0) process.exitCode = 1;
  } catch (error) {
    if (error instanceof ToolMissing) throw new CommandFailed(error.message);
    throw error;
  }
}
