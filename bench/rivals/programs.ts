import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;
const RUN_LIMIT_MS = 60_000;

/** A program that makes a patch out of two whole states. */
export interface Rival {
  readonly name: string;
  readonly program: string;
  /** The Debian package that has the program. */
  readonly package: string;
  readonly versionArguments: readonly string[];
  /** Arguments that make the program write the patch from `oldPath` to `newPath` on its standard output. */
  patchArguments(oldPath: string, newPath: string): readonly string[];
}

export const RIVALS: readonly Rival[] = [
  {
    name: 'zstd-3',
    program: 'zstd',
    package: 'zstd',
    versionArguments: ['--version'],
    patchArguments: (oldPath, newPath) => ['-3', '-q', '-c', `--patch-from=${oldPath}`, newPath],
  },
  {
    name: 'zstd-19',
    program: 'zstd',
    package: 'zstd',
    versionArguments: ['--version'],
    patchArguments: (oldPath, newPath) => ['-19', '-q', '-c', `--patch-from=${oldPath}`, newPath],
  },
  {
    name: 'xdelta3',
    program: 'xdelta3',
    package: 'xdelta3',
    versionArguments: ['-V'],
    // -A: without the application header, which would hold the names of the temporary files.
    patchArguments: (oldPath, newPath) => ['-e', '-9', '-A', '-c', '-s', oldPath, newPath],
  },
  {
    name: 'lz4',
    program: 'lz4',
    package: 'lz4',
    versionArguments: ['--version'],
    // lz4 has no patch mode; the old state as its dictionary is the nearest it has.
    patchArguments: (oldPath, newPath) => ['-9', '-q', '-c', '-D', oldPath, newPath],
  },
];

/** Whether the rival's program runs on this machine. */
export function isRivalInstalled(rival: Rival): boolean {
  return spawnSync(rival.program, rival.versionArguments, { stdio: 'ignore', timeout: RUN_LIMIT_MS }).error === undefined;
}

/** A folder of two temporary files in which rivals are run, one pair of states after the other. */
export class RivalBench {
  readonly #folder = mkdtempSync(join(tmpdir(), 'godwit-bench-'));
  readonly #oldPath = join(this.#folder, 'old');
  readonly #newPath = join(this.#folder, 'new');

  /** The states that the next `patchBytes` calls compare. */
  setStates(oldState: Uint8Array, newState: Uint8Array): void {
    writeFileSync(this.#oldPath, oldState);
    writeFileSync(this.#newPath, newState);
  }

  /** Size in bytes of the rival's patch. Throws when the program fails. */
  patchBytes(rival: Rival): number {
    const run = spawnSync(rival.program, rival.patchArguments(this.#oldPath, this.#newPath), {
      maxBuffer: OUTPUT_LIMIT_BYTES,
      timeout: RUN_LIMIT_MS,
    });
    if (run.error !== undefined) throw new Error(`${rival.name}: ${run.error.message}`);
    if (run.status !== 0) throw new Error(`${rival.name}: exit ${run.status}: ${run.stderr.toString().trim()}`);
    return run.stdout.length;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
