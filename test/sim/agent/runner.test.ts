import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counter } from '../../../examples/counter.js';
import { Random } from '../../../sim/random.js';
import { AGENT_CREATED, AGENT_FAILED, AGENT_RUNNING, defineAgent, MemorySlots } from '../../../src/agent/index.js';
import { array, ring, text, u32 } from '../../../src/state/index.js';
import { Bench } from './bench.js';

/** Writes down what it is told; knows two bad words. */
const listener = defineAgent({
  name: 'listener',
  state: { heard: ring(64, text(12)), ticks: u32, half: array(8, u32) },
  outputs: { said: 'committed', now: 'immediate' },
  initialise: (_state, turn) => turn.every('tick', 100),
  timers: {
    tick(state) {
      state.ticks += 1;
    },
  },
  message(state, message, turn) {
    const word = message.text();
    for (let index = 0; index < 8; index++) state.half.set(index, message.number);
    if (word === 'bad') throw new Error('a bad word');
    state.heard.push(word);
    if (word.startsWith('say')) turn.emit('said', word);
    if (word.startsWith('now')) turn.emit('now', word);
  },
});

function heard(bench: Bench<typeof listener.state.schema>): string[] {
  const words: string[] = [];
  for (let index = 0; index < bench.state.heard.length; index++) words.push(bench.state.heard.get(index));
  return words;
}

describe('a running agent', () => {
  it('initialises itself once, then every turn reaches the host', () => {
    const bench = new Bench(counter);
    bench.run(50);
    expect([bench.runner!.phase, bench.headSequence(), bench.state.count]).toEqual([AGENT_RUNNING, 1, 0]);
    bench.run(1000);
    bench.settle();
    expect([bench.isEqual, bench.state.count]).toEqual([true, 4]);
  });

  it('goes on on an empty board: its fields, its timers and its clock', () => {
    const bench = new Bench(counter);
    bench.run(1100);
    bench.settle();
    const count = bench.state.count;
    bench.powerCut();
    bench.run(5000);
    bench.powerOn();
    expect(bench.runner!.phase).toBe(AGENT_CREATED);
    bench.run(300);
    expect([bench.runner!.phase, bench.runner!.link.epoch, bench.state.count]).toEqual([AGENT_RUNNING, 2, count + 1]);
    bench.settle();
    expect(bench.isEqual).toBe(true);
  });

  it('consumes each message once, in order, over power cuts and host crashes', () => {
    const bench = new Bench(listener);
    bench.run(50);
    const words = Array.from({ length: 20 }, (_, index) => `word ${index}`);
    words.forEach((word, index) => {
      bench.send(word);
      if (index % 5 === 2) {
        bench.run(2);
        bench.powerCut();
        bench.powerOn();
      }
      if (index % 5 === 4) {
        bench.run(10);
        bench.crashHost();
        bench.run(30);
        bench.startHost();
      }
      bench.run(40);
    });
    bench.run(6000);
    bench.settle();
    expect(bench.isEqual).toBe(true);
    expect(heard(bench)).toEqual(words);
  });
});

describe('a turn that throws', () => {
  it('is never committed, is tried three times, then set aside and reported', () => {
    const bench = new Bench(listener);
    bench.run(50);
    for (const word of ['one', 'bad', 'two']) bench.send(word);
    let seenBad = false;
    for (let step = 0; step < 100; step++) {
      bench.run(20);
      const head = bench.headState();
      // The bad turn writes its number, 2, eight times before it throws.
      for (let at = 0; at + 32 <= head.length; at += 4) {
        let run = 0;
        while (run < 8 && head[at + run * 4] === 2 && head[at + run * 4 + 1] === 0) run++;
        if (run === 8) seenBad = true;
      }
    }
    bench.settle();
    expect([seenBad, bench.isEqual, heard(bench)]).toEqual([false, true, ['one', 'two']]);
    expect(bench.runner!.counters).toMatchObject({ turnsThrown: 3, reloads: 3, inputsSetAside: 1 });
    const reports = bench.events.filter(({ kind }) => kind === 'report').map(({ detail }) => JSON.parse(detail));
    expect(reports).toContainEqual({ code: 1, text: 'input 2: Error: a bad word' });
    expect(reports).toContainEqual({ code: 2, text: 'input 2 failed too often and is set aside' });
  });

  it('does not undo that another was set aside: any number of them in a row comes to an end', () => {
    const bench = new Bench(listener);
    bench.run(50);
    for (let count = 0; count < 12; count++) bench.send('bad');
    bench.send('good');
    bench.run(60_000);
    bench.settle();
    expect([bench.isEqual, heard(bench)]).toEqual([true, ['good']]);
    expect(bench.runner!.counters).toMatchObject({ turnsThrown: 36, inputsSetAside: 12 });
  });

  it('is set aside also where many other turns run before it comes again', () => {
    const definition = defineAgent({
      name: 'hasty',
      state: { ticks: u32, heard: ring(8, text(12)) },
      initialise: (_state, turn) => turn.every('tick', 5),
      timers: {
        tick(state) {
          state.ticks += 1;
        },
      },
      message(state, message) {
        if (message.text() === 'bad') throw new Error('a bad word');
        state.heard.push(message.text());
      },
    });
    const bench = new Bench(definition);
    bench.run(50);
    // A frame that is lost comes half a second later: a hundred turns.
    bench.loss = 0.2;
    for (const word of ['bad', 'bad', 'good']) bench.send(word);
    bench.run(60_000);
    bench.loss = 0;
    bench.settle();
    expect([bench.isEqual, bench.state.heard.length, bench.state.heard.get(0)]).toEqual([true, 1, 'good']);
    expect(bench.runner!.counters).toMatchObject({ turnsThrown: 6, inputsSetAside: 2 });
  });

  it('of a timer skips one time of it', () => {
    const definition = defineAgent({
      name: 'stumbler',
      state: { ticks: u32, half: u32 },
      initialise: (_state, turn) => turn.every('tick', 100),
      timers: {
        tick(state, turn) {
          state.half += 1;
          if (turn.nowMs === 300) throw new RangeError('at 300');
          state.ticks += 1;
        },
      },
    });
    const bench = new Bench(definition);
    bench.run(2000);
    bench.settle();
    expect(bench.isEqual).toBe(true);
    expect(bench.state.half).toBe(bench.state.ticks);
    const { turnsThrown, timersSetAside } = bench.runner!.counters;
    // The agent's clock goes on through a reload, so a later try comes at another time.
    expect([turnsThrown >= 1, timersSetAside <= 1, bench.state.ticks >= 15]).toEqual([true, true, true]);
  });

  it('three times over, a timer is set aside and the next time runs', () => {
    let failures = 3;
    const definition = defineAgent({
      name: 'thrice',
      state: { ticks: u32 },
      initialise: (_state, turn) => turn.every('tick', 100),
      timers: {
        tick(state) {
          if (state.ticks === 5 && failures-- > 0) throw null;
          state.ticks += 1;
        },
      },
    });
    const bench = new Bench(definition);
    bench.run(3000);
    bench.settle();
    expect(bench.runner!.counters).toMatchObject({ turnsThrown: 3, timersSetAside: 1 });
    expect([bench.isEqual, bench.state.ticks > 10]).toEqual([true, true]);
    const reports = bench.events.filter(({ kind }) => kind === 'report').map(({ detail }) => JSON.parse(detail));
    expect(reports).toContainEqual({ code: 3, text: 'timer tick failed too often and skips this time' });
  });

  it('in initialise, three times over, leaves no agent', () => {
    const definition = defineAgent({
      name: 'stillborn',
      state: { n: u32 },
      initialise(state) {
        state.n = 5;
        throw new Error('no sensor');
      },
    });
    const bench = new Bench(definition);
    bench.run(500);
    expect([bench.runner!.phase, bench.headSequence(), bench.runner!.counters.turnsThrown]).toEqual([AGENT_FAILED, 0, 3]);
    expect(bench.events).toContainEqual({ kind: 'report', detail: '{"code":4,"text":"initialise: Error: no sensor"}' });
  });
});

describe('outputs', () => {
  it('committed ones leave the host once it holds their commit, with the same id after a crash', () => {
    const bench = new Bench(listener);
    bench.run(50);
    for (const word of ['say a', 'now b', 'say c']) bench.send(word);
    bench.run(300);
    bench.settle();
    for (const output of bench.outputs.filter(({ committed }) => committed)) {
      expect(output.headThen).toBeGreaterThanOrEqual(Number(output.id.split('.')[0]));
    }
    const said = (outputs: typeof bench.outputs) =>
      outputs.filter(({ committed }) => committed).map(({ id, text: word }) => `${id} ${word}`);
    expect(said(bench.outputs).map((line) => line.split(' ').slice(1).join(' '))).toEqual(['say a', 'say c']);
    expect(bench.outputs.filter(({ committed }) => !committed).map(({ name, text: word }) => `${name} ${word}`)).toEqual(['now now b']);
    const ids = new Set(said(bench.outputs));
    bench.send('say d');
    bench.run(20);
    bench.crashHost();
    bench.startHost();
    bench.run(3000);
    bench.settle();
    const all = new Set(said(bench.outputs));
    expect([...all].filter((line) => line.endsWith('say d'))).toHaveLength(1);
    expect([...ids].every((line) => all.has(line))).toBe(true);
    expect(all.size).toBe(3);
  });
});

describe('while the host is away', () => {
  const make = (whenHostAway: 'wait' | 'run') =>
    defineAgent({
      name: 'away',
      state: { ticks: u32 },
      whenHostAway,
      initialise: (_state, turn) => turn.every('tick', 100),
      timers: {
        tick(state) {
          state.ticks += 1;
        },
      },
    });

  it('a board that kept its RAM goes on, and its work arrives later', () => {
    const bench = new Bench(make('wait'));
    bench.run(500);
    bench.crashHost();
    bench.run(30_000);
    expect(bench.state.ticks).toBeGreaterThan(300);
    bench.startHost();
    bench.settle();
    expect(bench.isEqual).toBe(true);
  });

  it("a board that lost its RAM waits, if the agent says 'wait'", () => {
    const slots = new MemorySlots(4096);
    const bench = new Bench(make('wait'), { checkpoint: slots });
    bench.run(500);
    bench.crashHost();
    bench.powerCut();
    bench.powerOn();
    bench.run(60_000);
    expect([bench.runner!.phase, bench.state.ticks]).toEqual([AGENT_CREATED, 0]);
    bench.startHost();
    bench.run(12_000);
    expect(bench.runner!.phase).toBe(AGENT_RUNNING);
  });

  it("it goes on from its checkpoint, if the agent says 'run'; the divergence is reported", () => {
    const slots = new MemorySlots(4096);
    const bench = new Bench(make('run'), { checkpoint: slots, checkpointEveryMs: 1000 });
    bench.run(2650);
    bench.settle();
    const headTicks = bench.state.ticks;
    bench.crashHost();
    bench.powerCut();
    bench.powerOn();
    bench.run(9000);
    expect(bench.runner!.phase).toBe(AGENT_CREATED);
    bench.run(2000);
    expect([bench.runner!.phase, bench.runner!.counters.startsAlone]).toEqual([AGENT_RUNNING, 1]);
    const aloneTicks = bench.state.ticks;
    expect(aloneTicks).toBeGreaterThan(headTicks - 15);
    bench.run(5000);
    bench.startHost();
    bench.run(12_000);
    bench.settle();
    expect([bench.isEqual, bench.state.ticks > aloneTicks + 50]).toEqual([true, true]);
    expect(bench.events.map(({ kind }) => kind)).toContain('divergence');
  });

  it('a turn that throws falls back to the checkpoint, and is set aside all the same', () => {
    const definition = defineAgent({
      name: 'alone',
      state: { ticks: u32, half: u32 },
      whenHostAway: 'run',
      initialise: (_state, turn) => turn.every('tick', 100),
      timers: {
        tick(state, turn) {
          state.half += 1;
          if (turn.nowMs >= 15_000 && turn.nowMs < 16_000) throw new Error('a bad second');
          state.ticks += 1;
        },
      },
    });
    const bench = new Bench(definition, { checkpoint: new MemorySlots(4096) });
    bench.run(1550);
    bench.settle();
    bench.crashHost();
    bench.run(28_000);
    const { timersSetAside, startsAlone, turnsThrown } = bench.runner!.counters;
    expect([bench.runner!.phase, timersSetAside > 0, startsAlone >= 3, turnsThrown <= 40]).toEqual([AGENT_RUNNING, true, true, true]);
    expect([bench.state.half === bench.state.ticks, bench.state.ticks > 100]).toEqual([true, true]);
    bench.startHost();
    bench.run(12_000);
    bench.settle();
    expect(bench.isEqual).toBe(true);
  });

  it('its checkpoint is of the newest epoch: the host takes it back again and again', () => {
    const bench = new Bench(make('run'), { checkpoint: new MemorySlots(4096) });
    bench.run(500);
    for (let round = 0; round < 3; round++) {
      const { epoch } = bench.runner!.link;
      bench.crashHost();
      bench.powerCut();
      bench.powerOn();
      bench.run(15_000);
      expect([bench.runner!.phase, bench.runner!.link.epoch]).toEqual([AGENT_RUNNING, epoch]);
      bench.startHost();
      bench.run(12_000);
      bench.settle();
      expect([bench.isEqual, bench.runner!.link.isFenced, bench.runner!.link.epoch > epoch]).toEqual([true, false, true]);
    }
  });

  it('with empty slots it waits', () => {
    const bench = new Bench(make('run'), { checkpoint: new MemorySlots(4096) });
    bench.crashHost();
    bench.run(30_000);
    expect(bench.runner!.phase).toBe(AGENT_CREATED);
  });
});

describe('whatever happens', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('send'), value: fc.nat(99) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('run'), value: fc.nat(250) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('power', 'host', 'wire', 'bad'), value: fc.nat(20) }) },
  );

  it('I1 I3: every good message acts once, in order, and the head ends equal to the board', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 30 }), fc.nat(), (steps, seed) => {
        const bench = new Bench(listener);
        bench.run(50);
        bench.weather = new Random(seed);
        bench.loss = 0.1;
        bench.repeats = 0.2;
        for (const { kind, value } of steps) {
          if (kind === 'send') {
            bench.send(`m${value}`);
            bench.run(5);
          } else if (kind === 'bad') bench.send('bad');
          else if (kind === 'power') {
            bench.powerCut();
            bench.run(value);
            bench.powerOn();
            bench.run(100);
          } else if (kind === 'host') {
            bench.run(10);
            bench.crashHost();
            bench.run(value);
            bench.startHost();
            bench.run(100);
          } else if (kind === 'wire') {
            bench.isCut = true;
            bench.run(value * 20);
            bench.isCut = false;
          } else bench.run(value);
        }
        bench.loss = 0;
        bench.run(15_000);
        bench.settle();
        const good = bench.accepted.filter((word) => word !== 'bad');
        const refused = bench.refused.filter((reason) => !reason.endsWith('try again'));
        expect([bench.isEqual, heard(bench), refused]).toEqual([true, good, []]);
      }),
      { numRuns: 40 },
    );
  });
});
