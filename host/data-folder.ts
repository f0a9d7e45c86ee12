import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { makeFolder } from './make-folder.js';

export const DEFAULT_FOLDER = '.godwit';
const HOST_FILE = 'host.json';
const HOST_FILE_BYTES_MAX = 4096;

const HostFile = v.object({
  version: v.literal(1),
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  address: v.pipe(v.string(), v.regex(/^http:\/\/127\.0\.0\.1:\d{1,5}$/)),
  token: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  startedMs: v.number(),
});

/** What a running host leaves in its data folder, so that the command line finds it and may use it. */
export type RunningHost = v.InferOutput<typeof HostFile>;

/** One host's folder: `store/` and, while a host runs, `host.json` (readable by its owner only). */
export class DataFolder {
  readonly path: string;
  readonly storePath: string;
  readonly #hostFile: string;

  constructor(path: string) {
    this.path = resolve(path);
    this.storePath = join(this.path, 'store');
    this.#hostFile = join(this.path, HOST_FILE);
  }

  /** @throws Error of node:fs when the folder cannot be made */
  create(): void {
    makeFolder(this.path);
  }

  hasStore(): boolean {
    return statSync(this.storePath, { throwIfNoEntry: false })?.isDirectory() ?? false;
  }

  newToken(): string {
    return randomBytes(16).toString('hex');
  }

  announce(host: RunningHost): void {
    const draft = `${this.#hostFile}.${host.pid}`;
    writeFileSync(draft, `${JSON.stringify(host)}\n`, { mode: 0o600 });
    chmodSync(draft, 0o600);
    renameSync(draft, this.#hostFile);
  }

  /** Takes the announcement away, if it is still this process's. */
  withdraw(): void {
    if (this.announced()?.pid === process.pid) rmSync(this.#hostFile, { force: true });
  }

  /** The host that says it runs on this folder; a killed one leaves its file behind, so that its word is to be checked. */
  announced(): RunningHost | undefined {
    try {
      if (statSync(this.#hostFile).size > HOST_FILE_BYTES_MAX) return undefined;
      const parsed = v.safeParse(HostFile, JSON.parse(readFileSync(this.#hostFile, 'utf8')));
      return parsed.success ? parsed.output : undefined;
    } catch {
      return undefined;
    }
  }
}
