import { describe, expect, it } from 'vitest';
import { thermostat } from '../../examples/thermostat.js';
import { ForkError, runFork } from '../../host/fork/fork.js';
import { AgentEngine } from '../../src/agent/engine.js';
import { type AgentDefinition, defineAgent, readRecord } from '../../src/agent/index.js';
import { PageMemory } from '../../src/memory/page-memory.js';
import { u32 } from '../../src/state/index.js';

const SEQUENCE = 12_884_901_893;

/** The agent's state after its first turn and so many runs of its first timer. */
function stateOf(definition: AgentDefinition, turns: number): Uint8Array {
  const memory = new PageMemory({ sizeBytes: definition.sizeBytes });
  let sequence = 0;
  const port = { nextSequence: () => ++sequence, acknowledgedSequence: () => sequence, sendOutput: () => true };
  const engine = new AgentEngine(definition, memory, port);
  engine.initialise(0);
  for (let turn = 1; turn <= turns; turn++) engine.runTimer(engine.block.dueMs(0), 0);
  return memory.bytes.slice(0, memory.sizeBytes);
}

const texts = (outputs: ReturnType<typeof runFork>['outputs']) =>
  outputs.map(({ bytes }) => Buffer.from(readRecord(bytes, bytes.length).data).toString('utf8'));

describe('a fork', () => {
  const from = { sequence: SEQUENCE, state: stateOf(thermostat, 20) };

  it('goes on from its state in virtual time, and releases what its own commits decide', () => {
    const report = runFork(thermostat, from, 600_000, []);
    expect(report.before.runtime!.clockMs).toBe(20 * 500);
    expect(report.ranMs).toBe(600_000);
    expect(report.after.runtime!.clockMs - report.before.runtime!.clockMs).toBeGreaterThan(598_000);
    expect(Number(report.after.state.switches) - Number(report.before.state.switches)).toBe(report.outputs.length);
    expect(report.outputs.length).toBeGreaterThan(5);
    // On and off by turns: nothing is released twice, nothing is left out.
    const said = texts(report.outputs);
    for (const [index, text] of said.entries()) expect(text).not.toBe(said[index - 1]);
    for (const { sequence } of report.outputs) expect(sequence).toBeGreaterThan(SEQUENCE);
    expect(report.endSequence).toBeGreaterThan(SEQUENCE);
  });

  it('I8: is the same run each time, and leaves the state that it was given as it was', () => {
    const copy = from.state.slice();
    const first = runFork(thermostat, from, 30_000, []);
    expect(runFork(thermostat, from, 30_000, [])).toEqual(first);
    expect(from.state).toEqual(copy);
  });

  it('takes messages', () => {
    const report = runFork(thermostat, from, 60_000, [Buffer.from('target 25'), Buffer.from('nonsense')]);
    expect(report.before.state).toMatchObject({ target: 20, refusedOrders: 0 });
    expect(report.after.state).toMatchObject({ target: 25, refusedOrders: 1 });
    expect(report.after.runtime!.inputCount).toBe(2);
  });

  it('runs no state that is none of the program, and survives a program that throws', () => {
    expect(() => runFork(thermostat, { sequence: 3, state: new Uint8Array(thermostat.sizeBytes).fill(0xa5) }, 1000, [])).toThrow(ForkError);
    const broken = defineAgent({
      name: 'broken',
      state: { turns: u32 },
      initialise: (_state, turn) => turn.every('work', 100),
      timers: {
        work(state) {
          state.turns++;
          throw new Error('always');
        },
      },
    });
    const state = stateOf(
      defineAgent({ name: 'broken', state: { turns: u32 }, initialise: (_s, turn) => turn.every('work', 100), timers: { work() {} } }),
      1,
    );
    const report = runFork(broken, { sequence: 2, state }, 5000, []);
    expect(report.turnsThrown).toBeGreaterThan(2);
    expect(report.after.state.turns).toBe(0);
  });
});
