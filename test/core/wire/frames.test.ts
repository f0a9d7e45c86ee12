import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../../src/wire/byte-reader.js';
import {
  DIRECTION_DOWN,
  DIRECTION_UP,
  EPOCH_MAX,
  FRAME_BYTES_MAX,
  KIND_ACTIVATE,
  KIND_DELTA_ACK,
  KIND_DELTA_ASK,
  KIND_DELTA_FIRST,
  KIND_DELTA_LAST,
  KIND_DELTA_MIDDLE,
  KIND_DELTA_ONLY,
  KIND_DIFFS,
  KIND_ENROL,
  KIND_ENROLLED,
  KIND_ERROR,
  KIND_FREEZE,
  KIND_FROZEN,
  KIND_HASHES,
  KIND_HEARTBEAT,
  KIND_HELLO,
  KIND_INPUT,
  KIND_NO_SESSION,
  KIND_OUTPUT,
  KIND_REFUSED,
  KIND_RETIRE,
  KIND_SCHEMA,
  KIND_SCHEMA_REQUEST,
  KIND_THAW,
  KIND_WELCOME,
  SEQUENCE_MAX,
} from '../../../src/wire/constants.js';
import { DeltaAckMessage, DeltaFrame, readDeltaAsk } from '../../../src/wire/delta-frame.js';
import { EnrolFrame, EnrolledMessage } from '../../../src/wire/enrol-frames.js';
import {
  checkHead,
  FRAME_BAD_KIND,
  FRAME_BAD_RESERVED,
  FRAME_BAD_VERSION,
  FRAME_OK,
  FRAME_TOO_LONG,
  FRAME_TOO_SHORT,
  frameSeed,
  isSealed,
  kindOf,
  sealFrame,
} from '../../../src/wire/frame.js';
import { FrameBuilder } from '../../../src/wire/frame-builder.js';
import { HelloMessage } from '../../../src/wire/hello.js';
import { ActivateMessage, FreezeMessage, readOrderEpoch } from '../../../src/wire/ownership-frames.js';
import { DiffsMessage, HashesFrame } from '../../../src/wire/resync-frames.js';
import { ErrorFrame, HeartbeatFrame, MessageFrame, SchemaFrame } from '../../../src/wire/small-frames.js';
import { RefusedMessage, WelcomeMessage } from '../../../src/wire/welcome.js';
import { FRAMES, SESSION } from './frames-fixture.js';

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let index = 0; index < bytes.length; index++) bytes[index] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16);
  return bytes;
}

function hexOf(bytes: Uint8Array): string {
  let hex = '';
  for (let index = 0; index < bytes.length; index++) hex += bytes[index]!.toString(16).padStart(2, '0');
  return hex;
}

/** The frame's kind and fields, after head and check were found right. */
function open(hex: string, direction: number, session: number): { kind: number; reader: ByteReader; bytes: Uint8Array } {
  const bytes = bytesOf(hex);
  expect(checkHead(bytes, 0, bytes.length)).toBe(FRAME_OK);
  expect(isSealed(bytes, 0, bytes.length, frameSeed(direction, session))).toBe(true);
  const reader = new ByteReader();
  reader.begin(bytes, 1, bytes.length - 5);
  return { kind: kindOf(bytes[0]!), reader, bytes };
}

function built(kind: number, direction: number, session: number, write: (builder: FrameBuilder) => void): string {
  const builder = new FrameBuilder();
  builder.begin(kind);
  write(builder);
  return hexOf(builder.bytes.slice(0, builder.seal(frameSeed(direction, session))));
}

describe('frames of format 1', () => {
  it('HELLO', () => {
    const names = [
      'a board with an undecided delta',
      'a cold board',
      'a vacant board',
      'a vacant board with pages',
      'a frozen board with a lease',
    ];
    for (const name of names.map((of) => `HELLO of ${of}` as 'HELLO of a cold board')) {
      const { kind, reader } = open(FRAMES[name], DIRECTION_UP, 0);
      const hello = new HelloMessage();
      expect(kind).toBe(KIND_HELLO);
      expect(hello.read(reader)).toBe(true);
      const copy = new HelloMessage();
      copy.copyFrom(hello);
      expect(built(KIND_HELLO, DIRECTION_UP, 0, (builder) => copy.write(builder))).toBe(FRAMES[name]);
    }
    const hello = new HelloMessage();
    hello.read(open(FRAMES['HELLO of a board with an undecided delta'], DIRECTION_UP, 0).reader);
    expect(hello).toMatchObject({
      flags: 0x15,
      bootNonce: 0xdeadbeef,
      helloNonce: 0x01020304,
      nameBytes: 7,
      sizeBytes: 32768,
      epoch: 3,
      sequence: 300,
      acknowledgedSequence: 200,
      acknowledgedDigest: 0x11223344,
      undecidedSequence: 299,
      undecidedDigest: 0x55667788,
      fifoBytes: 128,
      windowFrames: 3,
      codecs: 3,
      leaseMs: 0,
    });
    hello.read(open(FRAMES['HELLO of a frozen board with a lease'], DIRECTION_UP, 0).reader);
    expect(hello).toMatchObject({ flags: 0x85, epoch: 3, sequence: 300, acknowledgedSequence: 300, codecs: 3, leaseMs: 30_000 });
    hello.read(open(FRAMES['HELLO of a vacant board with pages'], DIRECTION_UP, 0).reader);
    expect(hello).toMatchObject({ flags: 0x66, epoch: 0, sequence: 0, acknowledgedDigest: 0, leaseMs: 0 });
  });

  it('WELCOME and REFUSED', () => {
    const welcome = new WelcomeMessage();
    expect(welcome.read(open(FRAMES.WELCOME, DIRECTION_DOWN, 0).reader)).toBe(true);
    expect(welcome).toMatchObject({ helloNonce: 0x01020304, action: 2, flags: 1, session: SESSION, epoch: 3, headSequence: 200 });
    expect(welcome).toMatchObject({ headDigest: 0x11223344, usedSequence: 300, windowFrames: 3, codecs: 3 });
    expect(built(KIND_WELCOME, DIRECTION_DOWN, 0, (builder) => welcome.write(builder))).toBe(FRAMES.WELCOME);
    const refused = new RefusedMessage();
    expect(refused.read(open(FRAMES.REFUSED, DIRECTION_DOWN, 0).reader)).toBe(true);
    expect(refused).toMatchObject({ helloNonce: 0x01020304, reason: 1, retryAfterMs: 5000 });
    expect(built(KIND_REFUSED, DIRECTION_DOWN, 0, (builder) => refused.write(builder))).toBe(FRAMES.REFUSED);
    for (const [name, fields] of [
      ['REFUSED as vacant', { reason: 7, retryAfterMs: 10_000 }],
      ['REFUSED as retired', { reason: 8, retryAfterMs: 0 }],
    ] as const) {
      expect(refused.read(open(FRAMES[name], DIRECTION_DOWN, 0).reader)).toBe(true);
      expect(refused).toMatchObject({ helloNonce: 0x01020304, ...fields });
      expect(built(KIND_REFUSED, DIRECTION_DOWN, 0, (builder) => refused.write(builder))).toBe(FRAMES[name]);
    }
    expect(welcome.read(open(FRAMES['WELCOME of a guest'], DIRECTION_DOWN, 0).reader)).toBe(true);
    expect(welcome).toMatchObject({ action: 6, flags: 0, session: SESSION, epoch: 4, headSequence: 200, usedSequence: 300, codecs: 1 });
    expect(hexOf(welcome.agentId)).toBe('202122232425262728292a2b2c2d2e2f');
    expect(built(KIND_WELCOME, DIRECTION_DOWN, 0, (builder) => welcome.write(builder))).toBe(FRAMES['WELCOME of a guest']);
  });

  it('DELTA_ONLY, FIRST, MIDDLE, LAST, ASK', () => {
    const frame = new DeltaFrame();
    const read = (name: 'DELTA_ONLY' | 'DELTA_FIRST' | 'DELTA_MIDDLE' | 'DELTA_LAST', direction: number) => {
      const { kind, reader } = open(FRAMES[name], direction, SESSION);
      expect(frame.read(kind, reader)).toBe(true);
      return { kind, number: frame.number, index: frame.index, last: frame.last, chunkBytes: frame.chunkBytes };
    };
    expect(read('DELTA_ONLY', DIRECTION_UP)).toEqual({ kind: KIND_DELTA_ONLY, number: 255, index: 0, last: true, chunkBytes: 3 });
    expect(read('DELTA_FIRST', DIRECTION_UP)).toEqual({ kind: KIND_DELTA_FIRST, number: 0, index: 0, last: false, chunkBytes: 2 });
    expect(read('DELTA_MIDDLE', DIRECTION_DOWN)).toEqual({ kind: KIND_DELTA_MIDDLE, number: 0, index: 130, last: false, chunkBytes: 1 });
    expect(read('DELTA_LAST', DIRECTION_UP)).toEqual({ kind: KIND_DELTA_LAST, number: 0, index: 131, last: true, chunkBytes: 1 });
    const ask = open(FRAMES.DELTA_ASK, DIRECTION_UP, SESSION);
    expect(ask.kind).toBe(KIND_DELTA_ASK);
    expect(readDeltaAsk(ask.reader)).toBe(4);
  });

  it('DELTA_ACK in its four states', () => {
    for (const [name, fields] of [
      ['DELTA_ACK done', { state: 1, credit: 3, sequence: 300 }],
      ['DELTA_ACK part', { state: 2, credit: 3, framesInOrder: 5, bitmapBytes: 1 }],
      ['DELTA_ACK mismatch', { state: 3, credit: 3 }],
      ['DELTA_ACK no room', { state: 4, credit: 0 }],
    ] as const) {
      const ack = new DeltaAckMessage();
      expect(ack.read(open(FRAMES[name], DIRECTION_DOWN, SESSION).reader)).toBe(true);
      expect(ack).toMatchObject({ number: 4, ...fields });
      expect(built(KIND_DELTA_ACK, DIRECTION_DOWN, SESSION, (builder) => ack.write(builder))).toBe(FRAMES[name]);
    }
  });

  it('HASHES and DIFFS', () => {
    const hashes = new HashesFrame();
    const { kind, reader, bytes } = open(FRAMES.HASHES, DIRECTION_UP, SESSION);
    expect(kind).toBe(KIND_HASHES);
    expect(hashes.read(reader)).toBe(true);
    expect(hashes).toMatchObject({ round: 7, firstPage: 200, count: 2 });
    expect(hexOf(bytes.slice(hashes.hashesAt, hashes.hashesAt + 8))).toBe('01000000ffffffff');
    const diffs = new DiffsMessage();
    expect(diffs.read(open(FRAMES.DIFFS, DIRECTION_DOWN, SESSION).reader)).toBe(true);
    expect(diffs).toMatchObject({ round: 7, firstPage: 200, count: 10 });
    expect([0, 1, 7, 8, 9].map((index) => diffs.differs(index))).toEqual([true, false, true, false, true]);
    expect(built(KIND_DIFFS, DIRECTION_DOWN, SESSION, (builder) => diffs.write(builder))).toBe(FRAMES.DIFFS);
  });

  it('the frames with few fields', () => {
    const heartbeat = new HeartbeatFrame();
    expect(open(FRAMES.HEARTBEAT, DIRECTION_UP, SESSION).kind).toBe(KIND_HEARTBEAT);
    expect(heartbeat.read(open(FRAMES.HEARTBEAT, DIRECTION_UP, SESSION).reader)).toBe(true);
    expect(heartbeat).toMatchObject({ flags: 1, sequence: 300, nonce: 0 });
    expect(heartbeat.read(open(FRAMES['HEARTBEAT with a nonce'], DIRECTION_UP, SESSION).reader)).toBe(true);
    expect(heartbeat).toMatchObject({ flags: 5, sequence: 300, nonce: 0xfeedbeef });
    const schema = new SchemaFrame();
    expect(open(FRAMES.SCHEMA, DIRECTION_UP, SESSION).kind).toBe(KIND_SCHEMA);
    expect(schema.read(open(FRAMES.SCHEMA, DIRECTION_UP, SESSION).reader)).toBe(true);
    expect(schema).toMatchObject({ totalBytes: 500, offset: 240, chunkBytes: 3 });
    expect(open(FRAMES.SCHEMA_REQUEST, DIRECTION_DOWN, SESSION).kind).toBe(KIND_SCHEMA_REQUEST);
    expect(schema.readRequest(open(FRAMES.SCHEMA_REQUEST, DIRECTION_DOWN, SESSION).reader)).toBe(true);
    expect(schema.offset).toBe(240);
    const message = new MessageFrame();
    expect(open(FRAMES.OUTPUT, DIRECTION_UP, SESSION).kind).toBe(KIND_OUTPUT);
    expect(message.readOutput(open(FRAMES.OUTPUT, DIRECTION_UP, SESSION).reader)).toBe(true);
    expect(message).toMatchObject({ number: 301, index: 2, byteCount: 2 });
    expect(open(FRAMES.INPUT, DIRECTION_DOWN, SESSION).kind).toBe(KIND_INPUT);
    expect(message.readInput(open(FRAMES.INPUT, DIRECTION_DOWN, SESSION).reader)).toBe(true);
    expect(message).toMatchObject({ number: 9, previous: 7, byteCount: 2 });
    const error = new ErrorFrame();
    expect(open(FRAMES.ERROR, DIRECTION_UP, SESSION).kind).toBe(KIND_ERROR);
    expect(error.read(open(FRAMES.ERROR, DIRECTION_UP, SESSION).reader)).toBe(true);
    expect(error).toMatchObject({ code: 3, textBytes: 3 });
    expect(open(FRAMES.NO_SESSION, DIRECTION_DOWN, 0).kind).toBe(KIND_NO_SESSION);
  });

  it('ACTIVATE, FREEZE, FROZEN, THAW, RETIRE', () => {
    const activate = new ActivateMessage();
    expect(activate.read(open(FRAMES.ACTIVATE, DIRECTION_DOWN, SESSION).reader)).toBe(true);
    expect(activate).toMatchObject({ epoch: 4, sequence: 200, digest: 0x11223344, usedSequence: 300 });
    expect(built(KIND_ACTIVATE, DIRECTION_DOWN, SESSION, (builder) => activate.write(builder))).toBe(FRAMES.ACTIVATE);
    const freeze = new FreezeMessage();
    expect(freeze.readOrder(open(FRAMES.FREEZE, DIRECTION_DOWN, SESSION).reader)).toBe(true);
    expect(freeze.nonce).toBe(0x0badcafe);
    expect(built(KIND_FREEZE, DIRECTION_DOWN, SESSION, (builder) => freeze.writeOrder(builder))).toBe(FRAMES.FREEZE);
    expect(freeze.readAnswer(open(FRAMES.FROZEN, DIRECTION_UP, SESSION).reader)).toBe(true);
    expect(freeze).toMatchObject({ nonce: 0x0badcafe, sequence: 300, digest: 0x11223344 });
    expect(built(KIND_FROZEN, DIRECTION_UP, SESSION, (builder) => freeze.writeAnswer(builder))).toBe(FRAMES.FROZEN);
    for (const [name, kind, epoch] of [
      ['THAW', KIND_THAW, 4],
      ['RETIRE', KIND_RETIRE, 300],
    ] as const) {
      const opened = open(FRAMES[name], DIRECTION_DOWN, SESSION);
      expect([opened.kind, readOrderEpoch(opened.reader)]).toEqual([kind, epoch]);
    }
  });

  it('ENROL and ENROLLED', () => {
    const enrol = new EnrolFrame();
    const read = (name: 'ENROL query' | 'ENROL first piece' | 'ENROL last piece') => {
      const { kind, reader } = open(FRAMES[name], DIRECTION_DOWN, 0);
      expect(kind).toBe(KIND_ENROL);
      expect(enrol.read(reader)).toBe(true);
      return { ...enrol };
    };
    const nonce = 0x0badcafe;
    expect(read('ENROL query')).toMatchObject({ nonce, flags: 1, totalBytes: 0, chunkBytes: 0 });
    expect(read('ENROL first piece')).toMatchObject({ nonce, flags: 0, totalBytes: 113, offset: 0, chunkAt: 8, chunkBytes: 64 });
    expect(read('ENROL last piece')).toMatchObject({ nonce, flags: 6, totalBytes: 113, offset: 64, chunkAt: 8, chunkBytes: 49 });
    for (const [name, fields] of [
      ['ENROLLED without settings', { code: 1, hasSettings: false, link: 0, linkNameBytes: 0 }],
      ['ENROLLED more', { code: 2, hasSettings: true, nextOffset: 64, link: 2, linkNameBytes: 5 }],
      ['ENROLLED refused', { code: 5, hasSettings: false, fault: 7, field: 5 }],
    ] as const) {
      const message = new EnrolledMessage();
      const { kind, reader } = open(FRAMES[name], DIRECTION_UP, 0);
      expect(kind).toBe(KIND_ENROLLED);
      expect(message.read(reader)).toBe(true);
      expect(message).toMatchObject({ nonce, agentNameBytes: 7, stateBytes: 32768, ...fields });
      expect(built(KIND_ENROLLED, DIRECTION_UP, 0, (builder) => message.write(builder))).toBe(FRAMES[name]);
    }
  });
});

describe('what is no frame', () => {
  it('another session, direction or any flipped bit fails the check, at no bytes', () => {
    const bytes = bytesOf(FRAMES.DELTA_ONLY);
    expect(isSealed(bytes, 0, bytes.length, frameSeed(DIRECTION_UP, SESSION))).toBe(true);
    expect(isSealed(bytes, 0, bytes.length, frameSeed(DIRECTION_DOWN, SESSION))).toBe(false);
    expect(isSealed(bytes, 0, bytes.length, frameSeed(DIRECTION_UP, SESSION + 1))).toBe(false);
    expect(isSealed(bytes, 0, bytes.length, frameSeed(DIRECTION_UP, SESSION - 0x100000000))).toBe(false);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >>> 3]! ^= 1 << (bit & 7);
      expect(isSealed(bytes, 0, bytes.length, frameSeed(DIRECTION_UP, SESSION))).toBe(false);
      bytes[bit >>> 3]! ^= 1 << (bit & 7);
    }
  });

  it('unknown versions, reserved bits, unknown kinds and bad lengths are refused', () => {
    const head = (byte: number, count = 8) => checkHead(new Uint8Array(Math.max(1, count)).fill(byte), 0, count);
    expect(head(0x4b)).toBe(FRAME_OK);
    expect(head(0x0b)).toBe(FRAME_BAD_VERSION);
    expect(head(0x8b)).toBe(FRAME_BAD_VERSION);
    expect(head(0xcb)).toBe(FRAME_BAD_VERSION);
    expect(head(0x6b)).toBe(FRAME_BAD_RESERVED);
    expect(head(0x40)).toBe(FRAME_BAD_KIND);
    expect(head(0x59)).toBe(FRAME_OK);
    expect(head(0x5a)).toBe(FRAME_BAD_KIND);
    expect(head(0x4b, 4)).toBe(FRAME_TOO_SHORT);
    expect(head(0x4b, 0)).toBe(FRAME_TOO_SHORT);
    expect(head(0x4b, FRAME_BYTES_MAX + 1)).toBe(FRAME_TOO_LONG);
  });

  it('a HELLO that contradicts itself is refused', () => {
    const names = { vacant: 'HELLO of a vacant board with pages', frozen: 'HELLO of a frozen board with a lease' } as const;
    const read = (name: keyof typeof names, change: object): boolean => {
      const hello = new HelloMessage();
      expect(hello.read(open(FRAMES[names[name]], DIRECTION_UP, 0).reader)).toBe(true);
      const builder = new FrameBuilder();
      Object.assign(Object.assign(new HelloMessage(), hello), change).write(builder);
      const reader = new ByteReader();
      reader.begin(builder.bytes, 0, builder.at);
      return new HelloMessage().read(reader);
    };
    const nobody = { agentId: new Uint8Array(16) };
    expect([read('vacant', {}), read('vacant', { ...nobody, flags: 0x64 }), read('frozen', {})]).toEqual([true, true, true]);
    for (const wrong of [
      { flags: 0x41 },
      { flags: 0x48 },
      { flags: 0x50 },
      { flags: 0xc0 },
      { ...nobody, flags: 0x66 },
      { epoch: 1 },
      { sequence: 1 },
      { acknowledgedSequence: 1 },
      { acknowledgedDigest: 1 },
      { sizeBytes: 0 },
      { windowFrames: 0 },
      { codecs: 2 },
      { leaseMs: 99 },
      { leaseMs: 86_400_001 },
    ])
      expect([wrong, read('vacant', wrong)]).toEqual([wrong, false]);
    expect(read('frozen', { epoch: EPOCH_MAX, sequence: SEQUENCE_MAX })).toBe(true);
    for (const wrong of [
      { flags: 0x84 },
      { flags: 0x82 },
      { flags: 0xc5 },
      nobody,
      { leaseMs: 1 },
      { epoch: EPOCH_MAX + 1 },
      { sequence: SEQUENCE_MAX + 1 },
    ])
      expect([wrong, read('frozen', wrong)]).toEqual([wrong, false]);
  });

  it('a WELCOME, ACTIVATE, THAW or RETIRE that contradicts itself is refused', () => {
    const reading = (fill: (builder: FrameBuilder) => void): ByteReader => {
      const builder = new FrameBuilder();
      fill(builder);
      const reader = new ByteReader();
      reader.begin(builder.bytes, 0, builder.at);
      return reader;
    };
    const guest = new WelcomeMessage();
    guest.read(open(FRAMES['WELCOME of a guest'], DIRECTION_DOWN, 0).reader);
    const welcome = (change: object) =>
      new WelcomeMessage().read(reading((builder) => Object.assign(Object.assign(new WelcomeMessage(), guest), change).write(builder)));
    expect([welcome({}), welcome({ action: 5 })]).toEqual([true, true]);
    for (const wrong of [{ action: 7 }, { flags: 1 }, { headSequence: 0 }, { agentId: new Uint8Array(16) }, { session: 0 }, { epoch: 0 }])
      expect([wrong, welcome(wrong)]).toEqual([wrong, false]);
    const grant = { epoch: 4, sequence: 200, digest: 5, usedSequence: 200 };
    const activate = (change: object) =>
      new ActivateMessage().read(reading((builder) => Object.assign(new ActivateMessage(), grant, change).write(builder)));
    expect(activate({})).toBe(true);
    for (const wrong of [{ epoch: 0 }, { sequence: 0 }, { usedSequence: 199 }]) expect([wrong, activate(wrong)]).toEqual([wrong, false]);
    expect(readOrderEpoch(reading((builder) => builder.varint(0)))).toBe(0);
    expect(readOrderEpoch(reading((builder) => builder.u32(0x01010101)))).toBe(0);
    expect(new FreezeMessage().readOrder(reading((builder) => builder.varint(1)))).toBe(false);
    expect(new FreezeMessage().readAnswer(reading((builder) => builder.u32(1)))).toBe(false);
  });

  it('an ENROL or ENROLLED that contradicts itself is refused', () => {
    const enrol = (...bytes: number[]): boolean => {
      const reader = new ByteReader();
      reader.begin(new Uint8Array([1, 2, 3, 4, ...bytes]), 0, 4 + bytes.length);
      return new EnrolFrame().read(reader);
    };
    const piece = (count: number): number[] => new Array<number>(count).fill(9);
    // Flags, total, offset, piece.
    expect([enrol(4, 3, 0, 7, 7, 7), enrol(2, 3, 0, 7), enrol(0, 100, 0, ...piece(64)), enrol(1)]).toEqual([true, true, true, true]);
    for (const wrong of [
      [],
      [0],
      [1, 0],
      [3],
      [5],
      [0, 3, 0, 7, 7, 7],
      [4, 3, 0, 7, 7],
      [4, 3, 1, 7, 7, 7],
      [8, 3, 0, 7],
      [0, 3, 0],
      [4, 0, 0],
      [0, 100, 0, ...piece(65)],
    ])
      expect(enrol(...wrong)).toBe(false);
    const good = new EnrolledMessage();
    good.read(open(FRAMES['ENROLLED more'], DIRECTION_UP, 0).reader);
    const answer = (change: object): boolean => {
      const message = Object.assign(new EnrolledMessage(), { ...good }, change);
      const builder = new FrameBuilder();
      message.write(builder);
      const reader = new ByteReader();
      reader.begin(builder.bytes, 0, builder.at);
      return new EnrolledMessage().read(reader);
    };
    const nobody = { flags: 0, boardId: new Uint8Array(16), agentId: new Uint8Array(16), link: 0, linkNameBytes: 0 };
    const vacant = { agentId: new Uint8Array(16) };
    expect([answer({}), answer(nobody), answer(vacant), answer({ code: 5, nextOffset: 0, fault: 8, field: 255 })]).toEqual(
      Array(4).fill(true),
    );
    for (const wrong of [
      { code: 0 },
      { code: 7 },
      { code: 3 },
      { flags: 3 },
      { flags: 0 },
      { ...nobody, link: 1 },
      { ...nobody, boardId: good.boardId },
      { ...nobody, linkNameBytes: 1 },
      { fault: 1 },
      { field: 1 },
      { code: 5, nextOffset: 0 },
      { code: 5, nextOffset: 0, fault: 9 },
      { boardId: new Uint8Array(16) },
      { link: 0 },
      { link: 3 },
      { linkNameBytes: 0 },
      { linkName: new Uint8Array(32).fill(0x20) },
      { stateBytes: 0 },
    ])
      expect(answer(wrong)).toBe(false);
  });

  it('I6: any fields at all, sealed again: read whole or refused, never a throw', () => {
    const names = Object.keys(FRAMES) as (keyof typeof FRAMES)[];
    const mutation = fc.record({
      name: fc.constantFrom(...names),
      edits: fc.array(fc.record({ at: fc.nat(80), value: fc.nat(255) }), { minLength: 1, maxLength: 4 }),
      cut: fc.nat(12),
      more: fc.uint8Array({ maxLength: 12 }),
    });
    fc.assert(
      fc.property(mutation, ({ name, edits, cut, more }) => {
        const original = bytesOf(FRAMES[name]);
        const body = original.slice(0, Math.max(1, original.length - 4 - cut));
        for (const { at, value } of edits) body[1 + (at % Math.max(1, body.length - 1))] = value;
        const bytes = new Uint8Array(FRAME_BYTES_MAX);
        bytes.set(body);
        bytes.set(more, body.length);
        const count = sealFrame(bytes, body.length + more.length, 0);
        const reader = new ByteReader();
        reader.begin(bytes, 1, count - 5);
        if (!readAny(kindOf(bytes[0]!), reader)) return;
        expect(reader.finished).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});

function readAny(kind: number, reader: ByteReader): boolean {
  switch (kind) {
    case KIND_HELLO:
      return new HelloMessage().read(reader);
    case KIND_WELCOME:
      return new WelcomeMessage().read(reader);
    case KIND_REFUSED:
      return new RefusedMessage().read(reader);
    case KIND_DELTA_ONLY:
    case KIND_DELTA_FIRST:
    case KIND_DELTA_MIDDLE:
    case KIND_DELTA_LAST:
      return new DeltaFrame().read(kind, reader);
    case KIND_DELTA_ACK:
      return new DeltaAckMessage().read(reader);
    case KIND_DELTA_ASK:
      return readDeltaAsk(reader) >= 0;
    case KIND_HASHES:
      return new HashesFrame().read(reader);
    case KIND_DIFFS:
      return new DiffsMessage().read(reader);
    case KIND_HEARTBEAT:
      return new HeartbeatFrame().read(reader);
    case KIND_SCHEMA:
      return new SchemaFrame().read(reader);
    case KIND_SCHEMA_REQUEST:
      return new SchemaFrame().readRequest(reader);
    case KIND_OUTPUT:
      return new MessageFrame().readOutput(reader);
    case KIND_INPUT:
      return new MessageFrame().readInput(reader);
    case KIND_ERROR:
      return new ErrorFrame().read(reader);
    case KIND_ACTIVATE:
      return new ActivateMessage().read(reader);
    case KIND_FREEZE:
      return new FreezeMessage().readOrder(reader);
    case KIND_FROZEN:
      return new FreezeMessage().readAnswer(reader);
    case KIND_THAW:
    case KIND_RETIRE:
      return readOrderEpoch(reader) > 0;
    case KIND_ENROL:
      return new EnrolFrame().read(reader);
    case KIND_ENROLLED:
      return new EnrolledMessage().read(reader);
    default:
      return reader.finished;
  }
}
