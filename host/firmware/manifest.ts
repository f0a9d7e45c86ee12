// A Moddable manifest, as far as it decides which modules an app has: documentation/tools/manifest.md of the SDK, and what
// tools/mcmanifest.js does with it.
import { readFileSync } from 'node:fs';

type Sources = string | readonly (string | { readonly source: string })[];

export interface ManifestSection {
  readonly build?: Readonly<Record<string, unknown>>;
  readonly include?: string | readonly (string | object)[];
  readonly modules?: Readonly<Record<string, Sources>>;
  readonly preload?: string | readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly creation?: Readonly<Record<string, unknown>>;
  readonly error?: string;
  readonly typescript?: { readonly tsconfig?: { readonly compilerOptions?: Readonly<Record<string, unknown>> } };
}

export interface Manifest extends ManifestSection {
  readonly platforms?: Readonly<Record<string, ManifestSection>>;
}

/** The text tells which file and why. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/** @throws ManifestError if there is no such file, or it is not a JSON object */
export function readManifest(path: string): Manifest {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new ManifestError('there is no such manifest');
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Manifest;
  } catch (error) {
    throw new ManifestError(`is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new ManifestError('is not a JSON object');
}

/** The one section of `platforms` that mcconfig takes: the whole name, then shorter ones; a wildcard counts where it stands; else "...". */
export function sectionFor(manifest: Manifest, platform: string): ManifestSection {
  const { platforms = {} } = manifest;
  for (let parts = platform.split('/'); parts.length > 0; parts = parts.slice(0, -1)) {
    const name = parts.join('/');
    const found = Object.keys(platforms).find((key) =>
      key.endsWith('/*') ? name.startsWith(key.slice(0, -1)) : key.startsWith('*/') ? name.endsWith(key.slice(1)) : key === name,
    );
    if (found !== undefined) return platforms[found]!;
  }
  return platforms['...'] ?? {};
}

/** Platforms that a manifest speaks of by name. */
export function platformsOf(manifest: Manifest): string[] {
  return Object.keys(manifest.platforms ?? {}).filter((name) => !name.includes('*') && name !== '...');
}

export function listOf<Item>(value: Item | readonly Item[] | undefined): readonly Item[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Item[]) : [value as Item];
}
