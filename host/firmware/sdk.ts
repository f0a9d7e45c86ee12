import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { ToolMissing } from './typescript.js';

/** A Moddable SDK that can build for ESP32. */
export interface Sdk {
  readonly mcconfig: string;
  readonly environment: NodeJS.ProcessEnv;
}

export interface BuildOptions {
  /** Folder of the manifest. */
  readonly folder: string;
  /** Such as esp32/nodemcu. */
  readonly platform: string;
  /** Folder of all that the build writes. */
  readonly out: string;
  /** Builds with readings of the RAM in use, which a release build has not. */
  readonly instrument: boolean;
}

/** Where the SDK's own makefiles put its tools. */
const TOOL_FOLDERS: Partial<Record<NodeJS.Platform, string>> = { linux: 'lin', darwin: 'mac', win32: 'win' };

/**
 * The SDK that `environment` names: MODDABLE, mcconfig on PATH or in the SDK, IDF_PATH for ESP32, and a tsc for mcconfig to call.
 * @throws ToolMissing with all that has to be installed
 */
export function findSdk(environment: NodeJS.ProcessEnv, platform: string, tscFolder: string | undefined): Sdk {
  const missing: string[] = [];
  const { MODDABLE: moddable, IDF_PATH: idf } = environment;
  const path = [...(tscFolder === undefined ? [] : [tscFolder]), ...(environment.PATH ?? '').split(delimiter)];
  if (moddable === undefined || !isFolder(moddable)) {
    missing.push('the Moddable SDK, with MODDABLE set to its folder (npx xs-dev@0.30.3 setup, or github.com/Moddable-OpenSource/moddable)');
  } else path.push(join(moddable, 'build', 'bin', TOOL_FOLDERS[process.platform] ?? '', 'release'));
  const mcconfig = findCommand('mcconfig', path);
  if (moddable !== undefined && isFolder(moddable) && mcconfig === undefined) {
    missing.push(`the SDK's tools: mcconfig is neither on PATH nor built in ${moddable} (cd $MODDABLE/build/makefiles/lin && make)`);
  }
  if (platform.startsWith('esp32') && (idf === undefined || !isFolder(idf))) {
    missing.push('ESP-IDF, with IDF_PATH set to its folder (npx xs-dev@0.30.3 setup --device esp32)');
  }
  if (findCommand('tsc', path) === undefined) missing.push('TypeScript (npm install --save-dev typescript@6.0.3)');
  if (missing.length > 0) throw new ToolMissing(`To build for ${platform}, install ${missing.join('; ')}. Then run this again.`);
  return { mcconfig: mcconfig!, environment: { ...environment, PATH: path.join(delimiter) } };
}

/**
 * The arguments of mcconfig. `-t build`: its default target also writes to the board that happens to be connected, and ends debuggers
 * of others by name; writing is what `godwit flash` is for.
 */
export function mcconfigArguments({ folder, platform, out, instrument }: BuildOptions): string[] {
  return ['-m', ...(instrument ? ['-i'] : []), '-p', platform, '-t', 'build', '-o', resolve(out), join(resolve(folder), 'manifest.json')];
}

/** Where mcconfig leaves the image: bin/PLATFORM/KIND/NAME, NAME being that of the manifest's folder. */
export function imageFolder({ folder, platform, out, instrument }: BuildOptions): string {
  const name = resolve(folder).split(/[\\/]/).pop()!;
  return join(out, 'bin', platform, instrument ? 'instrument' : 'release', name);
}

/** mcconfig wants the folder of -o to be there. */
export function makeOutFolder(out: string): void {
  mkdirSync(out, { recursive: true });
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function findCommand(name: string, folders: readonly string[]): string | undefined {
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`, `${name}.bat`] : [name];
  return folders
    .flatMap((folder) => names.map((file) => join(folder, file)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
      } catch {
        return false;
      }
    });
}
