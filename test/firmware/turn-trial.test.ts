import { describe, expect, it } from 'vitest';
import type { KeyValue } from '../../firmware/platform.js';
import { StoredTrial, TRIAL_KEY, WATCHED_TURNS } from '../../firmware/turn-trial.js';
import { AGENT_RUNNING, defineAgent } from '../../src/agent/index.js';
import type { TurnTrial } from '../../src/agent/turn-trial.js';
import { ring, text, u32 } from '../../src/state/index.js';
import { Bench } from '../sim/agent/bench.js';

/** Storage of a board, which outlives its program. */
class Storage implements KeyValue {
  writes = 0;
  isFull = false;
  readonly #values = new Map<string, Uint8Array>();

  read(key: string): ArrayBuffer | undefined {
    return this.#values.get(key)?.slice().buffer as ArrayBuffer | undefined;
  }

  write(key: string, value: Uint8Array): void {
    if (this.isFull) throw new Error('no space');
    this.writes++;
    this.#values.set(key, value.slice());
  }

  delete(key: string): void {
    this.#values.delete(key);
  }
}

/** The end of a program: nothing in it catches this. */
class Death extends Error {}

const listener = defineAgent({
  name: 'listener',
  state: { heard: ring(64, text(12)), ticks: u32 },
  initialise: (_state, turn) => turn.every('tick', 100),
  timers: {
    tick(state) {
      state.ticks += 1;
    },
  },
  message(state, message) {
    state.heard.push(message.text());
  },
});

/** Some turns end the program of this board: the machine dies where the turn would have run, with the record of it in storage. */
class Mortal {
  readonly storage = new Storage();
  readonly bench: Bench<typeof listener.state.schema>;
  deaths = 0;
  readonly #deadly: (kind: number, id: number) => boolean;
  readonly #options: { trial: TurnTrial };

  constructor(deadly: (kind: number, id: number) => boolean) {
    this.#deadly = deadly;
    this.#options = { trial: this.#newTrial(false) };
    this.bench = new Bench(listener, this.#options);
    this.bench.run(50);
  }

  run(forMs: number): void {
    const endMs = this.bench.nowMs + forMs;
    while (this.bench.nowMs < endMs) {
      try {
        this.bench.run(endMs - this.bench.nowMs);
      } catch (error) {
        if (!(error instanceof Death)) throw error;
        this.deaths++;
        this.bench.powerCut();
        this.#options.trial = this.#newTrial(true);
        this.bench.powerOn();
      }
    }
  }

  #newTrial(isArmed: boolean): TurnTrial {
    const stored = new StoredTrial(this.storage, isArmed);
    return {
      suspectKind: stored.suspectKind,
      suspectId: stored.suspectId,
      deaths: stored.deaths,
      begins: (kind, id) => {
        stored.begins(kind, id);
        if (this.#deadly(kind, id)) throw new Death();
      },
      ended: () => stored.ended(),
    };
  }
}

const KIND_TIMER = 1;
const KIND_MESSAGE = 2;

function heard(bench: Bench<typeof listener.state.schema>): string[] {
  return Array.from({ length: bench.state.heard.length }, (_, index) => bench.state.heard.get(index));
}

describe('a turn in which the program dies', () => {
  it('comes again after the refill, and is set aside after three deaths that were watched', () => {
    const board = new Mortal((kind, id) => kind === KIND_MESSAGE && id === 2);
    for (const word of ['one', 'two', 'three']) board.bench.send(word);
    board.run(30_000);
    board.bench.settle();
    // The first one is not watched: nobody knew that it would be deadly.
    expect([board.deaths, board.bench.isEqual, heard(board.bench)]).toEqual([4, true, ['one', 'three']]);
    const reports = board.bench.events.filter(({ kind }) => kind === 'report').map(({ detail }) => JSON.parse(detail));
    expect(reports).toContainEqual({ code: 2, text: 'input 2 failed too often and is set aside' });
  });

  it('does not undo that another was set aside: several of them in a row come to an end', () => {
    const board = new Mortal((kind, id) => kind === KIND_MESSAGE && id >= 2 && id <= 5);
    for (let count = 1; count <= 6; count++) board.bench.send(`word ${count}`);
    board.run(120_000);
    board.bench.settle();
    expect([board.bench.isEqual, heard(board.bench)]).toEqual([true, ['word 1', 'word 6']]);
    expect(board.deaths).toBe(4 + 3 + 3 + 3);
  });

  it('of a timer: that time of it is skipped, and the next one runs', () => {
    let deadlyId = 0;
    const board = new Mortal((kind, id) => {
      if (kind !== KIND_TIMER) return false;
      if (deadlyId === 0 && board.bench.state.ticks === 5) deadlyId = id;
      return id === deadlyId;
    });
    board.run(20_000);
    board.bench.settle();
    expect([board.deaths, board.bench.isEqual, board.bench.runner!.phase]).toEqual([4, true, AGENT_RUNNING]);
    expect(board.bench.state.ticks).toBeGreaterThan(50);
  });

  it('writes to flash for a few turns after a death only', () => {
    const storage = new Storage();
    const calm = new StoredTrial(storage, false);
    calm.begins(KIND_MESSAGE, 7);
    calm.ended();
    expect(storage.writes).toBe(0);
    const armed = new StoredTrial(storage, true);
    for (let turn = 0; turn < 1000; turn++) {
      armed.begins(KIND_TIMER, turn);
      armed.ended();
    }
    expect(storage.writes).toBe(2 * WATCHED_TURNS);
    expect(new StoredTrial(storage, true).deaths).toBe(0);
  });

  it('a storage that is full or holds something else stops nothing', () => {
    const storage = new Storage();
    storage.isFull = true;
    const trial = new StoredTrial(storage, true);
    trial.begins(KIND_MESSAGE, 1);
    trial.ended();
    storage.isFull = false;
    storage.write(TRIAL_KEY, new Uint8Array(3).fill(255));
    expect(new StoredTrial(storage, true).deaths).toBe(0);
  });

  it('is blamed by its kind and id: another one begins anew', () => {
    const storage = new Storage();
    for (const id of [7, 7, 9]) new StoredTrial(storage, true).begins(KIND_MESSAGE, id);
    const trial = new StoredTrial(storage, true);
    expect([trial.suspectKind, trial.suspectId, trial.deaths]).toEqual([KIND_MESSAGE, 9, 1]);
  });
});
