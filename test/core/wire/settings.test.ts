import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8, utf8Bytes } from '../../../src/state/utf8.js';
import { crc32 } from '../../../src/wire/crc32.js';
import {
  type BoardSettings,
  SETTING_AGENT_ID,
  SETTING_BAUD,
  SETTING_BOARD_ID,
  SETTING_BROKER_HOST,
  SETTING_BROKER_PORT,
  SETTING_LINK,
  SETTING_LINK_NAME,
  SETTING_MAX,
  SETTING_PASSWORD,
  SETTING_SSID,
  SETTING_USER,
  SETTING_WIFI_PASSWORD,
  SETTINGS_BAD_CHECK,
  SETTINGS_BAD_FIELD_LENGTH,
  SETTINGS_BAD_FORMAT,
  SETTINGS_BAD_LENGTH,
  SETTINGS_BAD_ORDER,
  SETTINGS_BAD_VALUE,
  SETTINGS_BYTES_MAX,
  SETTINGS_FAULT_MAX,
  SETTINGS_MISSING_FIELD,
  SETTINGS_UNKNOWN_FIELD,
} from '../../../src/wire/settings.js';
import { SettingsReader } from '../../../src/wire/settings-reader.js';
import { SettingsWriter } from '../../../src/wire/settings-writer.js';
import { isPrintableUtf8 } from '../../../src/wire/text-rules.js';
import { SETTINGS } from './frames-fixture.js';

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let index = 0; index < bytes.length; index++) bytes[index] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16);
  return bytes;
}

function utf8Of(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Bytes(text));
  encodeUtf8(text, bytes, 0, bytes.length);
  return bytes;
}

function written(settings: BoardSettings): Uint8Array {
  const writer = new SettingsWriter();
  expect(writer.write(settings)).toBe(true);
  return writer.bytes.slice(0, writer.count);
}

/** A record of these fields, sealed. */
function record(fields: readonly (readonly [number, Uint8Array | string])[], format = 1): Uint8Array {
  const parts = [format];
  for (const [field, value] of fields) {
    const bytes = typeof value === 'string' ? utf8Of(value) : value;
    parts.push(field, bytes.length, ...bytes);
  }
  return sealed(parts);
}

function sealed(body: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(body.length + 4);
  bytes.set(body);
  const crc = crc32(bytes, 0, body.length, 0);
  for (let index = 0; index < 4; index++) bytes[body.length + index] = crc >>> (index * 8);
  return bytes;
}

/** [fault, field] of what was refused, [0, 0] of what was taken. */
function verdict(bytes: Uint8Array): [number, number] {
  const reader = new SettingsReader();
  const taken = reader.read(bytes, 0, bytes.length);
  expect(taken).toBe(reader.fault === 0);
  if (!taken) for (let field = 0; field <= SETTING_MAX; field++) expect(reader.has(field)).toBe(false);
  return [reader.fault, reader.faultField];
}

const ID_A = new Uint8Array(16).fill(0xa1);
const ID_B = new Uint8Array(16).fill(0xb2);
const SERIAL = Uint8Array.of(1);
const MQTT = Uint8Array.of(2);
const PORT = Uint8Array.of(0x5b, 0x07);
const NEEDED: (readonly [number, Uint8Array | string])[] = [
  [SETTING_BOARD_ID, ID_A],
  [SETTING_AGENT_ID, ID_B],
  [SETTING_LINK_NAME, 'shed1'],
];

const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/);
/** Without fast-check's own tables of characters, which do not fit into a board's engine. */
const character = fc
  .oneof(
    fc.integer({ min: 0x20, max: 0x7e }),
    fc.constantFrom(0xa0, 0xe9, 0x7ff, 0x800, 0x2027, 0x202f, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff),
  )
  .map((code) => String.fromCodePoint(code));
const printable = (maxBytes: number) =>
  fc
    .array(character, { minLength: 1, maxLength: maxBytes })
    .map((characters) => characters.join(''))
    .filter((text) => utf8Bytes(text) <= maxBytes);
const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).filter((bytes) => bytes.some((byte) => byte !== 0));
const wifi = fc.record({
  ssid: printable(32),
  wifiPassword: fc.oneof(fc.constant(''), fc.stringMatching(/^[ -~]{8,63}$/), fc.stringMatching(/^[0-9a-fA-F]{64}$/)),
});
const broker = fc.record({
  brokerHost: fc.stringMatching(/^[A-Za-z0-9_.:-]{1,128}$/),
  brokerPort: fc.integer({ min: 1, max: 65535 }),
});
const login = fc.record({ user: printable(64), password: fc.oneof(fc.constant(''), printable(128)) });
const NOTHING = { baud: 0, ssid: '', wifiPassword: '', brokerHost: '', brokerPort: 0, user: '', password: '' } as const;
const settingsOfAnyBoard: fc.Arbitrary<BoardSettings> = fc
  .record({
    identity: fc.record({ boardId: id, agentId: id, linkName: name }),
    link: fc.constantFrom('serial' as const, 'mqtt' as const),
    baud: fc.oneof(fc.constant(0), fc.integer({ min: 300, max: 5_000_000 })),
    wifi,
    broker,
    login,
    withWifi: fc.boolean(),
    withBroker: fc.boolean(),
    withLogin: fc.boolean(),
  })
  .map((draw) => ({
    ...NOTHING,
    ...draw.identity,
    link: draw.link,
    baud: draw.baud,
    ...(draw.link === 'mqtt' || draw.withWifi ? draw.wifi : {}),
    ...(draw.link === 'mqtt' || draw.withBroker ? draw.broker : {}),
    ...((draw.link === 'mqtt' || draw.withBroker) && draw.withLogin ? draw.login : {}),
  }));

describe('settings of a board', () => {
  it('are the bytes of the format', () => {
    const ids = { boardId: bytesOf('000102030405060708090a0b0c0d0e0f'), agentId: bytesOf('202122232425262728292a2b2c2d2e2f') };
    const serial = { ...NOTHING, ...ids, linkName: 'shed1', link: 'serial', baud: 921600 } as const;
    const network = { ssid: 'Köln 2', wifiPassword: 'correct horse', brokerHost: 'broker.local', brokerPort: 1883 };
    const mqtt = { ...NOTHING, ...ids, linkName: 'shed1', link: 'mqtt', ...network, user: 'kestrel', password: 'pässword' } as const;
    for (const [hex, settings] of [
      [SETTINGS.serial, serial],
      [SETTINGS.mqtt, mqtt],
    ] as const) {
      expect(written(settings)).toEqual(bytesOf(hex));
      const reader = new SettingsReader();
      expect(reader.read(bytesOf(hex), 0, hex.length / 2)).toBe(true);
      expect(reader.settings()).toEqual(settings);
    }
  });

  it('come back as they were, from any offset, within their bound', () => {
    fc.assert(
      fc.property(settingsOfAnyBoard, fc.nat(9), (settings, at) => {
        const bytes = written(settings);
        expect(bytes.length).toBeLessThanOrEqual(SETTINGS_BYTES_MAX);
        const moved = new Uint8Array(at + bytes.length + 3).fill(0x5a);
        moved.set(bytes, at);
        const reader = new SettingsReader();
        expect(reader.read(moved, at, bytes.length)).toBe(true);
        expect(reader.settings()).toEqual(settings);
      }),
      { numRuns: 60 },
    );
  });

  it('I6: of all bytes only those are taken that the same settings would be written as', () => {
    const mostlyNot = <Value>(value: fc.Arbitrary<Value>, none: Value) =>
      fc.oneof({ weight: 3, arbitrary: fc.constant(none) }, { weight: 1, arbitrary: value });
    const edit = fc.record({ at: fc.nat(SETTINGS_BYTES_MAX), value: fc.nat(255) });
    const changes = fc.record({
      edits: fc.array(edit, { maxLength: 3 }),
      cut: mostlyNot(fc.nat(6), 0),
      more: mostlyNot(fc.uint8Array({ maxLength: 6 }), new Uint8Array(0)),
      reseal: fc.boolean(),
    });
    let taken = 0;
    let refused = 0;
    fc.assert(
      fc.property(settingsOfAnyBoard, changes, (settings, { edits, cut, more, reseal }) => {
        const original = written(settings);
        const body = Array.from(original.slice(0, original.length - 4 - cut)).concat(Array.from(more));
        for (const { at, value } of edits) body[at % body.length] = value;
        const bytes = reseal ? sealed(body) : new Uint8Array(body.concat(Array.from(original.slice(original.length - 4))));
        const reader = new SettingsReader();
        if (reader.read(bytes, 0, bytes.length)) {
          taken++;
          expect(written(reader.settings())).toEqual(bytes);
        } else {
          refused++;
          expect(reader.fault).toBeGreaterThan(0);
          expect(reader.fault).toBeLessThanOrEqual(SETTINGS_FAULT_MAX);
        }
      }),
      { numRuns: 400 },
    );
    expect(taken).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(100);
  });

  it('a record that is none at all', () => {
    const good = record([...NEEDED, [SETTING_LINK, SERIAL]]);
    expect(verdict(good)).toEqual([0, 0]);
    expect(verdict(new Uint8Array(0))).toEqual([SETTINGS_BAD_LENGTH, 0]);
    expect(verdict(good.slice(0, 4))).toEqual([SETTINGS_BAD_LENGTH, 0]);
    expect(verdict(new Uint8Array(SETTINGS_BYTES_MAX + 1))).toEqual([SETTINGS_BAD_LENGTH, 0]);
    expect(verdict(good.slice(0, good.length - 1))).toEqual([SETTINGS_BAD_CHECK, 0]);
    expect(verdict(record([...NEEDED, [SETTING_LINK, SERIAL]], 2))).toEqual([SETTINGS_BAD_FORMAT, 0]);
    for (let bit = 0; bit < good.length * 8; bit++) {
      good[bit >>> 3]! ^= 1 << (bit & 7);
      expect(verdict(good)[0]).toBe(SETTINGS_BAD_CHECK);
      good[bit >>> 3]! ^= 1 << (bit & 7);
    }
  });

  it('unknown, doubled and unordered fields, and lengths that leave the record', () => {
    expect(verdict(record([...NEEDED, [SETTING_LINK, SERIAL], [12, 'x']]))).toEqual([SETTINGS_UNKNOWN_FIELD, 12]);
    expect(verdict(record([[0, 'x'], ...NEEDED]))).toEqual([SETTINGS_UNKNOWN_FIELD, 0]);
    expect(verdict(record([NEEDED[0]!, ...NEEDED, [SETTING_LINK, SERIAL]]))).toEqual([SETTINGS_BAD_ORDER, SETTING_BOARD_ID]);
    expect(verdict(record([NEEDED[1]!, NEEDED[0]!, NEEDED[2]!, [SETTING_LINK, SERIAL]]))).toEqual([SETTINGS_BAD_ORDER, SETTING_BOARD_ID]);
    expect(verdict(sealed([1, SETTING_BOARD_ID, 16, 1, 2, 3]))).toEqual([SETTINGS_BAD_FIELD_LENGTH, SETTING_BOARD_ID]);
    expect(verdict(sealed([1, SETTING_BOARD_ID]))).toEqual([SETTINGS_BAD_FIELD_LENGTH, SETTING_BOARD_ID]);
    expect(verdict(record([[SETTING_BOARD_ID, ID_A.slice(1)]]))).toEqual([SETTINGS_BAD_FIELD_LENGTH, SETTING_BOARD_ID]);
  });

  it('every value has its rule', () => {
    const wrong: [number, Uint8Array | string][] = [
      [SETTING_LINK_NAME, 'shed 1'],
      [SETTING_LINK_NAME, 'schüp'],
      [SETTING_LINK, Uint8Array.of(0)],
      [SETTING_LINK, Uint8Array.of(3)],
      [SETTING_BAUD, Uint8Array.of(43, 1, 0, 0)],
      [SETTING_BAUD, Uint8Array.of(0x41, 0x4b, 0x4c, 0)],
      [SETTING_BAUD, Uint8Array.of(255, 255, 255, 255)],
      [SETTING_SSID, 'line\nbreak'],
      [SETTING_SSID, '\u0080'],
      [SETTING_SSID, '\u202etxt'],
      [SETTING_SSID, Uint8Array.of(0xc0, 0xaf)],
      [SETTING_SSID, Uint8Array.of(0xed, 0xa0, 0x80)],
      [SETTING_WIFI_PASSWORD, 'correct hörse'],
      [SETTING_WIFI_PASSWORD, 'x'.repeat(64)],
      [SETTING_BROKER_HOST, 'broker/local'],
      [SETTING_BROKER_HOST, 'a b'],
      [SETTING_BROKER_PORT, Uint8Array.of(0, 0)],
      [SETTING_USER, 'a\u0000'],
      [SETTING_PASSWORD, '\u007f'],
      [SETTING_BOARD_ID, new Uint8Array(16)],
    ];
    const right: (readonly [number, Uint8Array | string])[] = [
      ...NEEDED,
      [SETTING_LINK, MQTT],
      [SETTING_BAUD, Uint8Array.of(44, 1, 0, 0)],
      [SETTING_SSID, 'x'],
      [SETTING_WIFI_PASSWORD, '12345678'],
      [SETTING_BROKER_HOST, '::1'],
      [SETTING_BROKER_PORT, PORT],
      [SETTING_USER, 'u'],
      [SETTING_PASSWORD, 'p'],
    ];
    expect(verdict(record(right))).toEqual([0, 0]);
    for (const [field, value] of wrong) {
      const fields = right.map((entry) => (entry[0] === field ? ([field, value] as const) : entry));
      expect(verdict(record(fields))).toEqual([SETTINGS_BAD_VALUE, field]);
    }
    for (const [field, value] of [
      [SETTING_LINK_NAME, 'x'.repeat(33)],
      [SETTING_SSID, ''],
      [SETTING_SSID, 'x'.repeat(33)],
      [SETTING_WIFI_PASSWORD, '1234567'],
      [SETTING_BROKER_HOST, 'x'.repeat(129)],
      [SETTING_BROKER_PORT, Uint8Array.of(1)],
      [SETTING_USER, 'x'.repeat(65)],
      [SETTING_PASSWORD, 'x'.repeat(129)],
    ] as const) {
      const fields = right.map((entry) => (entry[0] === field ? ([field, value] as const) : entry));
      expect(verdict(record(fields))).toEqual([SETTINGS_BAD_FIELD_LENGTH, field]);
    }
  });

  it('an agent of all zeros is none: the board is vacant', () => {
    const vacant = record([NEEDED[0]!, [SETTING_AGENT_ID, new Uint8Array(16)], NEEDED[2]!, [SETTING_LINK, SERIAL]]);
    expect(verdict(vacant)).toEqual([0, 0]);
    expect(verdict(record([NEEDED[0]!, NEEDED[2]!, [SETTING_LINK, SERIAL]]))).toEqual([SETTINGS_MISSING_FIELD, SETTING_AGENT_ID]);
  });

  it('a link without what it needs is refused, by the field that is missing', () => {
    const mqtt: (readonly [number, Uint8Array | string])[] = [
      ...NEEDED,
      [SETTING_LINK, MQTT],
      [SETTING_SSID, 'x'],
      [SETTING_BROKER_HOST, 'b'],
      [SETTING_BROKER_PORT, PORT],
    ];
    expect(verdict(record(mqtt))).toEqual([0, 0]);
    for (const [missing] of mqtt)
      expect(verdict(record(mqtt.filter(([field]) => field !== missing)))).toEqual([SETTINGS_MISSING_FIELD, missing]);
    const serial = [...NEEDED, [SETTING_LINK, SERIAL] as const];
    expect(verdict(record([...serial, [SETTING_WIFI_PASSWORD, '12345678']]))).toEqual([SETTINGS_MISSING_FIELD, SETTING_SSID]);
    expect(verdict(record([...serial, [SETTING_BROKER_HOST, 'b']]))).toEqual([SETTINGS_MISSING_FIELD, SETTING_BROKER_PORT]);
    expect(verdict(record([...serial, [SETTING_USER, 'u']]))).toEqual([SETTINGS_MISSING_FIELD, SETTING_BROKER_HOST]);
    expect(verdict(record([...mqtt, [SETTING_PASSWORD, 'p']]))).toEqual([SETTINGS_MISSING_FIELD, SETTING_USER]);
  });

  it('a writer says which field does not fit, and writes nothing', () => {
    const writer = new SettingsWriter();
    const settings: BoardSettings = { ...NOTHING, boardId: ID_A, agentId: ID_B, linkName: 'a', link: 'serial' };
    for (const [change, field] of [
      [{ boardId: ID_A.slice(1) }, SETTING_BOARD_ID],
      [{ linkName: 'x'.repeat(33) }, SETTING_LINK_NAME],
      [{ ssid: 'ü'.repeat(17) }, SETTING_SSID],
      [{ brokerPort: 65536 }, SETTING_BROKER_PORT],
      [{ baud: -1 }, SETTING_BAUD],
      [{ baud: Number.NaN }, SETTING_BAUD],
    ] as const) {
      expect(writer.write({ ...settings, ...change })).toBe(false);
      expect([writer.overlongField, writer.count]).toEqual([field, 0]);
    }
    expect(writer.write(settings)).toBe(true);
  });

  it('readers tell which fields differ', () => {
    const one = new SettingsReader();
    const other = new SettingsReader();
    const a = record([...NEEDED, [SETTING_LINK, SERIAL]]);
    const b = record([...NEEDED.slice(0, 2), [SETTING_LINK_NAME, 'shed2'], [SETTING_LINK, SERIAL], [SETTING_SSID, 'x']]);
    expect(one.read(a, 0, a.length) && other.read(b, 0, b.length)).toBe(true);
    const differing: number[] = [];
    for (let field = 1; field <= SETTING_MAX; field++) if (!one.same(other, field)) differing.push(field);
    expect(differing).toEqual([SETTING_LINK_NAME, SETTING_SSID]);
  });
});

describe('printable text', () => {
  const anyCode = fc.oneof(
    fc.nat(0x10ffff),
    fc.nat(0xff),
    fc.integer({ min: 0x2020, max: 0x2070 }),
    fc.integer({ min: 0xd7f0, max: 0xe010 }),
  );

  it('is well-formed UTF-8, as encoding what it decodes to says', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 12 }),
          fc.array(anyCode, { maxLength: 6 }).map((codes) => utf8Of(String.fromCodePoint(...codes))),
        ),
        (bytes) => {
          const text = decodeUtf8(bytes, 0, bytes.length);
          const again = utf8Of(text);
          const wellFormed = again.length === bytes.length && again.every((byte, index) => byte === bytes[index]);
          const codes = Array.from(text, (character) => character.codePointAt(0)!);
          const plain = codes.every(
            (code) =>
              !(code < 32 || (code >= 127 && code < 160) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)),
          );
          expect(isPrintableUtf8(bytes, 0, bytes.length)).toBe(wellFormed && plain);
        },
      ),
      { numRuns: 300 },
    );
  });
});
