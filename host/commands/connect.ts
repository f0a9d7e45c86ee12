import type { Command } from 'commander';
import { DataFolder, DEFAULT_FOLDER } from '../data-folder.js';
import type { Operations } from '../operations.js';
import { CommandFailed } from './failure.js';

export function dataFolderOf(data: string | undefined): DataFolder {
  return new DataFolder(data ?? process.env.GODWIT_DATA ?? DEFAULT_FOLDER);
}

/** The option of every command that asks about agents. */
export function addDataOption(command: Command): Command {
  return command
    .option('--data <dir>', `the host's data folder (default: $GODWIT_DATA, or ${DEFAULT_FOLDER})`)
    .option('--json', 'print JSON');
}

/** Runs `use` against the host that runs on the data folder, or on its store when none runs. */
export async function withOperations<Result>(data: string | undefined, use: (operations: Operations) => Promise<Result>): Promise<Result> {
  const operations = await connect(dataFolderOf(data));
  try {
    return await use(operations);
  } finally {
    await operations.close();
  }
}

async function connect(folder: DataFolder): Promise<Operations> {
  const announced = folder.announced();
  if (announced !== undefined) {
    const { RemoteOperations } = await import('../api/client.js');
    const remote = new RemoteOperations(announced);
    if (await remote.answers()) return remote;
  }
  if (!folder.hasStore())
    throw new CommandFailed(`no host has run on ${folder.path}: start one with "godwit up", or name its folder with --data`);
  const { openOffline } = await import('../offline.js');
  return openOffline(folder);
}
