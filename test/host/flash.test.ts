import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planFlash } from '../../host/flash/flash-plan.js';
import { flash as writeFlash } from '../../host/flash/flasher.js';
import { serialPort } from '../../host/transports/serial-port.js';
import { Cli, type CliResult } from './support/cli.js';
import { type Build, moddableBuild, partitionTable, SDK_PARTITIONS, someBytes } from './support/esp-build.js';
import { type FakeFaults, FakeRom } from './support/fake-rom.js';
import { Cable } from './support/pty.js';
import { newFolder } from './support/real-run.js';

const FLASH_BYTES = 4 * 1024 * 1024;
const SECTOR_BYTES = 4096;
const ONE_LINE = /^godwit: [^\n]+\n$/;
const SEED = 20261122;
const ESP32 = 0;
const ESP32_C3 = 5;

let cli: Cli;
let folder: ReturnType<typeof newFolder>;
let cable: Cable;
let board: Duplex | undefined;
beforeAll(async () => {
  cli = await Cli.build();
});
afterAll(() => cli.remove());
beforeEach(async () => {
  folder = newFolder();
  cable = new Cable(folder.path);
  await cable.plugIn();
});
afterEach(async () => {
  await unplugBoard();
  await cable.unplug();
  folder.remove();
});

async function unplugBoard(): Promise<void> {
  const last = board;
  board = undefined;
  if (last === undefined || last.destroyed) return;
  const closed = once(last, 'close');
  last.destroy();
  await closed;
}

/** A chip in download mode at the far end of the cable, in place of the one before. */
async function chip(name: 'esp32' | 'esp32c3', faults: FakeFaults = {}, flashBytes = FLASH_BYTES): Promise<FakeRom> {
  await unplugBoard();
  board = await serialPort(cable.boardPath, 115_200)();
  return new FakeRom(board, name, flashBytes, faults);
}

const flash = (...args: string[]): Promise<CliResult> => cli.run('flash', '--port', cable.hostPath, ...args);

/** Every file is where it belongs, the rest of its last sector is erased, and nothing else has changed. */
function expectWritten(rom: FakeRom, files: readonly (readonly [number, Buffer])[]): void {
  const expected = Buffer.from(rom.before);
  for (const [address, bytes] of files) {
    expected.fill(0xff, address, Math.ceil((address + bytes.length) / SECTOR_BYTES) * SECTOR_BYTES);
    bytes.copy(expected, address);
  }
  expect(rom.flash.equals(expected)).toBe(true);
  expect(rom.wrong).toEqual([]);
}

function expectFailure({ code, stderr }: CliResult, text: RegExp): void {
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(ONE_LINE) });
  expect(stderr).toMatch(text);
}

const filesOf = (build: Build, bootloaderAddress: number): [number, Buffer][] => [
  [bootloaderAddress, build.bootloader],
  [0x8000, build.table],
  [0x10000, build.app],
];

describe('godwit flash', () => {
  it('writes a build of the Moddable SDK to an ESP32, byte by byte, and leaves everything else alone', async () => {
    const build = moddableBuild(join(folder.path, 'build'), ESP32, 150_000);
    const rom = await chip('esp32');
    const { code, stdout, stderr } = await flash(build.folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectWritten(rom, filesOf(build, 0x1000));
    expect(rom).toMatchObject({ stubRuns: true, baud: 460_800 });
    expect(rom.requests.filter((name) => name === 'MD5')).toHaveLength(3);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(/^ESP32.*flash of 4096 KiB$/);
    expect(lines).toContainEqual(expect.stringMatching(/^xs_esp32\.bin at 0x10000: \d+ of 15\d+ bytes$/));
    expect(lines.at(-1)).toMatch(/^\d+ bytes written and verified in [\d.]+ s; the board is started, its identity is kept$/);
  });

  it('writes an ESP-IDF build to an ESP32-C3, and reports as JSON', async () => {
    const build = moddableBuild(join(folder.path, 'build'), ESP32_C3);
    const listed = { '0x0': 'bootloader.bin', '0x8000': 'partition-table.bin', '0x10000': 'xs_esp32.bin' };
    writeFileSync(join(build.folder, 'flasher_args.json'), JSON.stringify({ flash_files: listed }));
    const rom = await chip('esp32c3', { deafGreetings: 6 });
    const { code, stdout, stderr } = await flash(build.folder, '--json', '--chip', 'ESP32-C3', '--baud', '115200');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectWritten(rom, filesOf(build, 0));
    expect(JSON.parse(stdout)).toMatchObject({
      port: cable.hostPath,
      flashBytes: FLASH_BYTES,
      nvs: 'kept',
      files: [
        { address: 0 },
        { address: 0x8000 },
        { address: 0x10000, sizeBytes: build.app.length, md5: expect.stringMatching(/^[0-9a-f]{32}$/) },
      ],
    });
    expect(rom.requests).not.toContain('CHANGE_BAUDRATE');
  });

  it('writes single files, and erases the identity only if told', async () => {
    const build = moddableBuild(join(folder.path, 'build'), ESP32);
    const rom = await chip('esp32');
    const data = someBytes(4097, 8);
    writeFileSync(join(folder.path, 'data.bin'), data);
    expect((await flash(`0x200000:${join(folder.path, 'data.bin')}`)).code).toBe(0);
    expectWritten(rom, [[0x200000, Buffer.concat([data, Buffer.alloc(3, 0xff)])]]);
    const second = await chip('esp32');
    expect(await flash('--erase-nvs', build.folder)).toMatchObject({ code: 0, stdout: expect.stringContaining('its identity is erased') });
    expectWritten(second, [[0x9000, Buffer.alloc(0x6000, 0xff)], ...filesOf(build, 0x1000)]);
  });

  it('knows from the board itself where its identity is, and says when a new partition table leaves it behind', async () => {
    const rom = await chip('esp32');
    partitionTable(SDK_PARTITIONS).copy(rom.flash, 0x8000);
    const before = Buffer.from(rom.flash);
    const data = join(folder.path, 'data.bin');
    writeFileSync(data, someBytes(5000, 8));
    expectFailure(
      await flash(`0xd000:${data}`),
      /would overwrite the partition "nvs", in which the board keeps its identity: nothing was written/,
    );
    expect(rom.flash.equals(before)).toBe(true);
    await unplugBoard();
    const second = await chip('esp32');
    partitionTable(SDK_PARTITIONS).copy(second.flash, 0x8000);
    expect(await flash(`0x300000:${data}`)).toMatchObject({ code: 0, stdout: expect.stringContaining('its identity is kept') });
    await unplugBoard();
    const third = await chip('esp32');
    partitionTable(SDK_PARTITIONS).copy(third.flash, 0x8000);
    const elsewhere = SDK_PARTITIONS.map((partition) =>
      partition.label === 'nvs' ? { ...partition, address: 0xa000, sizeBytes: 0x5000 } : partition,
    );
    const build = moddableBuild(join(folder.path, 'build'), ESP32, 60_000, elsewhere);
    expect(await flash(build.folder)).toMatchObject({ code: 0, stdout: expect.stringContaining('its identity stays behind') });
  });

  it('sends a block anew that the chip refused', async () => {
    const build = moddableBuild(join(folder.path, 'build'), ESP32);
    const rom = await chip('esp32', { refusedBlocks: 2 });
    expect(await flash(build.folder)).toMatchObject({ code: 0, stderr: '' });
    expectWritten(rom, filesOf(build, 0x1000));
  });
});

describe('flash()', () => {
  it(`leaves exactly the planned bytes in the flash, whatever they are (seed ${SEED})`, async () => {
    const quiet = { connected: () => {}, written: () => {}, verified: () => {}, log: () => {} };
    // Areas of 16 sectors, so that files do not meet; a chip looks at none of these for a program.
    const file = fc.record({ area: fc.integer({ min: 2, max: 15 }), sectorBytes: fc.integer({ min: 1, max: 0x9000 }), seed: fc.nat() });
    const files = fc.uniqueArray(file, { minLength: 1, maxLength: 4, selector: ({ area }) => area });
    const faults = fc.record({ refusedBlocks: fc.nat({ max: 2 }), deafGreetings: fc.nat({ max: 3 }) });
    await fc.assert(
      fc.asyncProperty(files, faults, async (drawn, fault) => {
        const rom = await chip('esp32', fault, 1024 * 1024);
        const placed = drawn.map(({ area, sectorBytes, seed }, index) => {
          const path = join(folder.path, `${index}.bin`);
          const bytes = seed % 3 === 0 ? Buffer.alloc(sectorBytes, seed) : someBytes(sectorBytes, seed);
          writeFileSync(path, bytes);
          return { address: area * 16 * SECTOR_BYTES, path, bytes };
        });
        const seen: number[] = [];
        const listener = { ...quiet, written: (_segment: unknown, bytes: number) => seen.push(bytes) };
        const report = await writeFlash(planFlash(placed), { port: cable.hostPath, baud: 921_600, listener });
        expectWritten(
          rom,
          placed.map(({ address, bytes }) => [address, bytes]),
        );
        expect(report.files.map(({ sizeBytes }) => sizeBytes).sort()).toEqual(placed.map(({ bytes }) => bytes.length).sort());
        expect(Math.max(...seen)).toBe(Math.max(...placed.map(({ bytes }) => bytes.length)));
      }),
      { seed: SEED, numRuns: 8 },
    );
  });
});

describe('godwit flash, when the board misbehaves', () => {
  let build: Build;
  beforeEach(() => {
    build = moddableBuild(join(folder.path, 'build'), ESP32);
  });

  it('waits for no chip for ever, and says how to go on', async () => {
    const cases: [FakeFaults | undefined, RegExp][] = [
      [undefined, /no chip answers at .* \(nothing comes from it\): hold the board's BOOT button/],
      [{ runsProgram: true }, /no chip answers at .* \(something is sent, but by no loader\)/],
      [{ silentFromBlock: 1 }, /no answer in time; the board is only partly written/],
    ];
    // They wait for their bounds together.
    const results = await Promise.all(
      cases.map(async ([faults], index) => {
        const place = join(folder.path, String(index));
        mkdirSync(place);
        const own = new Cable(place);
        await own.plugIn();
        const far = faults && (await serialPort(own.boardPath, 115_200)());
        if (far && faults) new FakeRom(far, 'esp32', FLASH_BYTES, faults);
        const result = await cli.run('flash', '--port', own.hostPath, build.folder);
        far?.destroy();
        await own.unplug();
        return result;
      }),
    );
    for (const [index, result] of results.entries()) expectFailure(result, cases[index]![1]);
  });

  it('gives up on a block that is refused again and again', async () => {
    const rom = await chip('esp32', { refusedBlocks: 1000 });
    expectFailure(await flash(build.folder), /bootloader\.bin at 0x1000: .*only partly written: run the same command again/);
    expect(rom.stubRuns).toBe(true);
  });

  it('finds flash that does not keep what is written', async () => {
    await chip('esp32', { badFlash: true });
    expectFailure(await flash(build.folder), /bootloader\.bin at 0x1000: the flash holds something else; .*run the same command again/);
  });

  it('ends at once when the cable is pulled', async () => {
    const rom = await chip('esp32');
    const startMs = performance.now();
    rom.onBlock = (block) => {
      if (block === 1) void cable.unplug();
    };
    expectFailure(await flash(build.folder), /(went away|only partly written)/);
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });

  it('writes nothing to another chip than the image is for', async () => {
    const rom = await chip('esp32c3');
    expectFailure(await flash(build.folder), /is an ESP32-C3; the image is for esp32: nothing was written/);
    expectWritten(rom, []);
  });

  it('writes nothing that does not fit, nor to a flash that does not answer', async () => {
    const rom = await chip('esp32', {}, 1024 * 1024);
    const data = join(folder.path, 'data.bin');
    writeFileSync(data, someBytes(9000, 8));
    expectFailure(await flash(`0xfe000:${data}`), /ends beyond the flash of 1048576 bytes: nothing was written/);
    expectWritten(rom, []);
    const second = await chip('esp32', { noFlash: true });
    expectFailure(await flash(build.folder), /does not know its flash \(id 0xffffff\): nothing was written/);
    expectWritten(second, []);
  });

  it('says what is wrong with a port', async () => {
    const missing = join(folder.path, 'no-port');
    expectFailure(await cli.run('flash', '--port', missing, build.folder), /there is no serial port .*no-port; this machine has/);
    const holder = await serialPort(cable.hostPath, 115_200)();
    try {
      expectFailure(await flash(build.folder), /is in use: end the program that holds it/);
    } finally {
      holder.destroy();
    }
  });
});

describe('godwit flash, with files that are wrong', () => {
  // Refused before the port is touched: nothing listens there.
  const file = (name: string, bytes: Buffer | string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, bytes);
    return path;
  };

  it('refuses them with one line and exit code 1', async () => {
    const build = moddableBuild(join(folder.path, 'build'), ESP32);
    const other = moddableBuild(join(folder.path, 'other'), ESP32_C3);
    mkdirSync(join(folder.path, 'empty'));
    const app = join(build.folder, 'xs_esp32.bin');
    const text = file('text.bin', 'no image at all');
    const big = file('big.bin', someBytes(70_000, 1));
    const cases: [RegExp, string[]][] = [
      [/holds no build: partition-table\.bin is not there/, [join(folder.path, 'empty')]],
      [/there is no folder/, [join(folder.path, 'nowhere')]],
      [/is a file: say where it belongs/, [app]],
      [/text\.bin is no whole ESP image: it does not begin with the byte 0xe9/, [`0x10000:${text}`]],
      [/is no whole ESP image: it ends inside segment/, [`0x10000:${file('short.bin', build.app.subarray(0, 5000))}`]],
      [/text\.bin is no partition table/, [`0x8000:${text}`]],
      [/cannot go to 0x10001/, [`0x10001:${app}`]],
      [/ends beyond any flash/, [`0xffff000:${big}`]],
      [/big\.bin at 0x10000000 ends beyond any flash/, [`0x10000000:${big}`]],
      [/big\.bin at 0x200000 with 70000 bytes reaches into .*text\.bin at 0x210000/, [`0x200000:${big}`, `0x210000:${text}`]],
      [/xs_esp32\.bin is for esp32.*xs_esp32\.bin for esp32c3/, [`0x10000:${app}`, `0x100000:${join(other.folder, 'xs_esp32.bin')}`]],
      [/the bootloader of esp32c3 belongs to 0x0/, [`0x1000:${join(other.folder, 'bootloader.bin')}`]],
      [
        /would overwrite the partition "nvs", in which the board keeps its identity/,
        [`0x8000:${join(build.folder, 'partition-table.bin')}`, `0x9000:${text}`],
      ],
      [/text\.bin is not to be read|empty/, [`0x20000:${file('empty.bin', '')}`]],
      [/the image is for esp32, not for esp32c3/, ['--chip', 'esp32c3', build.folder]],
    ];
    for (const [text, args] of cases) expectFailure(await flash(...args), text);
  });

  it('refuses an application that is larger than its partition', async () => {
    const small = SDK_PARTITIONS.map((partition) => (partition.type === 0 ? { ...partition, sizeBytes: 0x8000 } : partition));
    const build = moddableBuild(join(folder.path, 'build'), ESP32, 60_000, small);
    expectFailure(await flash(build.folder), /more than partition "factory" holds, 32768/);
  });

  it('answers wrong usage with exit code 2', async () => {
    for (const args of [
      ['flash'],
      ['flash', 'build'],
      ['flash', '--port', 'x'],
      ['flash', '--port', 'x', '--chip', 'esp8266', 'build'],
      ['flash', '--port', 'x', '--baud', 'fast', 'build'],
      ['flash', '--port', 'x', '0x1000:a.bin', 'b.bin'],
    ]) {
      const { code, stderr } = await cli.run(...args);
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(ONE_LINE) });
    }
  });
});
