// Images of boards with an agent on the firmware, and boards with the example agents for `godwit up --emulate`.
import { build } from 'esbuild';
import type { EmulatedMachine } from '../../host/demo/emulated-board.js';
import { REPOSITORY } from '../xs/bundle.js';
import { EmulatedBoard } from './emulator.js';
import { buildRv32Image, type ImageOptions, type Rv32Image } from './image.js';

const START = 'sim/rv32/start.ts';
/** Of the chip whose instruction set it is. */
const PROFILE = 'esp32c3';
/** Examples by name, and what examples/NAME.ts exports. */
const AGENTS = [
  ['counter', 'counter'],
  ['weather-station', 'weatherStation'],
  ['thermostat', 'thermostat'],
  ['presence', 'presence'],
] as const;

export interface BoardProgram {
  /** The agent's module, a path from the repository's root, and the name under which it exports the definition. */
  readonly agentPath: string;
  readonly agentExport: string;
  readonly memory?: ImageOptions['memory'];
  readonly config?: { readonly backOff?: boolean };
}

/** Builds a board with the firmware and an agent; all that they reach is preloaded, as it is on a real board. */
export async function boardImage({ agentPath, agentExport, memory, config = {} }: BoardProgram): Promise<Rv32Image> {
  const imports = [`import { startEmulatedBoard } from './${START}';`, `import { ${agentExport} } from './${agentPath}';`];
  return buildRv32Image({
    name: agentExport,
    entry: { text: [...imports, `startEmulatedBoard(${agentExport}, ${JSON.stringify(config)});`].join('\n') },
    preload: await reachedFrom([START, agentPath]),
    memory: memory ?? PROFILE,
  });
}

async function reachedFrom(entryPoints: string[]): Promise<string[]> {
  const options = { absWorkingDir: REPOSITORY, bundle: true, write: false, outdir: 'out', format: 'esm', logLevel: 'silent' } as const;
  const { metafile } = await build({ ...options, entryPoints, metafile: true });
  return Object.keys(metafile.inputs);
}

class Machine extends EmulatedBoard implements EmulatedMachine {
  readonly agentName: string;

  constructor(index: number, agentName: string, image: Rv32Image, folder: string) {
    super({ image, folder, name: `qemu${index + 1}` });
    this.agentName = agentName;
  }
}

/** Builds the images of the first `count` agents, whose boards may be cut off and on as often as somebody likes (the first time about half a minute); the boards are made afterwards, at once. */
export async function prepareMachines(count: number): Promise<(folder: string) => Machine[]> {
  const images: Rv32Image[] = [];
  for (const [name, agentExport] of AGENTS.slice(0, count)) {
    images.push(await boardImage({ agentPath: `examples/${name}.ts`, agentExport, config: { backOff: false } }));
  }
  return (folder) => images.map((image, index) => new Machine(index, AGENTS[index]![0], image, folder));
}
