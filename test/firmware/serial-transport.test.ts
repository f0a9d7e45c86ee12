import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SerialIo, SerialOptions } from '../../firmware/platform.js';
import { READS_PER_TURN_MAX, REOPEN_MAX_MS, REOPEN_MIN_MS, SerialTransport } from '../../firmware/serial-transport.js';
import type { TransportUser } from '../../firmware/transport.js';
import { FRAME_BYTES_MAX, FRAME_BYTES_MIN, SERIAL_BYTES_MAX } from '../../src/wire/constants.js';
import { serialEncode } from '../../src/wire/serial-framer.js';

const FIFO_BYTES = 128;

/** A port that the test works by hand. */
class HandPort implements SerialIo {
  static ports: HandPort[] = [];
  static isBusy = false;
  readonly target: unknown;
  readonly sent: number[] = [];
  readonly #options: SerialOptions;
  #incoming: number[] = [];
  roomBytes = FIFO_BYTES;
  isRefusing = false;
  isClosed = false;

  constructor(options: SerialOptions) {
    if (HandPort.isBusy) throw new Error('in use');
    this.target = options.target;
    this.#options = options;
    HandPort.ports.push(this);
  }

  read(buffer: Uint8Array): number | undefined {
    if (this.#incoming.length === 0) return undefined;
    const bytes = this.#incoming.splice(0, buffer.length);
    buffer.set(bytes);
    return bytes.length;
  }

  write(bytes: Uint8Array): void {
    if (this.isRefusing || bytes.length > this.roomBytes) throw new Error('output full');
    this.sent.push(...bytes);
    this.roomBytes -= bytes.length;
  }

  close(): void {
    this.isClosed = true;
  }

  /** @param count what onReadable says, true or not */
  arrive(bytes: ArrayLike<number>, count = bytes.length): void {
    this.#incoming.push(...Array.from(bytes));
    if (count >= 0) this.#options.onReadable.call(this, count);
  }

  /** Bytes leave; @param said what onWritable says */
  leave(bytes: number, said?: number): void {
    this.roomBytes = Math.min(FIFO_BYTES, this.roomBytes + bytes);
    this.#options.onWritable.call(this, said ?? this.roomBytes);
  }
}

class User implements TransportUser {
  readonly frames: Uint8Array[] = [];
  opens = 0;
  closes = 0;
  drains = 0;
  opened(): void {
    this.opens++;
  }
  closed(): void {
    this.closes++;
  }
  frame(bytes: Uint8Array, at: number, count: number): void {
    this.frames.push(bytes.slice(at, at + count));
  }
  drained(): void {
    this.drains++;
  }
}

function open(): { transport: SerialTransport; port: HandPort; user: User } {
  const user = new User();
  const transport = new SerialTransport({ io: HandPort }, 115_200);
  transport.user = user;
  transport.open(0);
  expect(user.opens).toBe(0);
  transport.tick(0);
  return { transport, port: HandPort.ports.at(-1)!, user };
}

function stuffed(frame: Uint8Array): Uint8Array {
  const out = new Uint8Array(SERIAL_BYTES_MAX);
  return out.slice(0, serialEncode(frame, 0, frame.length, out, 0));
}

const frames = fc.array(fc.uint8Array({ minLength: FRAME_BYTES_MIN, maxLength: FRAME_BYTES_MAX }), { minLength: 1, maxLength: 8 });

describe('serial transport', () => {
  it('what leaves is every frame, whole and in order, however the FIFO drains and whatever onWritable says', () => {
    fc.assert(
      fc.property(
        frames,
        fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 160 }), lie: fc.integer({ min: -20, max: 20 }), refuse: fc.boolean() })),
        (sent, drains) => {
          const { transport, port } = open();
          let step = 0;
          let nowMs = 0;
          for (const frame of sent) {
            for (let tries = 0; !transport.ready(); tries++) {
              const drain = drains[step++ % Math.max(1, drains.length)] ?? { bytes: 128, lie: 0, refuse: false };
              // Refusals come to an end, as full FIFOs do.
              port.isRefusing = drain.refuse && tries < 5;
              port.leave(drain.bytes, tries < 5 ? Math.max(0, Math.min(FIFO_BYTES, port.roomBytes + drain.bytes) + drain.lie) : undefined);
              nowMs += 50;
              port.isRefusing = false;
              transport.tick(nowMs);
              expect(tries).toBeLessThan(1000);
            }
            transport.send(frame, 0, frame.length);
          }
          while (!transport.ready()) port.leave(FIFO_BYTES);
          expect(port.sent).toEqual(sent.flatMap((frame) => [...stuffed(frame)]));
        },
      ),
    );
  });

  it('never writes more than there was said to be room for, and so no write is refused where that is true', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: FIFO_BYTES }), { minLength: 1 }), (sent, rooms) => {
        const { transport, port } = open();
        let told = 0;
        for (const frame of sent) {
          while (!transport.ready()) {
            const before = port.sent.length;
            const room = rooms[told++ % rooms.length]!;
            port.leave(FIFO_BYTES, room);
            expect(port.sent.length - before).toBeLessThanOrEqual(room);
          }
          transport.send(frame, 0, frame.length);
        }
        expect(transport.counters.writesRefused).toBe(0);
      }),
    );
  });

  it('what comes in is every frame, in whatever pieces, whether onReadable counts right, wrong or not at all', () => {
    fc.assert(
      fc.property(
        frames,
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }),
        fc.integer({ min: -1, max: 400 }),
        (sent, sizes, said) => {
          const { transport, port, user } = open();
          const bytes = sent.flatMap((frame) => [...stuffed(frame)]);
          for (let at = 0, piece = 0; at < bytes.length; piece++) {
            const size = sizes[piece % sizes.length]!;
            port.arrive(bytes.slice(at, at + size), said);
            at += size;
          }
          port.arrive([], 0);
          while (transport.dueMs(0) === 0) transport.tick(0);
          expect(user.frames.map((frame) => [...frame])).toEqual(sent.map((frame) => [...frame]));
        },
      ),
    );
  });

  it('I5: a line that never falls silent leaves the board its other work', () => {
    const { transport, port, user } = open();
    const bytes = Array.from({ length: 40 }, () => [...stuffed(new Uint8Array(100).fill(7))]).flat();
    port.arrive(bytes, 1);
    expect(user.frames.length).toBeLessThanOrEqual(Math.ceil((READS_PER_TURN_MAX * FIFO_BYTES) / 100));
    expect(transport.dueMs(5)).toBe(5);
  });

  it('a write that throws leaves no onWritable to wait for: one byte asks for it', () => {
    const { transport, port } = open();
    port.leave(0, 128);
    port.isRefusing = true;
    const frame = new Uint8Array(50).fill(3);
    transport.send(frame, 0, frame.length);
    expect([port.sent.length, transport.ready()]).toEqual([0, false]);
    port.isRefusing = false;
    transport.tick(0);
    const dueMs = transport.dueMs(0);
    expect(dueMs).toBeLessThan(100);
    transport.tick(dueMs);
    expect(port.sent.length).toBe(1);
    port.leave(1);
    expect([port.sent, transport.ready()]).toEqual([[...stuffed(frame)], true]);
  });

  it('a port that is in use is tried again, ever more rarely', () => {
    HandPort.isBusy = true;
    const user = new User();
    const transport = new SerialTransport({ io: HandPort }, 9600);
    transport.user = user;
    transport.open(0);
    const waits: number[] = [];
    let nowMs = 0;
    for (let tries = 0; tries < 10; tries++) {
      transport.tick(nowMs);
      waits.push(transport.dueMs(nowMs) - nowMs);
      nowMs = transport.dueMs(nowMs);
    }
    expect([waits[0], waits[1], waits.at(-1)]).toEqual([REOPEN_MIN_MS, 2 * REOPEN_MIN_MS, REOPEN_MAX_MS]);
    HandPort.isBusy = false;
    transport.tick(nowMs);
    expect([transport.isOpen, user.opens, transport.counters.openFailures]).toEqual([true, 1, 10]);
    transport.close();
    expect([transport.isOpen, user.closes, HandPort.ports.at(-1)!.isClosed, transport.ready()]).toEqual([false, 1, true, false]);
  });

  it('a FIFO that overflows, or noise, costs the frames that it tears, and no others', () => {
    const { port, user } = open();
    const good = stuffed(new Uint8Array(60).fill(9));
    port.arrive([...good, ...good.slice(0, 30), ...good.slice(45), 0, 1, 2, 3, 0, ...good]);
    expect(user.frames.filter((frame) => frame.length === 60 && frame.every((byte) => byte === 9)).length).toBe(2);
  });
});
