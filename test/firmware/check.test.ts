import { relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkFirmware } from '../../host/firmware/check.js';
import { faultLine } from '../../host/firmware/fault.js';
import { makeApp, manifest, removeApps } from './support/app.js';

afterAll(removeApps);

/** What the check says about an app, one line a fault, paths relative to the app. */
function complaints(folder: string, platforms: string[] = []): string[] {
  const prefix = relative(process.cwd(), folder);
  return checkFirmware(folder, platforms).faults.map((fault) => faultLine(fault).replaceAll(`${prefix}/`, ''));
}

const main = (body: string): string => `${body}\nexport default function main(): void {}\n`;

test('there is nothing to object to in our firmware, for any board', () => {
  const report = checkFirmware('firmware');
  expect(report.faults.map(faultLine)).toEqual([]);
  expect(report.platforms).toEqual(['esp32', 'esp32/nodemcu', 'esp32/esp32c3', 'esp32/esp32s3', 'lin']);
  expect(report.notes).toEqual([]);
  expect(report.modules).toBeGreaterThan(140);
});

test('nor in a small app', () => {
  expect(complaints(makeApp())).toEqual([]);
});

describe('modules', () => {
  test.each<[string, Record<string, string | object>, string]>([
    [
      'a file that no manifest names',
      { 'manifest.json': manifest({ modules: { '*': './main' }, preload: ['main'] }) },
      'manifest.json: module \'half\': imported by main.ts:1: no manifest names it; add "half": "./half" to modules, and "half" to preload',
    ],
    [
      'the same in a dynamic import',
      {
        'main.ts': "export default async function main(): Promise<void> {\n  await import('./other.js');\n}\n",
        'other.ts': 'export {};\n',
      },
      'manifest.json: module \'other\': imported by main.ts:2: no manifest names it; add "other": "./other" to modules, and "other" to preload',
    ],
    [
      'the same in an export of another module',
      { 'half.ts': "export * from './other.js';\nexport const half = Math.sqrt;\n", 'other.ts': 'export const one = 1;\n' },
      'manifest.json: module \'other\': imported by half.ts:1: no manifest names it; add "other": "./other" to modules, and "other" to preload',
    ],
    [
      'a file that is not there',
      { 'main.ts': main("import './gone.js';") },
      "manifest.json: module 'gone': imported by main.ts:1: there is no such file; correct the import",
    ],
    [
      'a package from npm',
      { 'main.ts': main("import 'left-pad';") },
      "manifest.json: module 'left-pad': imported by main.ts:1: no manifest names it, and npm packages are not on a board; include the manifest that has it, or remove the import",
    ],
    [
      'a part of Node',
      { 'main.ts': main("import 'node:fs';") },
      "manifest.json: module 'node:fs': imported by main.ts:1: is a part of Node, which a board has not; remove the import",
    ],
    [
      'a name with .ts',
      { 'main.ts': main("import './half.ts';") },
      "manifest.json: module 'half.ts': imported by main.ts:1: XS drops .js from a name, not .ts; import it with .js",
    ],
    [
      'a module of the SDK that no included manifest has',
      { 'main.ts': main("import 'embedded:io/serial';") },
      "manifest.json: module 'embedded:io/serial': imported by main.ts:1: no manifest names it, and npm packages are not on a board; include the manifest that has it, or remove the import",
    ],
    [
      'names that do not mirror folders',
      {
        'manifest.json': manifest({ modules: { '*': ['./main'], half: './lib/half' }, preload: ['main', 'half'] }),
        'lib/half.ts': 'export const half = Math.sqrt;\n',
      },
      "manifest.json: module 'half': imported by main.ts:1: is lib/half.ts on the board and half.ts here; make module names mirror folders",
    ],
    [
      'a module that is not preloaded',
      { 'manifest.json': manifest({ preload: ['main'] }) },
      'manifest.json: module \'half\': imported by main.ts:1: is not preloaded and would take RAM; add "half" to preload',
    ],
    [
      'a main that is not preloaded',
      { 'manifest.json': manifest({ preload: ['half'] }) },
      'manifest.json: module \'main\': is not preloaded and would take RAM; add "main" to preload',
    ],
    [
      'a file that modules names in vain',
      { 'manifest.json': manifest({ modules: { '*': ['./main', './half', './gone'] } }) },
      "manifest.json: module 'gone': ./gone: there is no such file; correct the path",
    ],
    [
      'a name that preload has in vain',
      { 'manifest.json': manifest({ preload: ['main', 'half', 'hlaf'] }) },
      "manifest.json: module 'hlaf': preload: no manifest has a module of this name; correct it, or add it to modules",
    ],
    [
      'a .json beside the module',
      { 'half.json': {} },
      "manifest.json: module 'half': is both half.ts and half.json to mcconfig; write the file's extension in modules",
    ],
  ])('%s', (_name, files, line) => {
    expect(complaints(makeApp(files))).toEqual([line]);
  });

  test('what TypeScript erases needs no module', () => {
    const files = {
      'main.ts': main("import type { Shape } from './shape.js';\nexport const shape: Shape = {};"),
      'shape.ts': 'export interface Shape {}\n',
    };
    expect(complaints(makeApp(files))).toEqual([]);
  });

  test('a manifest of the SDK that the check does not know makes its modules unknown, not missing', () => {
    const include = ['$(MODDABLE)/examples/manifest_base.json', '$(MODDABLE)/modules/drivers/neopixel/manifest.json'];
    const folder = makeApp({ 'manifest.json': manifest({ include, typescript: {} }), 'main.ts': main("import 'neopixel';") });
    const report = checkFirmware(folder);
    expect(report.faults).toEqual([]);
    expect(report.notes).toEqual(['$(MODDABLE)/modules/drivers/neopixel/manifest.json is not known here: its modules are not checked']);
  });
});

describe('manifests', () => {
  test.each<[string, Record<string, string | object>, string]>([
    [
      'a wildcard in preload for TypeScript',
      {
        'manifest.json': manifest({ modules: { '*': './main', 'lib/*': './lib/*' }, preload: ['main', 'lib/*'] }),
        'main.ts': main(''),
        'lib/a.ts': 'export {};\n',
      },
      'manifest.json: preload "lib/*": matches no TypeScript: a wildcard in preload is for .js alone; write "lib/a" instead',
    ],
    [
      'a glob of the root',
      { 'manifest.json': manifest({ modules: { '*': './*' } }), 'package.json': {} },
      'manifest.json: modules "./*": takes package.json for a module; name the files one by one, or move them to a folder of their own',
    ],
    [
      'the config key ssid',
      { 'manifest.json': manifest({ config: { ssid: 'home' } }) },
      "manifest.json: config.ssid: holds main back until the board has an address, maybe forever; use a key of your own, or leave Wi-Fi to 'godwit enroll'",
    ],
    [
      'the same for one platform',
      { 'manifest.json': manifest({ platforms: { 'esp32/nodemcu': { config: { ssid: 'home' } } } }) },
      "manifest.json: config.ssid: holds main back until the board has an address, maybe forever; use a key of your own, or leave Wi-Fi to 'godwit enroll'",
    ],
    [
      'an include that is not there',
      { 'manifest.json': manifest({ include: ['$(MODDABLE)/examples/manifest_base.json', './lib/manifest.json'] }) },
      'manifest.json: include lib/manifest.json: there is no such manifest; correct the include, or npm install what it lies in',
    ],
    [
      "one of the SDK's that the platform has not",
      {
        'manifest.json': manifest({
          include: ['$(MODDABLE)/examples/manifest_base.json', '$(MODDABLE)/modules/io/wifi/manifest.json'],
          platforms: { lin: {} },
        }),
      },
      'manifest.json: include $(MODDABLE)/modules/io/wifi/manifest.json: the SDK has no such thing for lin; include it in the sections of the platforms that have it',
    ],
  ])('%s', (_name, files, line) => {
    expect(complaints(makeApp(files))).toEqual([line]);
  });

  test('no JSON at all', () => {
    expect(complaints(makeApp({ 'manifest.json': '{' }))).toEqual([expect.stringMatching(/^manifest\.json: is not JSON: /)]);
  });

  test('no manifest at all', () => {
    expect(complaints('test/firmware')).toEqual(['manifest.json: there is no such manifest; name the folder of a Moddable app']);
  });
});

describe('what XS lacks', () => {
  const half = (body: string): Record<string, string> => ({ 'half.ts': `export const half = Math.sqrt;\n${body}\n` });
  const line = (text: string, at = 'half.ts:2'): string => `manifest.json: module 'half': ${at}: ${text}`;

  test.each<[string, string, string]>([
    ['console', "export const say = (): void => console.log('');", 'XS has no console; use trace()'],
    [
      'setTimeout',
      'export const wait = (): unknown => setTimeout(() => {}, 1);',
      "XS has no setTimeout; use Timer.set of 'timer', or a timer of the agent's state",
    ],
    ['globalThis.console', 'export const c = (): unknown => (globalThis as any).console;', 'XS has no console; use trace()'],
    [
      'structuredClone',
      'export const copy = (value: object): object => structuredClone(value);',
      'XS has no structuredClone; copy the fields',
    ],
    ['Intl', "export const format = (): unknown => new Intl.NumberFormat('en');", 'XS has no Intl; format by hand'],
    [
      'TextEncoder',
      'export const bytes = (): unknown => new TextEncoder();',
      "XS has no TextEncoder; use utf8Bytes and encodeUtf8 of 'godwit/state/utf8'",
    ],
    ['toSorted', 'export const sorted = (list: number[]): number[] => list.toSorted();', 'XS 13.3 has no list.toSorted; write it out'],
    ['with', 'export const changed = (list: number[]): number[] => list.with(0, 1);', 'XS 13.3 has no list.with; write it out'],
    [
      'Object.groupBy',
      'export const groups = (list: string[]): object => Object.groupBy(list, (each) => each);',
      'XS 13.3 has no Object.groupBy; write it out',
    ],
    [
      'Promise.withResolvers',
      'export const later = (): unknown => Promise.withResolvers();',
      'XS 13.3 has no Promise.withResolvers; write it out',
    ],
    ['RegExp v', 'export const pattern = /[\\p{L}--[a-z]]/v;', 'XS 13.3 has no RegExp flag v; use flag u'],
    [
      'globalThis at the top',
      'const board = globalThis;\nexport const look = (): unknown => board;',
      "at module level this is the linker's global object, not the board's; use globalThis inside functions",
    ],
    [
      'await at the top',
      'export const now = await Promise.resolve(1);',
      'a preloaded module cannot wait while it is linked; move the await into a function',
    ],
  ])('%s', (_name, body, text) => {
    expect(complaints(makeApp(half(body)))).toEqual([line(text)]);
  });

  test('whatever lib the manifest chooses', () => {
    const compilerOptions = { strict: true, skipLibCheck: true, target: 'esnext', lib: ['esnext', 'dom'] };
    const files = {
      'manifest.json': manifest({ typescript: { tsconfig: { compilerOptions } } }),
      ...half('export const u = (a: Set<number>): Set<number> => a.union(a);\nexport const w = (): void => console.log(1);'),
    };
    expect(complaints(makeApp(files))).toEqual([
      line('XS 13.3 has no a.union; write it out'),
      line('XS has no console; use trace()', 'half.ts:3'),
    ]);
  });

  test('in JavaScript too', () => {
    const files = {
      'manifest.json': manifest({ modules: { '*': ['./main', './plain.js'] }, preload: ['main', 'plain'] }),
      'main.ts': main("import './plain.js';"),
      'plain.js': 'export const say = (list) => console.log(list.toSorted());\n',
      'half.ts': '',
    };
    const plain = (text: string): string => `manifest.json: module 'plain': plain.js:1: ${text}`;
    expect(complaints(makeApp(files))).toEqual([
      plain('XS has no console; use trace()'),
      plain('XS 13.3 has no list.toSorted; write it out'),
    ]);
  });

  test('but not names of our own', () => {
    const body =
      'export function own(console: { log(): void }): void {\n  console.log();\n}\nexport const set = { union: () => 1, with: () => 2 };\nexport const n = set.union() + set.with();';
    expect(complaints(makeApp(half(body)))).toEqual([]);
  });
});

describe('buffers of preloaded modules', () => {
  const half = (body: string): Record<string, string> => ({ 'half.ts': `export const half = Math.sqrt;\n${body}\n` });
  const frozen = (name: string, where: string, at = 'half.ts:2'): string =>
    `manifest.json: module 'half': ${at}: ${name} is read-only in flash once the module is preloaded, and ${where} writes it; make it in a constructor`;

  test.each<[string, string, string]>([
    [
      'an element',
      'const scratch = new Uint8Array(8);\nexport function put(): void {\n  scratch[0] = 1;\n}',
      frozen('scratch', 'half.ts:4'),
    ],
    [
      'a counted element',
      'const counts = new Uint32Array(8);\nexport const count = (): void => {\n  counts[1]!++;\n};',
      frozen('counts', 'half.ts:4'),
    ],
    [
      'a method',
      'const view = new DataView(new ArrayBuffer(8));\nexport const put = (): void => view.setUint16(0, 1);',
      frozen('view', 'half.ts:3'),
    ],
    [
      'a static field',
      'export class Box {\n  static bytes = new Uint8Array(2);\n  put(): void {\n    Box.bytes.fill(1);\n  }\n}',
      frozen('bytes', 'half.ts:5', 'half.ts:3'),
    ],
    [
      'a function that it is handed to',
      'const scratch = new Uint8Array(8);\nfunction fill(into: Uint8Array): void {\n  into[0] = 1;\n}\nexport const put = (): void => fill(scratch);',
      frozen('scratch', 'half.ts:6'),
    ],
  ])('%s', (_name, body, text) => {
    expect(complaints(makeApp(half(body)))).toEqual([text]);
  });

  test('a table that is filled while the module is made, and one of zeros, are in the right place', () => {
    const body = `const TABLE = new Uint32Array(256);
for (let index = 0; index < 256; index++) TABLE[index] = index * 3;
const ZEROS = new Uint8Array(16);
export const look = (index: number): number => TABLE[index]!;
export const copy = (into: Uint8Array): void => into.set(ZEROS);`;
    expect(complaints(makeApp(half(body)))).toEqual([]);
  });
});

describe('types', () => {
  test('an error in a type is one line', () => {
    const files = { 'half.ts': 'export const half = Math.sqrt;\nexport const text: string = 1;\n' };
    expect(complaints(makeApp(files))).toEqual([
      "manifest.json: module 'half': half.ts:2: Type 'number' is not assignable to type 'string'. (TS2322)",
    ]);
  });

  test("the folder's own tsconfig.json counts for nothing, as with mcconfig", () => {
    const files = {
      'tsconfig.json': { compilerOptions: { strict: false } },
      'half.ts': 'export const half = Math.sqrt;\nexport const f = (x): number => x;\n',
    };
    expect(complaints(makeApp(files))).toEqual([
      "manifest.json: module 'half': half.ts:2: Parameter 'x' implicitly has an 'any' type. (TS7006)",
    ]);
  });
});
