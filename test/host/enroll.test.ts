import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { enrollBoard, queryBoard } from '../../host/enrol/enrol-client.js';
import { EnrolError, type EnrolReason } from '../../host/enrol/enrol-error.js';
import { serialPort } from '../../host/transports/serial-port.js';
import { Random } from '../../sim/random.js';
import { DIRECTION_DOWN, DIRECTION_UP, ENROLLED_DONE, KIND_ENROL, KIND_ENROLLED, KIND_HEARTBEAT } from '../../src/wire/constants.js';
import { EnrolledMessage } from '../../src/wire/enrol-frames.js';
import { frameSeed } from '../../src/wire/frame.js';
import { FrameBuilder } from '../../src/wire/frame-builder.js';
import { serialEncode } from '../../src/wire/serial-framer.js';
import type { BoardSettings } from '../../src/wire/settings.js';
import { SettingsReader } from '../../src/wire/settings-reader.js';
import { Cli, type CliResult } from './support/cli.js';
import { EnrollingBoard, enrollingAgent, type LineFaults, SettingsFlash } from './support/enrolling-board.js';
import { Cable } from './support/pty.js';
import { newFolder } from './support/real-run.js';

const SEED = 20261122;
const WIFI_SECRET = 'wifi-SECRET-1';
const BROKER_SECRET = 'broker-SECRET-2';
const BOARD_ID = 'b0'.repeat(16);
const AGENT_ID = 'a0'.repeat(16);
const BOOT_TEXT = 'ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n';
const NO_ANSWER_MS = 700;

function settingsOf(change: Partial<BoardSettings> = {}): BoardSettings {
  return {
    boardId: Buffer.from(BOARD_ID, 'hex'),
    agentId: Buffer.from(AGENT_ID, 'hex'),
    linkName: 'shed1',
    link: 'mqtt',
    baud: 0,
    ssid: 'net',
    wifiPassword: WIFI_SECRET,
    brokerHost: 'broker.of.the.sheds.example.org',
    brokerPort: 1883,
    user: 'the-kestrel-in-the-shed',
    password: BROKER_SECRET,
    ...change,
  };
}

function storedIn(flash: SettingsFlash): BoardSettings | undefined {
  const reader = new SettingsReader();
  return flash.stored !== undefined && reader.read(flash.stored, 0, flash.stored.length) ? reader.settings() : undefined;
}

function encoded(kind: number, direction: number, session: number, write: (builder: FrameBuilder) => void): Buffer {
  const builder = new FrameBuilder();
  builder.begin(kind);
  write(builder);
  const out = Buffer.alloc(300);
  return out.subarray(0, serialEncode(builder.bytes, 0, builder.seal(frameSeed(direction, session)), out, 0));
}

/** An answer that the board never gave. */
function forgedDone(nonce: number, direction = DIRECTION_UP): Buffer {
  const message = new EnrolledMessage();
  Object.assign(message, { nonce, code: ENROLLED_DONE, flags: 1, link: 1, linkNameBytes: 1, stateBytes: 4 });
  message.boardId.fill(1);
  message.agentId.fill(1);
  message.linkName[0] = 0x61;
  return encoded(KIND_ENROLLED, direction, 0, (builder) => message.write(builder));
}

function lineOf(faults: LineFaults = {}, flash = new SettingsFlash()): { host: Duplex; board: EnrollingBoard } {
  const [host, end] = duplexPair();
  return { host, board: new EnrollingBoard(end, flash, faults) };
}

async function reasonOf(work: Promise<unknown>): Promise<EnrolReason | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(EnrolError);
    expect((error as Error).message).not.toMatch(/SECRET/);
    return (error as EnrolError).reason;
  }
}

describe('enrolling a board', () => {
  it('stores every setting, and says who it is now', async () => {
    const { host, board } = lineOf();
    expect(await queryBoard(host)).toMatchObject({ isEnrolled: false, boardId: '', link: '', agentName: 'kestrel' });
    const report = await enrollBoard(host, settingsOf());
    expect(report).toMatchObject({ isEnrolled: true, boardId: BOARD_ID, agentId: AGENT_ID, linkName: 'shed1', link: 'mqtt', repeated: 0 });
    expect(report.stateBytes).toBe(enrollingAgent.sizeBytes);
    const { boardId, agentId, ...rest } = settingsOf();
    expect(storedIn(board.flash)).toMatchObject(rest);
    expect(await queryBoard(host)).toMatchObject({ isEnrolled: true, boardId: Buffer.from(boardId).toString('hex'), agentId: AGENT_ID });
  });

  it('replaces settings only when that is said', async () => {
    const { host, board } = lineOf();
    await enrollBoard(host, settingsOf());
    expect(await reasonOf(enrollBoard(host, settingsOf({ linkName: 'b' })))).toBe('enrolled');
    expect(storedIn(board.flash)?.linkName).toBe('shed1');
    await enrollBoard(host, settingsOf({ linkName: 'b' }), { replace: true });
    expect(storedIn(board.flash)?.linkName).toBe('b');
  });

  it('settings that break a rule never leave', async () => {
    const { host, board } = lineOf();
    for (const [change, text] of [
      [{ linkName: 'a b' }, /link name must be 1 to 32/],
      [{ wifiPassword: 'short' }, /Wi-Fi password must be 8 to 63/],
      [{ wifiPassword: 'SECRET'.repeat(20) }, /Wi-Fi password must be 8 to 63/],
      [{ ssid: '' }, /Wi-Fi network is missing/],
      [{ baud: 9_999_999 }, /baud rate must be 300 to 5000000/],
      [{ brokerPort: 70_000 }, /broker's port must be/],
    ] as const) {
      const attempt = enrollBoard(host, settingsOf(change));
      await expect(attempt).rejects.toThrow(text);
      expect(await reasonOf(attempt)).toBe('settings');
    }
    expect(board.enrolment.counters.frames).toBe(0);
  });

  it('says when the board could not store them', async () => {
    const { host, board } = lineOf();
    board.flash.isBroken = true;
    expect(await reasonOf(enrollBoard(host, settingsOf()))).toBe('not-stored');
  });
});

describe('enrolling over a hostile line', () => {
  it(`gets through boot text, logs, a link's frames, noise and lost frames (seed ${SEED})`, async () => {
    const random = new Random(SEED);
    const heartbeat = encoded(KIND_HEARTBEAT, DIRECTION_UP, 7, (builder) => builder.u32(5));
    const chatter = (board: EnrollingBoard): void => {
      if (random.chance(0.3)) board.write(BOOT_TEXT);
      if (random.chance(0.3)) board.write(heartbeat);
      if (random.chance(0.3)) board.write(Buffer.from(Array.from({ length: random.below(400) }, () => random.below(256))));
    };
    const { host, board } = lineOf({
      frame: (to) => {
        chatter(to);
        return random.chance(0.15);
      },
      answer: (from) => {
        chatter(from);
        return random.chance(0.15);
      },
    });
    await enrollBoard(host, settingsOf());
    expect(storedIn(board.flash)).toMatchObject({ password: BROKER_SECRET });
    expect(board.flash.saves).toBe(1);
  });

  it('takes no answer that is damaged, of another nonce, or of the other direction', async () => {
    const { host, board } = lineOf({
      frame: (to, bytes) => {
        const nonce = Buffer.from(bytes).readUInt32LE(1);
        const truncated = forgedDone(nonce).subarray(0, 40);
        for (const answer of [forgedDone(nonce + 1), forgedDone(nonce, DIRECTION_DOWN), truncated, Buffer.from([0])]) to.write(answer);
        const broken = forgedDone(nonce);
        broken[20]! ^= 0x40;
        to.write(broken);
        return false;
      },
    });
    expect(await enrollBoard(host, settingsOf())).toMatchObject({ boardId: BOARD_ID });
    expect(board.flash.saves).toBe(1);
  });

  it('an answer is not changed by what comes in the same breath behind it', async () => {
    const { host } = lineOf({
      answer: (from, count) => {
        const { frame } = from.enrolment;
        const nonce = Buffer.from(frame).readUInt32LE(1);
        const answer = Buffer.alloc(300);
        const length = serialEncode(frame, 0, count, answer, 0);
        from.write(Buffer.concat([answer.subarray(0, length), forgedDone(nonce + 1), forgedDone(nonce)]));
        return true;
      },
    });
    expect(await queryBoard(host)).toMatchObject({ isEnrolled: false, agentName: 'kestrel' });
  });

  it('an answer with our nonce and strange ids is no success', async () => {
    const { host } = lineOf({
      frame: (to, bytes) => {
        to.write(forgedDone(Buffer.from(bytes).readUInt32LE(1)));
        return true;
      },
    });
    expect(await reasonOf(enrollBoard(host, settingsOf()))).toBe('stranger');
  });

  it('late and doubled answers cost no more pieces than there are', async () => {
    let frames = 0;
    const { host, board } = lineOf({
      frame: (_, bytes) => {
        if ((bytes[0]! & 31) === KIND_ENROL) frames++;
        return false;
      },
      answer: (from, count) => {
        for (let copies = 0; copies < 3; copies++) from.port.send(from.enrolment.frame, 0, count);
        return true;
      },
    });
    const report = await enrollBoard(host, settingsOf());
    expect(frames).toBe(report.frames);
    expect(report.frames).toBe(Math.ceil(board.flash.stored!.length / 64));
  });

  it('a board that is reset in the middle is told from the beginning again', async () => {
    let pieces = 0;
    const { host, board } = lineOf({
      frame: (to) => {
        if (++pieces === 3) to.restart();
        return false;
      },
    });
    const report = await enrollBoard(host, settingsOf());
    expect(report.repeated).toBeGreaterThan(0);
    expect(storedIn(board.flash)).toMatchObject({ password: BROKER_SECRET });
  });

  it('a board that was reset after it had stored them counts as enrolled', async () => {
    let done = false;
    const { host, board } = lineOf({
      answer: (from) => {
        if (done || from.flash.saves === 0) return false;
        done = true;
        from.restart();
        return true;
      },
    });
    expect(await enrollBoard(host, settingsOf())).toMatchObject({ boardId: BOARD_ID, repeated: 1 });
    expect(board.flash.saves).toBe(1);
  });

  it('says what it heard where no answer comes', async () => {
    const ask = (host: Duplex): Promise<unknown> => queryBoard(host, { timeoutMs: NO_ANSWER_MS });
    const mute = (say: (board: EnrollingBoard) => void) =>
      lineOf({
        frame: (to) => {
          say(to);
          return true;
        },
      });
    await expect(ask(mute(() => {}).host)).rejects.toThrow(/not one byte: is this the board's port/);
    await expect(ask(mute((board) => board.write(BOOT_TEXT)).host)).rejects.toThrow(/another baud rate .*firmware that is not Godwit's/);
    await expect(ask(mute((board) => board.write('waiting for download\r\n')).host)).rejects.toThrow(/ROM loader/);
    const heartbeat = encoded(KIND_HEARTBEAT, DIRECTION_UP, 7, (builder) => builder.u32(5));
    await expect(ask(mute((board) => board.write(heartbeat)).host)).rejects.toThrow(/takes no enrolment on this line/);
    const gone = mute(() => gone.host.destroy());
    expect(await reasonOf(ask(gone.host))).toBe('closed');
  });
});

describe('godwit enroll, at a pseudo terminal', () => {
  const ONE_LINE = /^godwit: [^\n]+\n$/;
  let cli: Cli;
  let folder: ReturnType<typeof newFolder>;
  let cable: Cable;
  let board: EnrollingBoard;
  let end: Duplex;
  let secretFile: string;
  beforeAll(async () => {
    cli = await Cli.build();
    folder = newFolder();
    secretFile = join(folder.path, 'wifi.txt');
    writeFileSync(secretFile, `${WIFI_SECRET}\n`);
  });
  afterAll(() => {
    cli.remove();
    folder.remove();
  });
  beforeEach(async () => {
    cable = new Cable(folder.path);
    await cable.plugIn();
    end = await serialPort(cable.boardPath, 115_200)();
    board = new EnrollingBoard(end, new SettingsFlash(), {
      frame: (to) => {
        to.write(BOOT_TEXT);
        return false;
      },
    });
  });
  afterEach(async () => {
    end.destroy();
    await cable.unplug();
  });

  async function enroll(...args: readonly string[]): Promise<CliResult> {
    const result = await cli.run('enroll', '--port', cable.hostPath, '--wait', '3s', ...args);
    expect(result.stdout + result.stderr).not.toMatch(/SECRET/);
    return result;
  }

  it('shows, enrols, shows again, and replaces with what is said anew', async () => {
    expect(await enroll('--show')).toMatchObject({ code: 0, stdout: expect.stringContaining('not enrolled') });
    const first = await enroll('--json');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const made = JSON.parse(first.stdout) as { boardId: string; linkName: string };
    expect(made).toMatchObject({ isEnrolled: true, link: 'serial', linkName: made.boardId.slice(0, 8), agentName: 'kestrel' });
    expect(JSON.parse((await enroll('--show', '--json')).stdout)).toMatchObject({ boardId: made.boardId });
    const again = await enroll('--name', 'shed1');
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(ONE_LINE);
    expect(again.stderr).toMatch(new RegExp(`it is board ${made.boardId} already.*--replace`));
    process.env.GODWIT_BROKER_PASSWORD = BROKER_SECRET;
    const network = ['--link', 'mqtt', '--wifi', 'Shed', '--wifi-password-file', secretFile, '--broker', 'mqtt://kestrel@10.0.0.5:1884'];
    const replaced = await enroll('--replace', '--name', 'a-long-link-name', ...network);
    delete process.env.GODWIT_BROKER_PASSWORD;
    expect(replaced).toMatchObject({ code: 0, stdout: expect.stringContaining('mqtt, topic godwit/a-long-link-name/u') });
    expect(replaced.stderr).toMatch(/8 longer than 8 characters.*8 bytes more/);
    expect(storedIn(board.flash)).toEqual({
      boardId: new Uint8Array(Buffer.from(made.boardId, 'hex')),
      agentId: expect.any(Uint8Array),
      linkName: 'a-long-link-name',
      link: 'mqtt',
      baud: 0,
      ssid: 'Shed',
      wifiPassword: WIFI_SECRET,
      brokerHost: '10.0.0.5',
      brokerPort: 1884,
      user: 'kestrel',
      password: BROKER_SECRET,
    });
  });

  it('--vacant: no agent, nor one from an enrolment that says nothing of it', async () => {
    const made = JSON.parse((await enroll('--vacant', '--json')).stdout) as { boardId: string };
    expect(made).toMatchObject({ isEnrolled: true, agentId: '' });
    expect(storedIn(board.flash)?.agentId).toEqual(new Uint8Array(16));
    expect((await enroll('--show')).stdout).toMatch(/agent +none: the board is vacant/);
    expect((await enroll('--name', 'x')).stderr).toMatch(/already \(vacant/);
    expect(JSON.parse((await enroll('--replace', '--name', 'spare', '--json')).stdout)).toMatchObject({
      boardId: made.boardId,
      agentId: '',
    });
    const owner = JSON.parse((await enroll('--replace', '--agent-id', 'random', '--json')).stdout) as { agentId: string };
    expect(owner.agentId).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.parse((await enroll('--replace', '--vacant', '--json')).stdout).agentId).toBe('');
    const both = await enroll('--replace', '--vacant', '--agent-id', 'random');
    expect([both.code, both.stderr]).toEqual([2, expect.stringMatching(ONE_LINE)]);
  });

  it('takes a password from standard input, and ids that are given', async () => {
    const result = await cli.runWith(
      WIFI_SECRET,
      ...['enroll', '--port', cable.hostPath, '--board-id', BOARD_ID.toUpperCase(), '--agent-id', AGENT_ID],
      ...['--wifi', 'Shed', '--wifi-password-file', '-', '--baud', '921600'],
    );
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining(BOARD_ID) });
    expect(storedIn(board.flash)).toMatchObject({ wifiPassword: WIFI_SECRET, baud: 921_600, link: 'serial', linkName: 'b0b0b0b0' });
  });

  it('says what to do where nobody answers, and where there is no port', async () => {
    end.destroy();
    const silent = await cli.run('enroll', '--port', cable.hostPath, '--show', '--wait', '500ms');
    expect(silent).toMatchObject({ code: 1, stdout: '' });
    expect(silent.stderr).toMatch(ONE_LINE);
    expect(silent.stderr).toMatch(/not one byte/);
    const missing = await cli.run('enroll', '--port', join(folder.path, 'none'), '--show');
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/there is no serial port/);
  });

  it('answers wrong usage with exit code 2 and one line, before it opens the port', async () => {
    const wrong: string[][] = [
      ['--name', 'a b'],
      ['--name', ''],
      ['--link', 'tcp'],
      ['--link', 'mqtt', '--wifi', 'a', '--wifi-open'],
      ['--link', 'mqtt', '--broker', 'mqtt://b'],
      ['--wifi', 'a'],
      ['--wifi', 'x'.repeat(33), '--wifi-open'],
      ['--wifi-open'],
      ['--wifi-password-file', secretFile],
      ['--broker', `http://u:${BROKER_SECRET}@b`],
      ['--broker', 'mqtts://b'],
      ['--broker', `mqtt://:${BROKER_SECRET}@b`],
      ['--broker', 'mqtt://%zz@b'],
      ['--broker-password-file', secretFile],
      ['--board-id', '00'],
      ['--agent-id', '0'.repeat(32)],
      ['--baud', '12'],
      ['--wait', '5'],
      ['--show', '--replace'],
      ['--show', '--name', 'a'],
      ['more'],
    ];
    for (let at = 0; at < wrong.length; at += 7) {
      const results = await Promise.all(wrong.slice(at, at + 7).map((args) => enroll(...args)));
      for (const [index, result] of results.entries()) {
        expect(result, wrong[at + index]!.join(' ')).toMatchObject({ code: 2, stdout: '' });
        expect(result.stderr).toMatch(/^(godwit: [^\n]+\n)+$/);
      }
    }
    expect(await cli.run('enroll')).toMatchObject({ code: 2 });
    expect(board.enrolment.counters.frames).toBe(0);
  });
});
