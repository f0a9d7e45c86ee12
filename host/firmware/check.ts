import { existsSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import { BuildCheck } from './build-check.js';
import type { Fault } from './fault.js';
import { platformsOf, readManifest } from './manifest.js';
import { resolveBuild, shown } from './resolve.js';

export interface FirmwareReport {
  readonly manifest: string;
  readonly platforms: readonly string[];
  /** Modules of the app and its libraries, over all platforms. */
  readonly modules: number;
  readonly faults: readonly Fault[];
  /** What could not be judged here. */
  readonly notes: readonly string[];
}

const MANIFEST = 'manifest.json';
const DEFAULT_PLATFORMS = ['esp32'];

/** Checks the firmware whose manifest.json lies in `folder`, for the platforms that it names or those of `only`. */
export function checkFirmware(folder: string, only: readonly string[] = []): FirmwareReport {
  const path = join(resolvePath(folder), MANIFEST);
  if (!existsSync(path)) {
    const fault: Fault = { rule: 'manifest', manifest: shown(path), text: 'there is no such manifest; name the folder of a Moddable app' };
    return { manifest: shown(path), platforms: [], modules: 0, faults: [fault], notes: [] };
  }
  const named = namedPlatforms(path);
  const platforms = only.length > 0 ? only : named.length > 0 ? named : DEFAULT_PLATFORMS;
  const builds = platforms.map((platform) => resolveBuild(path, platform));
  const faults = builds.flatMap((build) => build.faults);
  const seen = new Set<string>();
  const names = new Set<string>();
  for (const build of builds) {
    for (const name of build.modules.keys()) names.add(name);
    // Boards differ in pins and memory, seldom in modules: what was checked once is not checked again.
    const key = JSON.stringify([[...build.modules.values()], [...build.sdk], [...build.preload], build.compilerOptions]);
    if (seen.has(key) || build.modules.size === 0) continue;
    seen.add(key);
    faults.push(...new BuildCheck(build, path).run());
  }
  const notes = [...new Set(builds.flatMap((build) => build.unknown))].map(
    (include) => `${include} is not known here: its modules are not checked`,
  );
  return { manifest: shown(path), platforms, modules: names.size, faults: unique(faults), notes };
}

function namedPlatforms(path: string): string[] {
  try {
    return platformsOf(readManifest(path));
  } catch {
    return [];
  }
}

function unique(faults: readonly Fault[]): Fault[] {
  return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()];
}
