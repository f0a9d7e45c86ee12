// Shows a move on the terminal: node --import ./tools/ts.js test/rv32/show-move.ts
// Two boards in QEMU at `godwit up`, one at a serial port, one through Mosquitto; an agent that counts goes over to the other and back.
import { boardImage } from '../../sim/rv32/machines.js';
import { Cli } from '../host/support/cli.js';
import { MoveRig } from './support/move-rig.js';

const cli = await Cli.build();
const program = { agentPath: 'sim/rv32/programs/counting-agent.ts', agentExport: 'countingAgent' };
const rig = new MoveRig(cli, await boardImage(program));

async function show(...command: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await rig.run(...command);
  process.stdout.write(`$ godwit ${command.join(' ')}\n${stdout}${stderr}\n`);
  if (code !== 0) throw new Error(`it ended with ${code}`);
}

try {
  await rig.start();
  await show('boards');
  for (let move = 0; move < 2; move++) {
    const [, other] = await rig.places();
    await show('migrate', 'counting', '--to', other.boardId.slice(0, 8));
    await rig.oneRuns();
  }
  await show('boards');
  const said = await rig.expectCounted();
  process.stdout.write(`It said ${said[0]} to ${said.at(-1)}: none is missing, none came twice.\n`);
} finally {
  await rig.remove();
  cli.remove();
}
