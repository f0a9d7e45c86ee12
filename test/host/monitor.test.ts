import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FrameSeen, Monitor, type Seen } from '../../host/monitor/monitor.js';
import { impliedSeed, seedOf, sessionOfSeed, type Way } from '../../host/monitor/seeds.js';
import { textOfSeen } from '../../host/monitor/seen-text.js';
import { serialPort } from '../../host/transports/serial-port.js';
import { DIRECTION_DOWN, ENROL_COMMIT, FRAME_BYTES_MAX, HEAD_BYTES, KIND_DELTA_ACK, KIND_ENROL } from '../../src/wire/constants.js';
import { frameSeed, kindOf, sealFrame } from '../../src/wire/frame.js';
import { FrameBuilder } from '../../src/wire/frame-builder.js';
import { SerialFramer } from '../../src/wire/serial-framer.js';
import { FRAMES } from '../core/wire/frames-fixture.js';
import { Cli, type CliProcess } from './support/cli.js';
import { CAPTURED_AGENT_ID, CAPTURED_BOARD_ID, encodedFrame, LineCapture } from './support/line-capture.js';
import { Cable } from './support/pty.js';
import { newFolder } from './support/real-run.js';
import { until } from './support/recorder.js';

const BOOT_TEXT = 'ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n';
const SECRET = 'correct-SECRET-horse';
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be printed
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

function seenIn(bytes: Buffer, pieceBytes = bytes.length, expected: Way = 'up'): Seen[] {
  const seen: Seen[] = [];
  const monitor = new Monitor((one) => seen.push(one), expected);
  for (let at = 0; at < bytes.length; at += pieceBytes) monitor.feed(bytes.subarray(at, at + pieceBytes));
  monitor.end();
  return seen;
}

function framesOf(seen: readonly Seen[]): FrameSeen[] {
  return seen.filter((one) => one.type === 'frame');
}

function enrolPiece(): Buffer {
  const builder = new FrameBuilder();
  builder.begin(KIND_ENROL);
  builder.u32(7);
  builder.u8(ENROL_COMMIT);
  builder.varint(SECRET.length);
  builder.varint(0);
  builder.copyFrom(Buffer.from(SECRET), 0, SECRET.length);
  return encodedFrame(builder.bytes, builder.seal(frameSeed(DIRECTION_DOWN, 0)));
}

describe('what a check says of a session', () => {
  it('every frame implies the seed that it was sealed with, and a seed its session', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 276 }),
        fc.nat(0xffffffff),
        fc.constantFrom<Way>('up', 'down'),
        (body, session, way) => {
          const frame = new Uint8Array(body.length + 4);
          frame.set(body);
          const count = sealFrame(frame, body.length, seedOf(way, session));
          expect(impliedSeed(frame, count)).toBe(seedOf(way, session));
          expect(sessionOfSeed(seedOf(way, session), way)).toBe(session);
        },
      ),
    );
  });
});

describe('a board heard over its line', () => {
  it('one way alone: the session is told from two frames that agree, and from there every check', () => {
    const capture = new LineCapture(40).run(60);
    const seen = framesOf(seenIn(capture.bytes('up')));
    expect(seen.length).toBe(capture.frames.filter(({ way }) => way === 'up').length);
    expect(seen.every(({ way }) => way === 'up')).toBe(true);
    const [hello, first, ...rest] = seen;
    expect(hello).toMatchObject({ kind: 'HELLO', check: 'fits', fields: { board: CAPTURED_BOARD_ID, agent: CAPTURED_AGENT_ID } });
    expect(hello?.fields).toMatchObject({ agentName: 'busy', epoch: 0, sequence: 0 });
    expect(first?.check).toBe('unknown');
    expect(rest.length).toBeGreaterThan(20);
    for (const frame of rest) expect(frame).toMatchObject({ check: 'fits', session: capture.host.session });
  });

  it('both ways: deltas by their sequences, the last of them the head', () => {
    const capture = new LineCapture().run(60);
    const seen = framesOf(seenIn(capture.bytes()));
    expect(seen.map(({ way }) => way)).toEqual(capture.frames.map(({ way }) => way));
    expect(seen.every(({ check }) => check === 'fits')).toBe(true);
    const deltas = seen.flatMap(({ delta }) => (delta === undefined ? [] : [delta]));
    expect(deltas.length).toBeGreaterThan(20);
    expect(deltas[0]?.sequence).toBe(deltas[0]?.distance);
    expect(deltas.at(-1)?.sequence).toBe(capture.host.headSequence);
    for (const { codec, pages, runs, changedBytes, fault } of deltas) {
      expect(fault).toBe(undefined);
      if (codec === 'stored') expect([pages! > 0, runs! >= pages!, changedBytes! % 4]).toEqual([true, true, 0]);
    }
    expect(deltas.some(({ codec }) => codec === 'modelled')).toBe(true);
  });

  it('the host alone, and another session after the first', () => {
    const capture = new LineCapture(3).run(30);
    capture.reconnect();
    capture.run(30);
    expect(capture.host.session).toBe(5);
    const down = framesOf(seenIn(capture.bytes('down'), 50, 'down'));
    expect(down.every(({ way, check }) => way === 'down' && check === 'fits')).toBe(true);
    expect(new Set(down.map(({ session }) => session))).toEqual(new Set([undefined, 4, 5]));
    const up = framesOf(seenIn(capture.bytes('up')));
    expect(up.length).toBe(capture.frames.filter(({ way }) => way === 'up').length);
    expect(up.filter(({ check }) => check === 'unknown').length).toBe(2);
  });

  it('a session that was under way before: which way it goes is told too', () => {
    const capture = new LineCapture(8).run(30);
    const late = capture.frames.filter(({ way, frame }) => way === 'down' && kindOf(frame[0]!) === KIND_DELTA_ACK);
    const [first, ...rest] = framesOf(seenIn(Buffer.concat(late.map(({ encoded }) => encoded)), 64, 'up'));
    expect(first).toMatchObject({ check: 'unknown', way: 'up' });
    expect(rest.length).toBeGreaterThan(5);
    for (const frame of rest) expect(frame).toMatchObject({ check: 'fits', way: 'down', session: 9 });
  });

  it('a delta that is sent again is told once', () => {
    const capture = new LineCapture().run(30);
    const told = (bytes: Buffer): number => framesOf(seenIn(bytes)).filter(({ delta }) => delta !== undefined).length;
    const twice = capture.frames.flatMap(({ encoded }) => [encoded, encoded]);
    expect(told(Buffer.concat(twice))).toBe(told(capture.bytes()));
  });

  it('the same from any pieces', () => {
    const bytes = Buffer.concat([Buffer.from(BOOT_TEXT), new LineCapture().run(20).bytes()]);
    const whole = seenIn(bytes);
    for (const pieceBytes of [1, 2, 7, 64, 285]) expect(seenIn(bytes, pieceBytes)).toEqual(whole);
  });

  it('each kind of the format, with a line for each', () => {
    const bytes = Buffer.concat(Object.values(FRAMES).map((hex) => encodedFrame(Buffer.from(hex, 'hex'), hex.length / 2)));
    const seen = seenIn(bytes);
    expect(framesOf(seen).length).toBe(Object.keys(FRAMES).length);
    for (const one of framesOf(seen)) {
      expect(one.check).toBe('fits');
      expect(textOfSeen(one)).toContain(one.kind);
    }
  });
});

describe('what is no frame', () => {
  it('text comes as lines, without the sequences that steer a terminal', () => {
    const coloured = '\u001b[0;32mI (30) boot: hi\u001b[0m\r\n\u001b]0;title\u0007tab\there\n\u001b[2J\u009b2Jend\n';
    expect(seenIn(Buffer.from(BOOT_TEXT + coloured)).map(textOfSeen)).toEqual([
      '| ets Jul 29 2019 12:21:46',
      '| ',
      '| rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)',
      '| I (30) boot: hi',
      '| tab  here',
      '| \ufffd2Jend',
    ]);
  });

  it('text is shown when the line is quiet, before anything ends it', () => {
    const seen: Seen[] = [];
    const monitor = new Monitor((one) => seen.push(one));
    monitor.feed(Buffer.from('one\ntwo\nthr'));
    monitor.idle();
    expect(seen).toEqual([
      { type: 'text', text: 'one' },
      { type: 'text', text: 'two' },
    ]);
    monitor.feed(Buffer.from('ee\n'));
    monitor.idle();
    expect(seen.at(-1)).toEqual({ type: 'text', text: 'three' });
  });

  it('a frame behind text without a delimiter is lost to its host, and shown as that', () => {
    const capture = new LineCapture().run(20);
    const ups = capture.frames.filter(({ way }) => way === 'up');
    const torn = ups.findIndex(({ frame }, index) => index > 5 && kindOf(frame[0]!) === 4);
    for (const text of ['log line\n', `${'a longer log '.repeat(40)}\n`]) {
      const parts = ups.map(({ encoded }, index) => (index === torn ? Buffer.concat([Buffer.from(text), encoded]) : encoded));
      const seen = seenIn(Buffer.concat(parts));
      expect(seen.filter(({ type }) => type === 'text').length).toBe(1);
      expect(seen.filter(({ type }) => type === 'bad')).toMatchObject([{ why: expect.stringMatching(/^DELTA_ONLY behind text/) }]);
      const framer = new SerialFramer();
      let frames = 0;
      for (const part of parts) {
        for (let used = 0; used < part.length; ) {
          used += framer.feed(part, used, part.length - used);
          if (framer.frameBytes > 0) frames++;
        }
      }
      expect(framesOf(seen).length).toBe(frames);
    }
  });

  it('text and the noise behind it are two things; without a session nobody knows of a frame there', () => {
    const noise = Buffer.from([1, 2, 0xc8, 0x80, 0x81]);
    expect(seenIn(Buffer.concat([Buffer.from('log line\n'), noise, Buffer.from([0])]))).toEqual([
      { type: 'text', text: 'log line' },
      { type: 'bad', why: 'neither text nor a frame', bytes: 5, hex: '0102c88081' },
    ]);
    const delta = encodedFrame(Buffer.from(FRAMES.DELTA_ONLY, 'hex'), FRAMES.DELTA_ONLY.length / 2);
    const behind = seenIn(Buffer.concat([Buffer.from('log line\n'), delta]));
    expect(behind[0]).toEqual({ type: 'text', text: 'log line' });
    expect(behind.at(-1)).toMatchObject({ type: 'bad', why: 'neither text nor a frame' });
  });

  it('a damaged frame is told from an intact one, by why', () => {
    const capture = new LineCapture().run(20);
    const ups = capture.frames.filter(({ way }) => way === 'up');
    const damaged = Buffer.from(ups[8]!.frame);
    damaged[damaged.length - 6]! ^= 0x10;
    const wrong = [damaged, Buffer.from([0x0b, 1, 2, 3, 4, 5]), Buffer.from([0x6b, 1, 2, 3, 4, 5]), Buffer.from([0x5e, 1, 2, 3, 4, 5])];
    const parts = [...ups.slice(0, 8).map(({ encoded }) => encoded), ...wrong.map((frame) => encodedFrame(frame, frame.length))];
    const bad = seenIn(Buffer.concat([...parts, Buffer.from([3, 0x41, 0]), ...ups.slice(9).map(({ encoded }) => encoded)])).filter(
      (one) => one.type === 'bad',
    );
    expect(bad.map(({ why }) => why)).toEqual([
      expect.stringMatching(/^[A-Z_]+: its check differs$/),
      'a frame of format version 0',
      'a frame with a reserved bit',
      'a frame of unknown kind 30',
      'neither text nor a frame',
    ]);
  });

  it('settings on their way to a board are never shown', () => {
    for (const pieceBytes of [1, 1000]) {
      const [piece] = framesOf(seenIn(enrolPiece(), pieceBytes));
      expect(piece).toMatchObject({
        kind: 'ENROL',
        way: 'down',
        check: 'fits',
        fields: { totalBytes: SECRET.length, bytes: SECRET.length },
      });
      expect(JSON.stringify(piece) + textOfSeen(piece!)).not.toContain('SECRET');
    }
  });

  it('I6: any bytes and any resealed fields: no throw, nothing that steers a terminal', () => {
    const capture = new LineCapture().run(20);
    const edit = fc.record({ at: fc.nat(FRAME_BYTES_MAX), value: fc.nat(255) });
    const changed = fc
      .record({ index: fc.nat(capture.frames.length - 1), edits: fc.array(edit, { maxLength: 4 }), cut: fc.nat(4) })
      .map(({ index, edits, cut }) => {
        const { frame, way } = capture.frames[index]!;
        const body = Buffer.alloc(FRAME_BYTES_MAX + 4);
        const count = Math.max(HEAD_BYTES, frame.length - 4 - cut);
        frame.copy(body, 0, 0, count);
        for (const { at, value } of edits) body[HEAD_BYTES + (at % (count + 1))] = value;
        const session = [1, 2, 3, 17, 19, 20].includes(kindOf(body[0]!)) ? 0 : capture.host.session;
        return encodedFrame(body, sealFrame(body, count, seedOf(way, session)));
      });
    const noise = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
    const text = fc.string({ unit: 'binary', maxLength: 60 }).map((line) => Buffer.from(`${line}\n`));
    let frames = 0;
    let bad = 0;
    fc.assert(
      fc.property(
        fc.array(fc.oneof(changed, changed, noise, text), { maxLength: 10 }),
        fc.integer({ min: 1, max: 300 }),
        (parts, pieceBytes) => {
          const seen = seenIn(Buffer.concat(parts), pieceBytes);
          for (const one of seen) {
            expect(textOfSeen(one)).not.toMatch(UNSAFE);
            if (one.type === 'text') expect(one.text).not.toMatch(UNSAFE);
          }
          frames += framesOf(seen).length;
          bad += seen.filter(({ type }) => type === 'bad').length;
        },
      ),
      { numRuns: 200 },
    );
    expect(Math.min(frames, bad)).toBeGreaterThan(100);
  });
});

describe('godwit monitor', () => {
  let cli: Cli;
  let folder: ReturnType<typeof newFolder>;
  let cable: Cable;
  let end: Duplex;
  let heardBytes = 0;
  const capture = new LineCapture().run(30);
  const line = Buffer.concat([Buffer.from(BOOT_TEXT), capture.bytes('up')]);
  beforeAll(async () => {
    cli = await Cli.build();
    folder = newFolder();
    writeFileSync(join(folder.path, 'capture.bin'), line);
  });
  afterAll(() => {
    cli.remove();
    folder.remove();
  });
  beforeEach(async () => {
    cable = new Cable(folder.path);
    await cable.plugIn();
    end = await serialPort(cable.boardPath, 115_200)();
    heardBytes = 0;
    end.on('data', (bytes: Buffer) => {
      heardBytes += bytes.length;
    });
    end.on('error', () => {});
  });
  afterEach(async () => {
    if (!end.destroyed) {
      end.destroy();
      await once(end, 'close');
    }
    await cable.unplug();
  });

  /** The monitor at the other end, once it has shown that it listens. */
  async function started(...args: readonly string[]): Promise<CliProcess> {
    const monitor = cli.start('monitor', '--port', cable.hostPath, ...args);
    const knock = setInterval(() => end.write('knock\n\u0000'), 50);
    await until('the monitor listens', () => monitor.stdout.includes('knock'));
    clearInterval(knock);
    return monitor;
  }

  it('shows a port, never writes to it, and ends cleanly on Ctrl-C', async () => {
    const monitor = await started();
    end.write(line);
    await until(
      'all frames',
      () =>
        monitor.stdout.split('\n').filter((text) => / [<>] [A-Z]/.test(text)).length >=
        capture.frames.filter(({ way }) => way === 'up').length,
    );
    monitor.child.kill('SIGINT');
    const { code, stdout, stderr } = await monitor.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} \| rst:0x1 \(POWERON_RESET\)/m);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} > HELLO .* ok {2}board=b0b0/m);
    expect(stdout).toMatch(/> DELTA_ONLY .*; whole: \+\d+ /);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^\d+ frames \(1 with an unknown check\), \d+ lines of text, 0 neither or damaged$/,
    );
    expect(heardBytes).toBe(0);
  });

  it('prints JSON lines, and ends after a time', async () => {
    const monitor = cli.start('monitor', '--port', cable.hostPath, '--json', '--for', '1500ms');
    const write = setInterval(() => end.write(line), 300);
    const { code, stdout, stderr } = await monitor.ended;
    clearInterval(write);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(lines.at(-1)).toMatchObject({ type: 'end' });
    expect(lines.find(({ kind }) => kind === 'HELLO')).toMatchObject({ type: 'frame', atMs: expect.any(Number), check: 'fits' });
  });

  it('says when the port goes, and what to do about one that is not there or taken', async () => {
    const monitor = await started();
    const second = await cli.run('monitor', '--port', cable.hostPath, '--for', '1s');
    expect(second).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^godwit: .* is in use: [^\n]+\n$/) });
    await cable.unplug();
    const { code, stderr } = await monitor.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^godwit: [^\n]*host: [^\n]+\n$/);
    const missing = await cli.run('monitor', '--port', join(folder.path, 'none'));
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/there is no serial port/) });
  });

  it('reads a capture from a file and from standard input', async () => {
    const file = await cli.run('monitor', '--file', join(folder.path, 'capture.bin'));
    expect(file).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^\| ets Jul 29/) });
    expect((await cli.runWith(line, 'monitor', '--file', '-')).stdout).toBe(file.stdout);
    const down = join(folder.path, 'down.bin');
    writeFileSync(down, capture.bytes('down'));
    expect((await cli.run('monitor', '--file', down, '--down', '--json')).stdout).not.toContain('"up"');
    expect(await cli.run('monitor', '--file', folder.path)).toMatchObject({ code: 1 });
    expect(await cli.run('monitor', '--file', join(folder.path, 'none'))).toMatchObject({ code: 1 });
  });

  it('answers wrong usage with exit code 2', async () => {
    const wrong = [[], ['--port', 'a', '--file', 'b'], ['--port', 'a:7'], ['--file', 'a', '--for', '1'], ['more']];
    for (const result of await Promise.all(wrong.map((args) => cli.run('monitor', ...args)))) {
      expect(result).toMatchObject({ code: 2, stdout: '' });
      expect(result.stderr).toMatch(/^godwit: [^\n]+\n$/);
    }
  });
});
