/** Something that would stop a build or a board, and what to do about it. */
export interface Fault {
  readonly rule: Rule;
  /** Path of the manifest that names the module, or that is wrong itself. */
  readonly manifest: string;
  readonly module?: string;
  /** File and line of the code, or of the import. */
  readonly at?: string;
  /** What is wrong, and after a semicolon what to do. */
  readonly text: string;
}

export type Rule =
  | 'manifest'
  | 'missing-module'
  | 'not-preloaded'
  | 'preload-wildcard'
  | 'root-glob'
  | 'ssid'
  | 'not-in-xs'
  | 'top-level-await'
  | 'linked-global'
  | 'frozen-buffer'
  | 'types';

/** Manifest, module, place, and what to do, in one line. */
export function faultLine({ manifest, module, at, text }: Fault): string {
  return [manifest, ...(module === undefined ? [] : [`module '${module}'`]), ...(at === undefined ? [] : [at]), text].join(': ');
}

/** "1 fault", "2 faults". */
export function faultCount(count: number): string {
  return count === 1 ? '1 fault' : `${count} faults`;
}
