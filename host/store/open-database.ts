import { dirname } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { makeFolder } from '../make-folder.js';
import { decodeFormat, encodeFormat, FOLDER_VERSION } from './formats.js';
import { FORMAT_KEY } from './keys.js';
import { StoreError } from './store.js';
import type { Database } from './synced-batches.js';

const WRITE_BUFFER_BYTES = 8 * 1024 * 1024;

/** Opens the LevelDB folder, and checks that it is a Godwit store of a format that this version reads. */
export async function openDatabase(folder: string): Promise<Database> {
  const database: Database = new ClassicLevel(folder, { keyEncoding: 'utf8', valueEncoding: 'view', writeBufferSize: WRITE_BUFFER_BYTES });
  try {
    makeFolder(dirname(folder));
    await database.open();
  } catch (error) {
    throw new StoreError('io', openFault(folder, error as OpenError));
  }
  try {
    await checkFormat(folder, database);
    return database;
  } catch (error) {
    await database.close();
    throw error instanceof StoreError ? error : new StoreError('io', `the store in ${folder}: ${(error as Error).message}`);
  }
}

type OpenError = Error & { code?: string; cause?: Error & { code?: string } };

function openFault(folder: string, error: OpenError): string {
  const code = error.cause?.code ?? error.code;
  const reason = error.cause?.message ?? error.message;
  if (code === 'LEVEL_LOCKED') return `another process holds the store in ${folder}: stop it, or give another --data folder`;
  if (code === 'LEVEL_CORRUPTION')
    return `the store in ${folder} is damaged (${reason}): put a copy back, or move the folder away to begin anew`;
  return `the store in ${folder} cannot be opened (${reason}): see that the folder can be written`;
}

async function checkFormat(folder: string, database: Database): Promise<void> {
  const bytes = await database.get(FORMAT_KEY);
  if (bytes !== undefined) {
    const version = decodeFormat(FORMAT_KEY, bytes);
    if (version !== FOLDER_VERSION)
      throw new StoreError('io', `the store in ${folder} has format ${version}; this Godwit reads ${FOLDER_VERSION}`);
    return;
  }
  const others = await database.keys({ limit: 1 }).all();
  if (others.length > 0) throw new StoreError('io', `${folder} holds a LevelDB that is no Godwit store: give another --data folder`);
  await database.put(FORMAT_KEY, encodeFormat(FORMAT_KEY), { sync: true });
}
