import type { EmulatedMachine } from '../demo/emulated-board.js';
import { CommandFailed } from './failure.js';

export const EMULATED_BOARDS_MAX = 4;

/** What sim/rv32/machines.ts gives. */
interface Emulation {
  prepareMachines(count: number): Promise<MakeMachines>;
}

/** Boards without power, each with a flash file in the folder. */
export type MakeMachines = (folder: string) => EmulatedMachine[];

/**
 * Builds what is not built yet of so many emulated boards.
 *
 * @throws CommandFailed where the package is installed, which does not have them, or tools are missing
 */
export async function prepareMachines(count: number): Promise<MakeMachines> {
  const emulation = await loadEmulation();
  try {
    return await emulation.prepareMachines(count);
  } catch (error) {
    throw new CommandFailed((error as Error).message);
  }
}

/** By a path that the compiler does not follow: sim/rv32 is no part of the package. */
async function loadEmulation(): Promise<Emulation> {
  const path = '../../sim/rv32/machines.js';
  try {
    return (await import(path)) as Emulation;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CommandFailed(
      '--emulate needs a checkout of the repository, from source: npm start -- --emulate 1 (the package has no emulated board)',
    );
  }
}
