import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHANGED_IDENTITY,
  CHANGED_LINK,
  ENROL_ANSWER_EVERY_MS,
  ENROL_ANSWERS_MAX,
  ENROL_APPLY_MS,
  Enrolment,
  type SettingsStore,
} from '../../firmware/enrolment.js';
import { defineAgent } from '../../src/agent/definition.js';
import { u32 } from '../../src/state/index.js';
import { ByteReader } from '../../src/wire/byte-reader.js';
import {
  DIRECTION_DOWN,
  DIRECTION_UP,
  ENROL_CHUNK_BYTES_MAX,
  ENROL_COMMIT,
  ENROL_QUERY,
  ENROL_REPLACE,
  ENROLLED_ALREADY,
  ENROLLED_DONE,
  ENROLLED_KNOWN,
  ENROLLED_MORE,
  ENROLLED_NOT_STORED,
  ENROLLED_REFUSED,
  KIND_ENROL,
  KIND_ENROLLED,
  KIND_HEARTBEAT,
  KIND_WELCOME,
} from '../../src/wire/constants.js';
import { EnrolledMessage } from '../../src/wire/enrol-frames.js';
import { frameSeed, isSealed, kindOf } from '../../src/wire/frame.js';
import { FrameBuilder } from '../../src/wire/frame-builder.js';
import { type BoardSettings, SETTING_BAUD, SETTINGS_BAD_CHECK, SETTINGS_BAD_VALUE, SETTINGS_BYTES_MAX } from '../../src/wire/settings.js';
import { SettingsReader } from '../../src/wire/settings-reader.js';
import { SettingsWriter } from '../../src/wire/settings-writer.js';

const agent = defineAgent({ name: 'kestrel', state: { count: u32 } });
const SECRET = 'SECRETSECRET';

/** Storage as a board's flash: what save() took is there after a restart. */
class Flash implements SettingsStore {
  stored: Uint8Array | undefined;
  saves = 0;
  changed = 0;
  isBroken = false;

  load(target: Uint8Array): number {
    if (this.stored === undefined || this.stored.length > target.length) return 0;
    target.set(this.stored);
    return this.stored.length;
  }

  save(bytes: Uint8Array, count: number, changed: number): boolean {
    if (this.isBroken) return false;
    this.saves++;
    this.changed = changed;
    this.stored = bytes.slice(0, count);
    return true;
  }
}

function settingsOf(change: Partial<BoardSettings> = {}): BoardSettings {
  return {
    boardId: new Uint8Array(16).fill(0xb0),
    agentId: new Uint8Array(16).fill(0xa0),
    linkName: 'shed1',
    link: 'mqtt',
    baud: 0,
    ssid: 'net',
    wifiPassword: SECRET,
    brokerHost: 'broker.of.the.sheds.example.org',
    brokerPort: 1883,
    user: 'the-kestrel-in-the-shed',
    password: SECRET,
    ...change,
  };
}

function bytesOf(settings: BoardSettings): Uint8Array {
  const writer = new SettingsWriter();
  expect(writer.write(settings)).toBe(true);
  return writer.bytes.slice(0, writer.count);
}

/** A board with its flash, and what its host would send it. */
class Bench {
  readonly flash: Flash;
  readonly enrolment: Enrolment;
  readonly changes: number[] = [];
  nowMs = 1000;
  readonly #answer = new EnrolledMessage();

  constructor(flash = new Flash()) {
    this.flash = flash;
    this.enrolment = new Enrolment(agent, flash, (changed) => this.changes.push(changed));
  }

  /** The answer to a frame; undefined if there is none. */
  send(frame: Uint8Array): EnrolledMessage | undefined {
    expect(this.enrolment.take(this.nowMs, frame, 0, frame.length)).toBe(true);
    return this.answer();
  }

  answer(): EnrolledMessage | undefined {
    const { enrolment } = this;
    const count = enrolment.poll(this.nowMs);
    if (count === 0) return undefined;
    expect(kindOf(enrolment.frame[0]!)).toBe(KIND_ENROLLED);
    expect(isSealed(enrolment.frame, 0, count, frameSeed(DIRECTION_UP, 0))).toBe(true);
    expect(holdsSecret(enrolment.frame, count)).toBe(false);
    const reader = new ByteReader();
    reader.begin(enrolment.frame, 1, count - 5);
    expect(this.#answer.read(reader)).toBe(true);
    expect(enrolment.poll(this.nowMs)).toBe(0);
    return this.#answer;
  }

  /** All pieces, each answered; the code of the last answer. */
  enrol(record: Uint8Array, nonce: number, flags = 0): number {
    let code = 0;
    for (const frame of piecesOf(record, nonce, flags)) {
      code = this.send(frame)!.code;
      if (code !== ENROLLED_MORE) return code;
    }
    return code;
  }

  pass(ms: number): void {
    this.nowMs += ms;
    if (this.enrolment.dueMs(this.nowMs) <= this.nowMs) this.enrolment.tick(this.nowMs);
  }
}

function holdsSecret(bytes: Uint8Array, count: number): boolean {
  let text = '';
  for (let index = 0; index < count; index++) text += String.fromCharCode(bytes[index]!);
  return text.includes(SECRET.slice(0, 4));
}

function frame(write: (builder: FrameBuilder) => void, kind = KIND_ENROL, direction = DIRECTION_DOWN, session = 0): Uint8Array {
  const builder = new FrameBuilder();
  builder.begin(kind);
  write(builder);
  return builder.bytes.slice(0, builder.seal(frameSeed(direction, session)));
}

function query(nonce: number): Uint8Array {
  return frame((builder) => {
    builder.u32(nonce);
    builder.u8(ENROL_QUERY);
  });
}

function piece(record: Uint8Array, offset: number, nonce: number, flags: number, chunkBytes = ENROL_CHUNK_BYTES_MAX): Uint8Array {
  const count = Math.min(chunkBytes, record.length - offset);
  return frame((builder) => {
    builder.u32(nonce);
    builder.u8(flags | (offset + count === record.length ? ENROL_COMMIT : 0));
    builder.varint(record.length);
    builder.varint(offset);
    builder.copyFrom(record, offset, count);
  });
}

function piecesOf(record: Uint8Array, nonce: number, flags = 0): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let offset = 0; offset < record.length; offset += ENROL_CHUNK_BYTES_MAX) frames.push(piece(record, offset, nonce, flags));
  return frames;
}

describe('a board without settings', () => {
  it('says which agent it has, and that it is nobody', () => {
    const bench = new Bench();
    const answer = bench.send(query(7))!;
    expect(answer).toMatchObject({ nonce: 7, code: ENROLLED_KNOWN, hasSettings: false, link: 0, linkNameBytes: 0 });
    expect(answer.boardId).toEqual(new Uint8Array(16));
    expect(answer.agentName.slice(0, answer.agentNameBytes)).toEqual(agent.nameBytes);
    expect(answer.fingerprint).toEqual(agent.state.fingerprint);
    expect(answer.stateBytes).toBe(agent.sizeBytes);
  });

  it('takes settings in pieces, and stores nothing before the last', () => {
    const bench = new Bench();
    const record = bytesOf(settingsOf());
    const frames = piecesOf(record, 7);
    expect(frames.length).toBeGreaterThan(2);
    for (const [index, bytes] of frames.entries()) {
      expect(bench.flash.saves).toBe(0);
      const last = index === frames.length - 1;
      expect(bench.send(bytes)).toMatchObject({
        code: last ? ENROLLED_DONE : ENROLLED_MORE,
        nextOffset: last ? 0 : (index + 1) * ENROL_CHUNK_BYTES_MAX,
        hasSettings: last,
      });
    }
    expect(bench.flash).toMatchObject({ stored: record, saves: 1 });
    expect(bench.enrolment.settings.settings()).toEqual(settingsOf());
    expect(bench.changes).toEqual([]);
    bench.pass(ENROL_APPLY_MS);
    expect(bench.changes).toEqual([CHANGED_IDENTITY | CHANGED_LINK]);
    expect(bench.enrolment.dueMs(bench.nowMs)).toBe(Number.POSITIVE_INFINITY);
  });

  it('answers again what was said again, and stores once', () => {
    const bench = new Bench();
    const record = bytesOf(settingsOf());
    for (const bytes of piecesOf(record, 7)) {
      bench.send(bytes);
      bench.send(bytes);
    }
    expect(bench.send(piecesOf(record, 7).at(-1)!)!.code).toBe(ENROLLED_DONE);
    expect(bench.flash.saves).toBe(1);
  });

  it('a piece that is not the next one changes nothing, and hears where to go on', () => {
    const bench = new Bench();
    const record = bytesOf(settingsOf());
    const frames = piecesOf(record, 7);
    expect(bench.send(frames[2]!)).toMatchObject({ code: ENROLLED_MORE, nextOffset: 0 });
    bench.send(frames[0]!);
    expect(bench.send(frames.at(-1)!)).toMatchObject({ code: ENROLLED_MORE, nextOffset: ENROL_CHUNK_BYTES_MAX });
    const other = bytesOf(settingsOf({ brokerHost: 'x'.repeat(60) }));
    expect(other.length).toBeGreaterThan(record.length);
    expect(bench.send(piece(other.slice(0, record.length), ENROL_CHUNK_BYTES_MAX, 8, 0))).toMatchObject({
      nonce: 8,
      code: ENROLLED_MORE,
      nextOffset: 0,
    });
    for (const bytes of frames.slice(1)) bench.send(bytes);
    expect(bench.flash.stored).toEqual(record);
  });

  it('I6: settings that are not sound are refused by field, and nothing is stored', () => {
    const bench = new Bench();
    const broken = bytesOf(settingsOf());
    broken[20]! ^= 1;
    expect(bench.enrol(broken, 7)).toBe(ENROLLED_REFUSED);
    const slow = bytesOf(settingsOf({ baud: 299 }));
    const answers = piecesOf(slow, 8).map((bytes) => ({ ...bench.send(bytes) }));
    expect(answers.at(-1)).toMatchObject({ code: ENROLLED_REFUSED, fault: SETTINGS_BAD_VALUE, field: SETTING_BAUD });
    expect(bench.flash).toMatchObject({ stored: undefined, saves: 0 });
    expect(bench.enrolment.isEnrolled).toBe(false);
    expect(bench.enrolment.counters).toMatchObject({ refused: 2, stored: 0 });
    // The pieces are gone: the last one alone is not enough.
    const fault = piecesOf(broken, 9).map((bytes) => ({ ...bench.send(bytes) }));
    expect(fault.at(-1)).toMatchObject({ fault: SETTINGS_BAD_CHECK, field: 0 });
    expect(bench.send(piecesOf(broken, 9).at(-1)!)).toMatchObject({ code: ENROLLED_MORE, nextOffset: 0 });
  });

  it('says so when its flash does not take them, and takes them when it does again', () => {
    const bench = new Bench();
    bench.flash.isBroken = true;
    expect(bench.enrol(bytesOf(settingsOf()), 7)).toBe(ENROLLED_NOT_STORED);
    expect(bench.enrolment.isEnrolled).toBe(false);
    expect(bench.enrolment.dueMs(bench.nowMs)).toBe(Number.POSITIVE_INFINITY);
    bench.flash.isBroken = false;
    expect(bench.enrol(bytesOf(settingsOf()), 7)).toBe(ENROLLED_DONE);
  });

  it('is nobody when what it stored is damaged or too long', () => {
    const flash = new Flash();
    flash.stored = bytesOf(settingsOf());
    expect(new Bench(flash).enrolment.isEnrolled).toBe(true);
    flash.stored[9]! ^= 0x80;
    expect(new Bench(flash).enrolment.isEnrolled).toBe(false);
    flash.stored = new Uint8Array(SETTINGS_BYTES_MAX + 1);
    expect(new Bench(flash).send(query(1))).toMatchObject({ hasSettings: false });
  });
});

describe('a board with settings', () => {
  function enrolled(): Bench {
    const flash = new Flash();
    flash.stored = bytesOf(settingsOf());
    return new Bench(flash);
  }

  it('says who it is after a restart, and never a password', () => {
    const bench = enrolled();
    const answer = bench.send(query(9))!;
    expect(answer).toMatchObject({ code: ENROLLED_KNOWN, hasSettings: true, link: 2, linkNameBytes: 5 });
    expect(answer.boardId).toEqual(settingsOf().boardId);
    expect(answer.agentId).toEqual(settingsOf().agentId);
  });

  it('keeps them unless it is told to replace them', () => {
    const bench = enrolled();
    const before = bench.flash.stored;
    expect(bench.enrol(bytesOf(settingsOf({ linkName: 'shed2' })), 7)).toBe(ENROLLED_ALREADY);
    // The same settings again are no way to try passwords.
    expect(bench.enrol(bytesOf(settingsOf()), 8)).toBe(ENROLLED_ALREADY);
    expect(bench.flash.stored).toBe(before);
    expect(bench.enrol(bytesOf(settingsOf({ linkName: 'shed2' })), 9, ENROL_REPLACE)).toBe(ENROLLED_DONE);
    expect(bench.enrolment.settings.settings().linkName).toBe('shed2');
  });

  it('tells a change of the link from a change of identity, and one that is none', () => {
    const bench = enrolled();
    const replace = (change: Partial<BoardSettings>, nonce: number) => {
      expect(bench.enrol(bytesOf(settingsOf(change)), nonce, ENROL_REPLACE)).toBe(ENROLLED_DONE);
      bench.pass(ENROL_APPLY_MS);
      const told = bench.changes.splice(0);
      if (told[0] !== 0) expect([bench.flash.changed]).toEqual(told);
      return told;
    };
    expect(replace({}, 1)).toEqual([0]);
    expect(bench.flash.saves).toBe(0);
    expect(replace({ link: 'serial' }, 2)).toEqual([CHANGED_LINK]);
    expect(replace({ link: 'serial', agentId: new Uint8Array(16).fill(1) }, 3)).toEqual([CHANGED_IDENTITY]);
    expect(replace({ wifiPassword: 'other password' }, 4)).toEqual([CHANGED_IDENTITY | CHANGED_LINK]);
  });

  it('two changes at once are told as one', () => {
    const bench = enrolled();
    bench.enrol(bytesOf(settingsOf({ link: 'serial' })), 1, ENROL_REPLACE);
    bench.nowMs += ENROL_APPLY_MS - 1;
    bench.enrol(bytesOf(settingsOf({ agentId: new Uint8Array(16).fill(1) })), 2, ENROL_REPLACE);
    bench.pass(1);
    expect(bench.changes).toEqual([CHANGED_IDENTITY | CHANGED_LINK]);
  });
});

describe('a hostile line', () => {
  it('I5: a flood gets so many answers and no more, and then one at a time', () => {
    const bench = new Bench();
    let answers = 0;
    for (let sent = 0; sent < 1000; sent++) if (bench.send(query(sent)) !== undefined) answers++;
    expect(answers).toBe(ENROL_ANSWERS_MAX);
    expect(bench.enrolment.counters.unanswered).toBe(1000 - ENROL_ANSWERS_MAX);
    bench.nowMs += ENROL_ANSWER_EVERY_MS;
    expect(bench.send(query(1))).toBeDefined();
    expect(bench.send(query(2))).toBe(undefined);
  });

  it("leaves the link's frames alone, and counts what is damaged", () => {
    const bench = new Bench();
    const heartbeat = frame((builder) => builder.u8(0), KIND_HEARTBEAT, DIRECTION_DOWN, 5);
    const welcome = frame((builder) => builder.u32(0), KIND_WELCOME);
    for (const bytes of [heartbeat, welcome, heartbeat.slice(0, 3), new Uint8Array(300)])
      expect(bench.enrolment.take(0, bytes, 0, bytes.length)).toBe(false);
    const up = frame((builder) => builder.u32(0), KIND_ENROL, DIRECTION_UP);
    const short = frame((builder) => builder.u32(0));
    for (const bytes of [up, short]) expect(bench.send(bytes)).toBe(undefined);
    expect(bench.enrolment.counters).toMatchObject({ frames: 2, badChecks: 1, badFields: 1 });
  });

  it('I6: whatever comes, the flash holds settings that were sent whole, or none', () => {
    const settings = [settingsOf(), settingsOf({ linkName: 'b', link: 'serial' }), settingsOf({ baud: 1 })].map(bytesOf);
    const piecewise = fc.record({
      which: fc.nat(2),
      offset: fc.oneof(
        fc.constant(0),
        fc.nat(5).map((index) => index * ENROL_CHUNK_BYTES_MAX),
        fc.nat(SETTINGS_BYTES_MAX),
      ),
      chunkBytes: fc.oneof(
        { weight: 4, arbitrary: fc.constant(ENROL_CHUNK_BYTES_MAX) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 80 }) },
      ),
      nonce: fc.nat(2),
      flags: fc.constantFrom(0, 0, ENROL_REPLACE, ENROL_REPLACE, 8),
      edits: fc.oneof(
        { weight: 4, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(fc.record({ at: fc.nat(100), value: fc.nat(255) }), { minLength: 1, maxLength: 3 }) },
      ),
    });
    const whole = fc.record({ which: fc.nat(2), nonce: fc.nat(2), flags: fc.constantFrom(0, ENROL_REPLACE), skip: fc.nat(9) });
    let stored = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof(piecewise, whole), { maxLength: 12 }), (steps) => {
        const bench = new Bench();
        for (const step of steps) {
          bench.nowMs += 10 * ENROL_ANSWER_EVERY_MS;
          const record = settings[step.which]!;
          if ('skip' in step) {
            for (const [index, bytes] of piecesOf(record, step.nonce, step.flags).entries()) if (index !== step.skip) bench.send(bytes);
          } else if (step.offset < record.length) {
            const bytes = piece(record, step.offset, step.nonce, step.flags, step.chunkBytes);
            for (const { at, value } of step.edits) bytes[5 + (at % (bytes.length - 9))] = value;
            bench.send(frame((builder) => builder.copyFrom(bytes, 1, bytes.length - 5)));
          }
          const { stored } = bench.flash;
          if (stored === undefined) continue;
          expect(new SettingsReader().read(stored, 0, stored.length)).toBe(true);
          expect(bench.enrolment.isEnrolled).toBe(true);
          expect(settings.slice(0, 2)).toContainEqual(stored);
        }
        stored += bench.flash.saves;
      }),
      { numRuns: 100 },
    );
    expect(stored).toBeGreaterThan(50);
  });
});
