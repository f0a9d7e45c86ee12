import type { Command } from 'commander';
import { addDataOption, withOperations } from './connect.js';
import { examples } from './options.js';
import { printable, printJson, printTable } from './output.js';

export function addVerifyCommand(program: Command): void {
  addDataOption(program.command('verify'))
    .argument('[agent]', 'name, id, or the beginning of an id; all agents if absent')
    .description('rebuild everything that is retained and compare every digest')
    .addHelpText('after', examples('godwit verify', 'godwit verify kestrel --json'))
    .action(async (agent: string | undefined, options: { data?: string; json?: boolean }) => {
      const reports = await withOperations(options.data, (operations) => operations.verify(agent));
      if (options.json) printJson(reports);
      else {
        printTable(
          [
            { title: 'AGENT', value: (report) => report.agentName },
            { title: 'ID', value: (report) => report.agentId.slice(0, 8) },
            { title: 'SEQUENCE', value: (report) => report.headSequence, right: true },
            { title: 'POINTS', value: (report) => report.points, right: true },
            { title: 'RESULT', value: (report) => (report.ok ? 'sound' : `${report.faults.length} faults`) },
          ],
          reports,
        );
        for (const report of reports) for (const fault of report.faults) process.stdout.write(`${printable(fault)}\n`);
      }
      if (reports.some((report) => !report.ok)) process.exitCode = 1;
    });
}
