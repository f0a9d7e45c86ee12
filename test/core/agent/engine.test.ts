import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgentEngine } from '../../../src/agent/engine.js';
import { type AgentDefinition, defineAgent, describeAgent, RuntimeReader, readRecord } from '../../../src/agent/index.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { type Schema, text, u32 } from '../../../src/state/index.js';

/** An engine on a memory, with the port in the test's hands. */
function start<S extends Schema>(definition: AgentDefinition<S>) {
  const memory = new PageMemory({ sizeBytes: definition.sizeBytes });
  const port = {
    sequence: 0,
    acknowledged: 0,
    sent: [] as string[],
    hasRoom: true,
    nextSequence: () => port.sequence + 1,
    acknowledgedSequence: () => port.acknowledged,
    sendOutput(bytes: Uint8Array, at: number, count: number) {
      const { name, data } = readRecord(bytes.slice(at, at + count), count);
      if (port.hasRoom) port.sent.push(`${name}:${String.fromCharCode(...data)}`);
      return port.hasRoom;
    },
  };
  const engine = new AgentEngine(definition, memory, port);
  return { memory, port, engine, bytes: () => memory.bytes.slice(0, definition.sizeBytes) };
}

const ignore = () => {};

describe('timers', () => {
  const order: string[] = [];
  const definition = defineAgent({
    name: 'timers',
    state: { n: u32 },
    initialise(_state, turn) {
      turn.every('fast', 10);
      turn.every('slow', 25, 5);
      turn.after('once', 40);
    },
    timers: {
      fast: (_state, turn) => void order.push(`fast ${turn.nowMs}`),
      slow: (_state, turn) => void order.push(`slow ${turn.nowMs}`),
      once(_state, turn) {
        order.push(`once ${turn.nowMs}`);
        turn.cancel('fast');
      },
    },
  });

  it('run in the order of their times, on the agent’s own clock, and live in the state', () => {
    let { engine, memory, bytes } = start(definition);
    engine.initialise(1000);
    let nowMs = 1000;
    for (let turns = 0; turns < 7; turns++) {
      nowMs = engine.dueMs();
      engine.runTimer(nowMs, engine.dueTimer(nowMs));
    }
    expect(order.splice(0)).toEqual(['slow 5', 'fast 10', 'fast 20', 'fast 30', 'slow 30', 'fast 40', 'once 40']);
    expect(nowMs).toBe(1040);
    const state = bytes();
    ({ engine, memory } = start(definition));
    memory.load(0, state, 0, state.length);
    expect(engine.adopt(7)).toBe(true);
    expect(engine.dueMs()).toBe(7 + 15);
    expect(engine.dueTimer(21)).toBe(-1);
    engine.runTimer(22, engine.dueTimer(22));
    expect(order.splice(0)).toEqual(['slow 55']);
  });

  it('skip what was missed and stay on their grid', () => {
    const { engine } = start(definition);
    engine.initialise(0);
    engine.runTimer(1234, engine.dueTimer(1234));
    expect(engine.block.dueMs(1)).toBe(1255);
    engine.runTimer(1234, engine.dueTimer(1234));
    expect(engine.block.dueMs(0)).toBe(1240);
    order.length = 0;
  });

  it('I8: the same calls make the same state', () => {
    const run = () => {
      const { engine, bytes } = start(definition);
      engine.initialise(3);
      for (let turns = 0; turns < 20; turns++) engine.runTimer(engine.dueMs(), engine.dueTimer(engine.dueMs()));
      return bytes();
    };
    expect(run()).toEqual(run());
    order.length = 0;
  });
});

describe('outputs', () => {
  const definition = defineAgent({
    name: 'outputs',
    state: { n: u32 },
    outputs: { now: 'immediate', later: 'committed' },
    outputBytes: 64,
    message(state, message, turn) {
      state.n = message.number;
      const [kind, data] = message.text().split(' ');
      if (!turn.emit(kind as 'now', data ?? '')) state.n += 1000;
    },
  });

  function send(
    { engine, port }: { engine: Pick<AgentEngine, 'runMessage' | 'block'>; port: { sequence: number } },
    message: string,
  ): void {
    const bytes = Uint8Array.from(message, (character) => character.charCodeAt(0));
    engine.runMessage(0, engine.block.inputCount + 1, bytes, 0, bytes.length);
    port.sequence++;
  }

  function held(bytes: Uint8Array): string[] {
    return describeAgent(definition.state.schemaBytes, bytes).runtime!.outputs.map(
      ({ sequence, index, name, text: data }) => `${sequence}.${index & 0x7fff} ${name}:${data}`,
    );
  }

  it('immediate ones go to the port, committed ones into the state until they are acknowledged', () => {
    const trial = start(definition);
    trial.engine.initialise(0);
    trial.port.sequence = 1;
    send(trial, 'now a');
    send(trial, 'later b');
    send(trial, 'later cc');
    expect(trial.port.sent).toEqual(['now:a']);
    expect(held(trial.bytes())).toEqual(['3.0 later:b', '4.0 later:cc']);
    trial.port.acknowledged = 3;
    send(trial, 'later d');
    expect(held(trial.bytes())).toEqual(['4.0 later:cc', '5.0 later:d']);
  });

  it('a full ring or port makes emit false, counted', () => {
    const trial = start(definition);
    trial.engine.initialise(0);
    send(trial, 'later aaaaaa');
    send(trial, 'later bbbbbb');
    send(trial, 'later cccccc');
    expect(trial.engine.state.n).toBe(1003);
    trial.port.hasRoom = false;
    send(trial, 'now a');
    expect([trial.engine.state.n, trial.engine.turn.outputsRefused]).toEqual([1004, 2]);
    trial.port.acknowledged = trial.port.sequence;
    send(trial, 'later d');
    expect(trial.engine.state.n).toBe(5);
  });

  it('the ring behaves as a queue of bounded bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), fc.nat(3)), { maxLength: 40 }), (steps) => {
        const trial = start(definition);
        trial.engine.initialise(0);
        let model: { sequence: number; entry: string; bytes: number }[] = [];
        for (const [length, lag] of steps) {
          trial.port.acknowledged = Math.max(trial.port.acknowledged, trial.port.sequence - lag);
          model = model.filter((entry) => entry.sequence > trial.port.acknowledged);
          const sequence = trial.port.sequence + 1;
          const bytes = 12 + Math.ceil((6 + length) / 4) * 4;
          const fits = model.reduce((sum, entry) => sum + entry.bytes, 0) + bytes <= 64;
          if (fits) model.push({ sequence, entry: `${sequence}.0 later:${'x'.repeat(length)}`, bytes });
          send(trial, `later ${'x'.repeat(length)}`);
          expect(trial.engine.state.n >= 1000).toBe(!fits);
          expect(held(trial.bytes())).toEqual(model.map(({ entry }) => entry));
        }
      }),
    );
  });

  it('several of one commit are numbered', () => {
    const many = defineAgent({
      name: 'many',
      state: { n: u32 },
      outputs: { out: 'committed' },
      initialise(_state, turn) {
        for (const word of ['a', 'b', 'c']) turn.emit('out', Uint8Array.of(word.charCodeAt(0)));
      },
    });
    const { engine, bytes } = start(many);
    engine.initialise(0);
    const reader = new RuntimeReader();
    expect(reader.open(bytes())).toBe(true);
    const seen: number[] = [];
    while (reader.nextOutput()) seen.push(reader.sequence, reader.index);
    expect(seen).toEqual([1, 0x8000, 1, 0x8001, 1, 0x8002]);
  });

  it('refuse what is not declared, what is too long, and a turn that is over', () => {
    let kept: { emit(name: string, data: string): boolean; every(name: string, ms: number): void } | undefined;
    const definition = defineAgent({
      name: 'refused',
      state: { n: u32 },
      outputs: { out: 'immediate' },
      initialise(_state, turn) {
        kept = turn as never;
        expect(() => turn.emit('other' as never, '')).toThrow("no output 'other' is declared");
        expect(() => turn.emit('out', 'x'.repeat(237))).toThrow("'out' takes at most 236 bytes");
        expect(() => turn.every('other' as never, 5)).toThrow("no timer 'other'");
      },
    });
    start(definition).engine.initialise(0);
    expect(() => kept!.emit('out', 'late')).toThrow('a turn is over');
    expect(() => kept!.every('x', 5)).toThrow('a turn is over');
  });
});

describe('turns', () => {
  it('messages count as consumed and lend their bytes for the turn only', () => {
    let kept: { text(): string; length: number } | undefined;
    const definition = defineAgent({
      name: 'm',
      state: { last: text(20), length: u32 },
      message(state, message) {
        kept = message;
        state.last = message.text();
        state.length = message.read(new Uint8Array(10), 2) + message.byteAt(0);
        expect(() => message.byteAt(3)).toThrow(RangeError);
        expect(() => message.read(new Uint8Array(2))).toThrow(RangeError);
      },
    });
    const { engine } = start(definition);
    engine.initialise(0);
    engine.runMessage(5, 1, Uint8Array.of(9, 65, 66, 67, 9), 1, 3);
    expect([engine.state.last, engine.state.length, engine.block.inputCount, engine.block.clockMs]).toEqual(['ABC', 68, 1, 5]);
    expect([kept!.length, kept!.text()]).toEqual([0, '']);
  });

  it('a handler that returns a promise is refused', () => {
    const definition = defineAgent({ name: 'p', state: { n: u32 }, message: async () => {} });
    const { engine } = start(definition);
    engine.initialise(0);
    expect(() => engine.runMessage(0, 1, new Uint8Array(0), 0, 0)).toThrow('a turn cannot wait');
  });

  it('time never goes back, whatever the board’s clock does', () => {
    const definition = defineAgent({ name: 'c', state: { n: u32 }, message: ignore });
    const { engine } = start(definition);
    engine.initialise(100);
    let last = 0;
    for (const [number, nowMs] of [150.7, 120, 5000, 4000, 5001].entries()) {
      engine.runMessage(nowMs, number + 1, new Uint8Array(0), 0, 0);
      expect(engine.block.clockMs).toBeGreaterThanOrEqual(last);
      last = engine.block.clockMs;
    }
    expect(last).toBe(4901);
  });

  it('a state of another program is not adopted', () => {
    const one = start(defineAgent({ name: 'a', state: { n: u32 }, timers: { a: ignore } }));
    expect(one.engine.adopt(0)).toBe(false);
    one.engine.initialise(0);
    const two = start(defineAgent({ name: 'b', state: { n: u32 }, timers: { a: ignore, b: ignore } }));
    two.memory.load(0, one.bytes(), 0, one.bytes().length);
    expect(two.engine.adopt(0)).toBe(false);
  });
});

describe('definitions', () => {
  it('refuse what breaks a rule', () => {
    const refused = (options: object, message: RegExp) =>
      expect(() => defineAgent({ name: 'x', state: { n: u32 }, ...options } as never)).toThrow(message);
    refused({ name: '' }, /a name has 1 to 32 bytes/);
    refused({ name: '\u{1F600}'.repeat(9) }, /a name has 1 to 32 bytes/);
    refused({ timers: { 'not a name': ignore } }, /'not a name' in timers is no name/);
    refused({ timers: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`t${index}`, ignore])) }, /at most 16 timers, not 17/);
    refused({ outputs: { out: 'sometimes' } }, /output 'out' is 'immediate' or 'committed'/);
    refused({ outputBytes: 6 }, /outputBytes is a multiple of 4/);
    refused({ whenHostAway: 'panic' }, /whenHostAway is 'wait' or 'run'/);
    refused({ state: {} }, /a record has at least one field/);
  });

  it('the fingerprint covers fields and timers, not name or version', () => {
    const of = (options: object) =>
      defineAgent({ name: 'x', state: { n: u32 }, timers: { a: ignore }, ...options } as never).state.fingerprint.join();
    expect(of({ name: 'y', version: '2', initialise: ignore })).toBe(of({}));
    expect(of({ timers: { b: ignore } })).not.toBe(of({}));
    expect(of({ state: { m: u32 } })).not.toBe(of({}));
    expect(of({ outputBytes: 8 })).not.toBe(of({}));
  });
});

describe('RuntimeReader', () => {
  it('I6: reads any bytes without a crash or a hang, and never past the ring', () => {
    const definition = defineAgent({
      name: 'r',
      state: { n: u32 },
      outputs: { o: 'committed' },
      outputBytes: 96,
      initialise: (_state, turn) => void turn.emit('o', 'abc'),
    });
    const { engine, bytes } = start(definition);
    engine.initialise(0);
    const change = fc.tuple(fc.nat(bytes().length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), fc.option(fc.nat(bytes().length)), (changes, cut) => {
        const state = bytes();
        for (const [at, value] of changes) state[at] = value;
        const reader = new RuntimeReader();
        if (!reader.open(cut === null ? state : state.slice(0, cut))) return;
        const target = new Uint8Array(240);
        let entries = 0;
        while (reader.nextOutput()) {
          reader.copyRecord(target, 0);
          entries++;
        }
        expect(entries).toBeLessThanOrEqual(96 / 12);
      }),
      { numRuns: 500 },
    );
  });
});
