import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../bench/random.js';
import { MiniHost } from '../../../sim/xs/programs/mini-host.js';
import { BoardLink } from '../../../src/link/board-link.js';
import { type BoardListener, PHASE_LIVE, PHASE_REFUSED, REFUSED_OLD_STORE } from '../../../src/link/board-options.js';
import { HOLD_ASK_MS, HOLD_MS_MAX, HOLD_WAIT_MS } from '../../../src/link/receive-pause.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { HEARTBEAT_ANSWER, HEARTBEAT_HOLD, KIND_HEARTBEAT, KIND_HELLO } from '../../../src/wire/constants.js';
import { kindOf } from '../../../src/wire/frame.js';

const SIZE_BYTES = 2000;

/** A board and its host, with every frame in the test's hands. */
class Wire implements BoardListener {
  readonly memory = new PageMemory({ sizeBytes: SIZE_BYTES });
  readonly host = new MiniHost(SIZE_BYTES);
  readonly link: BoardLink;
  nowMs = 0;
  refusals: number[] = [];

  constructor(knownEpoch = 0, knownSession = 0) {
    this.link = new BoardLink(
      {
        memory: this.memory,
        boardId: new Uint8Array(16).fill(1),
        agentId: new Uint8Array(16).fill(2),
        agentName: Uint8Array.of(112),
        bootNonce: 9,
        fingerprint: new Uint8Array(8),
        knownEpoch,
        knownSession,
      },
      this,
    );
    this.link.connected(0);
  }

  /** The board's next frame, taken by the host unless it is lost; its kind, or 0. */
  up(isLost = false): number {
    const count = this.link.poll(this.nowMs);
    if (count === 0) return 0;
    const frame = this.link.frame.slice(0, count);
    if (!isLost) this.host.receive(this.nowMs, frame, 0, count);
    return kindOf(frame[0]!);
  }

  /** The host's next frame, taken by the board unless it is lost; a copy of it, or undefined. */
  down(isLost = false): Uint8Array | undefined {
    const count = this.host.poll(this.nowMs);
    if (count === 0) return undefined;
    const frame = this.host.frame.slice(0, count);
    if (!isLost) this.link.receive(this.nowMs, frame, 0, count);
    return frame;
  }

  settle(): void {
    for (let rounds = 0; rounds < 200; rounds++) if (this.up() === 0 && this.down() === undefined) return;
    throw new Error('they talk without an end');
  }

  write(value: number): void {
    this.memory.setU32((value * 4) % SIZE_BYTES, value);
    this.link.commit();
  }

  get isEqual(): boolean {
    for (let at = 0; at < SIZE_BYTES; at++) if (this.memory.getU8(at) !== this.host.head.getU8(at)) return false;
    return this.link.isSettled;
  }

  onFresh(): void {
    this.write(1);
  }
  onRefilled(): void {}
  onContinued(): void {}
  onAcknowledged(): void {}
  onInput(): boolean {
    return false;
  }
  onRefused(reason: number): void {
    this.refusals.push(reason);
    this.link.report(6, Uint8Array.of(111, 108, 100), 0, 3);
  }
  onError(): void {}
}

const flagsOf = (frame: Uint8Array) => (kindOf(frame[0]!) === KIND_HEARTBEAT ? frame[1]! : -1);

function live(): Wire {
  const wire = new Wire();
  wire.settle();
  expect([wire.link.phase, wire.isEqual]).toEqual([PHASE_LIVE, true]);
  return wire;
}

describe('credit withdrawn before a stall', () => {
  it('the answer is the last frame of the host, and the board says nothing else meanwhile', () => {
    const wire = live();
    wire.write(7);
    wire.up();
    // The acknowledgement of that delta waits at the host when it is asked to hold.
    wire.link.pauseReceiving(wire.nowMs);
    wire.write(8);
    expect(wire.link.isReceivingPaused(wire.nowMs)).toBe(false);
    expect(wire.up()).toBe(KIND_HEARTBEAT);
    expect(wire.up()).toBe(0);
    expect(flagsOf(wire.down()!)).toBe(HEARTBEAT_HOLD);
    expect(wire.link.isReceivingPaused(wire.nowMs)).toBe(true);
    expect([wire.down(), wire.up()]).toEqual([undefined, 0]);
    wire.link.resumeReceiving();
    expect(wire.up()).toBe(KIND_HEARTBEAT);
    wire.settle();
    wire.nowMs += 100;
    wire.settle();
    expect(wire.isEqual).toBe(true);
  });

  it('any other frame of the board ends it; by itself it ends after two seconds', () => {
    for (const ends of [true, false]) {
      const wire = live();
      wire.write(7);
      wire.up();
      wire.link.pauseReceiving(wire.nowMs);
      wire.up();
      wire.down();
      expect(wire.down()).toBe(undefined);
      wire.link.resumeReceiving();
      // The heartbeat that would end it is lost.
      wire.up(true);
      expect(wire.down()).toBe(undefined);
      if (ends) {
        wire.write(9);
        wire.nowMs += 1100;
        while (wire.up() !== 0);
      } else {
        wire.nowMs += HOLD_MS_MAX;
      }
      expect(wire.down()).toBeDefined();
    }
  });

  it('a host that does not answer is asked again, and waited for no longer than a second', () => {
    const wire = live();
    wire.link.pauseReceiving(wire.nowMs);
    let asks = 0;
    const endMs = wire.nowMs + HOLD_WAIT_MS;
    while (wire.nowMs < endMs) {
      expect(wire.link.isReceivingPaused(wire.nowMs)).toBe(false);
      if (wire.up(true) !== 0) asks++;
      wire.nowMs = Math.max(wire.nowMs + 1, wire.link.dueMs(wire.nowMs));
    }
    expect([wire.nowMs, asks, wire.link.isReceivingPaused(wire.nowMs)]).toEqual([endMs, HOLD_WAIT_MS / HOLD_ASK_MS, true]);
  });

  it('without a session there is nobody to ask', () => {
    const wire = new Wire();
    wire.link.pauseReceiving(0);
    expect(wire.link.isReceivingPaused(0)).toBe(true);
    expect(wire.up()).toBe(KIND_HELLO);
    const other = live();
    other.link.pauseReceiving(other.nowMs);
    other.link.disconnected(other.nowMs);
    expect(other.link.isReceivingPaused(other.nowMs)).toBe(true);
    other.link.connected(other.nowMs);
    other.settle();
    expect(other.link.phase).toBe(PHASE_LIVE);
  });

  it('a host that is asked for a sign of life by hand answers as before', () => {
    const wire = live();
    wire.nowMs += 1000;
    expect(wire.up()).toBe(KIND_HEARTBEAT);
    expect(flagsOf(wire.down()!) & (HEARTBEAT_ANSWER | HEARTBEAT_HOLD)).toBe(0);
  });

  it('I3: pauses at any time on a lossy line cost nothing but time', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        const wire = new Wire();
        let isPaused = false;
        for (let step = 0; step < 400; step++) {
          wire.nowMs += 1 + random.below(40);
          if (random.chance(0.3) && wire.link.hasState) wire.write(random.below(500));
          if (!isPaused && random.chance(0.05)) {
            wire.link.pauseReceiving(wire.nowMs);
            isPaused = true;
          } else if (isPaused && wire.link.isReceivingPaused(wire.nowMs)) {
            wire.link.resumeReceiving();
            isPaused = false;
          }
          while (wire.up(random.chance(0.2)) !== 0);
          while (wire.down(random.chance(0.2)) !== undefined);
        }
        wire.link.resumeReceiving();
        for (let step = 0; step < 400 && !wire.isEqual; step++) {
          wire.nowMs += 50;
          wire.settle();
        }
        expect(wire.isEqual).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a host whose store is older than what the board knows', () => {
  it.each([
    [3, 0],
    [1, 1],
  ])('is refused in the session that it granted, and never asked again: epoch %i, session %i', (epoch, session) => {
    const wire = new Wire(epoch, session);
    expect(wire.up()).toBe(KIND_HELLO);
    wire.down();
    expect([wire.link.phase, wire.link.isFenced, wire.refusals, wire.link.counters.oldStores]).toEqual([
      PHASE_REFUSED,
      true,
      [REFUSED_OLD_STORE],
      1,
    ]);
    let reports = 0;
    wire.host.onReport = () => void reports++;
    expect(wire.link.dueMs(wire.nowMs)).toBe(wire.nowMs);
    wire.up();
    expect([reports, wire.link.dueMs(wire.nowMs)]).toEqual([1, Number.POSITIVE_INFINITY]);
    wire.nowMs += 100_000;
    expect(wire.up()).toBe(0);
    expect(wire.memory.dirtyPageCount).toBe(0);
  });

  it('what was to be told it is forgotten with its session: the board waits for an answer to its next hello, and does not spin', () => {
    const wire = new Wire(3, 0);
    wire.up();
    wire.down();
    wire.link.requestReload();
    expect(wire.up()).toBe(KIND_HELLO);
    expect(wire.link.dueMs(wire.nowMs)).toBeGreaterThan(wire.nowMs);
  });

  it('a newer epoch, or a newer session of the same one, is not', () => {
    for (const wire of [new Wire(1, 0), new Wire(0, 5)]) {
      wire.settle();
      expect([wire.link.phase, wire.isEqual]).toEqual([PHASE_LIVE, true]);
    }
  });
});

describe('line settings', () => {
  it('follow the link that is connected', () => {
    const wire = live();
    wire.link.connected(wire.nowMs, { fifoBytes: 8192, lineNsPerByte: 1000 });
    wire.settle();
    expect([wire.link.phase, wire.link.counters.sessions, wire.link.counters.resyncs]).toEqual([PHASE_LIVE, 2, 0]);
    expect(() => wire.link.connected(wire.nowMs, { fifoBytes: 3 })).toThrow(RangeError);
    expect(() => wire.link.connected(wire.nowMs, { fifoBytes: 128, lineNsPerByte: 0 })).toThrow(RangeError);
  });
});
