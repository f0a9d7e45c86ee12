import { describe, expect, it } from 'vitest';
import { admit } from '../../../host/sessions/hello-decision.js';
import { VirtualClock } from '../../../sim/clock.js';
import { Random } from '../../../sim/random.js';
import type { BoardLinkOptions } from '../../../src/link/board-options.js';
import { epochOfLine, lineStart, SEQUENCE_STRIDE } from '../../../src/link/epoch-line.js';
import { encodeUtf8 } from '../../../src/state/utf8.js';
import { HelloMessage } from '../../../src/wire/hello.js';
import { runFor, runUntil, TestBoard, TestHost, Wire } from './harness.js';

const SIZE_BYTES = 1024;
const TURNS = 3;
/** Makes a sync longer than any life. */
const NEVER = 1e9;

/** A board and a host that are lost again and again; in each life the board says something at once. */
class Lives {
  readonly clock = new VirtualClock();
  readonly host = new TestHost(this.clock);
  readonly wire = new Wire(this.host);
  /** What was released under each id. */
  readonly released = new Map<string, string>();
  /** Ids under which more than one output was released. */
  readonly repeated: string[] = [];
  #lives = 0;

  /** Runs a board until the host has heard it. `isDurable`: and holds all of it; else nothing of it. */
  live(isDurable: boolean, options: Partial<BoardLinkOptions> = {}, begin: (board: TestBoard) => void = () => {}): TestBoard {
    const { clock, host, wire } = this;
    const life = ++this.#lives;
    const board = new TestBoard(SIZE_BYTES, life, options);
    begin(board);
    wire.plug(board);
    runUntil(clock, () => board.link.session !== 0 && board.link.hasState);
    if (!isDurable) host.disk.slowness = NEVER;
    const before = host.outputs.length;
    for (let turn = 0; turn < TURNS; turn++) this.turn(board, `life ${life}, turn ${turn}`);
    runUntil(clock, () => host.outputs.length === before + TURNS);
    if (isDurable) runUntil(clock, () => host.durable()!.record.sequence === board.link.sequence);
    for (const { sequence, index, bytes } of host.outputs.slice(before)) this.#note(`${sequence}.${index}`, Buffer.from(bytes).toString());
    return board;
  }

  /** The board loses its RAM. */
  cutPower(): void {
    this.wire.unplug();
    runFor(this.clock, 10);
  }

  /** The host loses its own, and what it has not synced. */
  killHost(): void {
    const { host } = this;
    host.crash();
    host.disk.slowness = 1;
    host.restart();
  }

  turn(board: TestBoard, text: string): void {
    const bytes = new Uint8Array(64);
    const count = encodeUtf8(text, bytes, 0, bytes.length);
    expect(board.link.sendOutput(bytes, 0, count)).toBe(true);
    board.turn((memory) => memory.setU32(0, memory.getU32(0) + 1));
    runFor(this.clock, 20);
  }

  #note(id: string, text: string): void {
    const before = this.released.get(id);
    if (before !== undefined && before !== text) this.repeated.push(`${id}: "${before}", then "${text}"`);
    this.released.set(id, text);
  }
}

describe('the line of an epoch', () => {
  it('a record of before, whose head is ahead of its epoch: the next line is granted an epoch that is ahead of the head', () => {
    const hello = new HelloMessage();
    const head = { epoch: 3, headEpoch: 3, sequence: 9 * SEQUENCE_STRIDE + 5, digest: 0 };
    const { epoch } = admit(hello, head);
    expect(lineStart(epoch)).toBeGreaterThan(head.sequence);
    expect(admit(hello, { ...head, epoch }).epoch).toBe(epoch + 1);
    expect(admit(hello, { epoch: 0, headEpoch: 0, sequence: 0, digest: 0 }).epoch).toBe(1);
  });

  it('an agent whose numbers ran ahead of its epochs while it went on alone uses none twice', () => {
    const lives = new Lives();
    const { link } = lives.live(true);
    const aheadOf = 7 * SEQUENCE_STRIDE;
    // Went on alone, again and again, before it was heard.
    lives.cutPower();
    lives.live(true, {}, (board) => board.link.startAlone(link.epoch, aheadOf, link.acknowledgedSequence, link.acknowledgedDigest));
    const { record } = lives.host.durable()!;
    expect(record.sequence).toBeGreaterThan(aheadOf);
    expect(record.epoch).toBe(epochOfLine(record.sequence));
    for (let life = 0; life < 10; life++) {
      lives.cutPower();
      lives.killHost();
      lives.live(false);
    }
    expect(lives.repeated).toEqual([]);
  });

  it('no output has an id that was used by a board and heard by a host that are both lost', () => {
    const lives = new Lives();
    for (const isDurable of [false, false, false, true, false, false, true, true, false, false]) {
      lives.live(isDurable);
      lives.cutPower();
      lives.killHost();
    }
    expect(lives.repeated).toEqual([]);
    expect(lives.released.size).toBe(10 * TURNS);
  });

  it('nor one of a board that went on from its checkpoint, a session of which nobody remembers', () => {
    const lives = new Lives();
    const { link, memory } = lives.live(true);
    const { epoch, sequence, acknowledgedSequence, acknowledgedDigest } = link;
    const state = memory.bytes.slice(0, SIZE_BYTES);
    for (const isDurable of [false, false, true, false]) {
      const { link } = lives.wire.board as TestBoard;
      lives.cutPower();
      lives.killHost();
      lives.live(isDurable, { knownEpoch: link.epoch }, (board) => {
        board.memory.load(0, state, 0, SIZE_BYTES);
        board.link.startAlone(epoch, sequence, acknowledgedSequence, acknowledgedDigest);
      });
    }
    expect(lives.repeated).toEqual([]);
  });

  it('what a board put out alone, in numbers of an epoch that another one was given meanwhile, never leaves it', () => {
    const lives = new Lives();
    const { link, memory } = lives.live(true);
    lives.cutPower();
    lives.live(true);
    lives.cutPower();
    const alone = lives.live(true, { knownEpoch: link.epoch }, (board) => {
      board.memory.load(0, memory.bytes, 0, SIZE_BYTES);
      board.link.startAlone(link.epoch, link.sequence, link.acknowledgedSequence, link.acknowledgedDigest);
      for (let turn = 0; turn < TURNS; turn++) lives.turn(board, `alone, turn ${turn}`);
    });
    expect([alone.link.epoch, alone.link.counters.outputsRefused]).toEqual([3, TURNS]);
    expect(lives.repeated).toEqual([]);
    expect([...lives.released.values()].filter((text) => text.startsWith('alone'))).toEqual([]);
  });

  it('no output has the id of another, in lives that end in any way: what is lost, and what the flash of the board keeps, is drawn', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = new Random(seed);
      const lives = new Lives();
      let board = lives.live(random.chance(0.5));
      let checkpoint: { readonly point: Parameters<TestBoard['link']['startAlone']>; readonly state: Uint8Array } | undefined;
      for (let life = 0; life < 12; life++) {
        if (random.chance(0.3)) {
          const { epoch, sequence, acknowledgedSequence, acknowledgedDigest } = board.link;
          checkpoint = { point: [epoch, sequence, acknowledgedSequence, acknowledgedDigest], state: board.state() };
        }
        const isHostKilled = random.chance(0.7) || lives.host.disk.slowness !== 1;
        lives.cutPower();
        if (isHostKilled) lives.killHost();
        const kept = random.chance(0.4) ? checkpoint : undefined;
        board = lives.live(random.chance(0.4), { knownEpoch: board.link.epoch }, (alone) => {
          if (kept === undefined) return;
          alone.memory.load(0, kept.state, 0, SIZE_BYTES);
          alone.link.startAlone(...kept.point);
        });
      }
      expect(lives.repeated, `seed ${seed}`).toEqual([]);
    }
  });
});
