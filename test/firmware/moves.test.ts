import { describe, expect, it } from 'vitest';
import { BOARD_ACTIVE } from '../../firmware/board.js';
import { OWNERSHIP_KEY } from '../../firmware/stored-ownership.js';
import { AGENT_RUNNING, AGENT_VACANT } from '../../src/agent/index.js';
import { ENROL_REPLACE } from '../../src/wire/constants.js';
import { SETTINGS } from './support/enrol.js';
import { EspBench } from './support/esp-bench.js';
import { AGENT, type BenchBoard, counting, MoveBench } from './support/move-bench.js';

const agentOf = (board: BenchBoard): string => Buffer.from(board.board!.identity.ownership.agentId).toString('hex');
const NOBODY = '00'.repeat(16);

/** The first board counts and has been heard to; the second waits. */
function running(): MoveBench {
  const bench = new MoveBench();
  bench.startHost();
  for (const board of bench.boards) board.powerOn();
  expect(bench.until(() => bench.said.length > 10)).toBe(true);
  return bench;
}

function moved(): MoveBench {
  const bench = running();
  bench.migrate(bench.boards[1]);
  expect(bench.until(() => bench.phase === 'done')).toBe(true);
  expect(bench.refusal).toBeUndefined();
  return bench;
}

/** All numbers from 1, each once. */
function expectCounted(bench: MoveBench): void {
  expect(bench.said).toEqual(Array.from({ length: bench.said.length }, (_, index) => index + 1));
}

/** One of the two has the agent and runs it on, the other is vacant. */
function expectOneRuns(bench: MoveBench): void {
  const before = bench.said.length;
  const isSo = bench.until(() => bench.said.length > before + 10 && bench.boards.some((board) => agentOf(board) === NOBODY));
  expect([isSo, ...bench.boards.map(agentOf).sort()]).toEqual([true, NOBODY, AGENT]);
  expectCounted(bench);
}

/** Slots of the board's flash that begin like a checkpoint. */
function checkpointsIn({ flash }: BenchBoard): number {
  const view = new DataView(flash.bytes.buffer);
  return [0, flash.bytes.length / 2].filter((at) => view.getUint32(at, true) === 0x31435747).length;
}

describe('boards of the firmware between which an agent moves', () => {
  it('a vacant board waits; it becomes the owner, and the other one vacant, over losses of power', () => {
    const bench = running();
    const [source, target] = bench.boards;
    expect([target.board!.phase, target.board!.runner!.phase, agentOf(target)]).toEqual([BOARD_ACTIVE, AGENT_VACANT, NOBODY]);
    bench.migrate(target);
    expect(bench.until(() => bench.phase === 'done')).toBe(true);
    expect([agentOf(source), agentOf(target)]).toEqual([NOBODY, AGENT]);
    for (const board of bench.boards) {
      board.powerCut();
      board.powerOn();
    }
    bench.run(3000);
    expect([source.board!.runner!.phase, target.board!.runner!.phase]).toEqual([AGENT_VACANT, AGENT_RUNNING]);
    expect(source.board!.identity.ownership.retired?.epoch).toBeGreaterThan(0);
    expect(target.board!.identity.epoch).toBe(target.link.epoch);
    bench.migrate(source);
    expect(bench.until(() => bench.phase === 'done')).toBe(true);
    expectOneRuns(bench);
    expect([agentOf(source), agentOf(target)]).toEqual([AGENT, NOBODY]);
  });

  it('a board that gave its agent up has no checkpoint of it: without its host it stays vacant', () => {
    const bench = running();
    const [source, target] = bench.boards;
    expect(bench.until(() => source.board!.runner!.counters.checkpoints > 0, 700_000)).toBe(true);
    expect(checkpointsIn(source)).toBe(1);
    bench.migrate(target);
    expect(bench.until(() => bench.phase === 'done')).toBe(true);
    expect(checkpointsIn(source)).toBe(0);
    bench.sessions = undefined;
    source.powerCut();
    source.powerOn();
    bench.run(30_000);
    expect([source.board!.runner!.phase, source.board!.runner!.counters.startsAlone]).toEqual([AGENT_VACANT, 0]);
  });

  it('a board that was off while its agent was restored elsewhere is told, and is vacant by itself', () => {
    const bench = running();
    const [source, target] = bench.boards;
    source.powerCut();
    // An agent whose board was heard just now is migrated, not restored.
    bench.run(10_000);
    bench.sessions!.restore(AGENT, target.boardId, {}, (error) => {
      bench.refusal = error;
    });
    expect(
      bench.until(() => target.board!.runner!.phase === AGENT_RUNNING),
      `${bench.refusal}`,
    ).toBe(true);
    source.powerOn();
    expect(bench.until(() => agentOf(source) === NOBODY)).toBe(true);
    expectOneRuns(bench);
  });

  it.each([0, 1])('board %i loses its power before any change of its flash: it is what it was or what it is to be', (index) => {
    let cuts = 0;
    for (let changes = 0; ; changes++) {
      const bench = running();
      const board = bench.boards[index]!;
      const before = agentOf(board);
      let isCut = false;
      board.nvs.changesLeft = changes;
      board.nvs.onCut = () => {
        isCut = true;
        board.uart.toHost = () => undefined;
      };
      bench.migrate(bench.boards[1]);
      bench.until(() => isCut || bench.phase === 'done');
      if (!isCut) break;
      cuts++;
      board.powerCut();
      board.nvs.changesLeft = Number.POSITIVE_INFINITY;
      board.reconnect();
      board.powerOn();
      expect([before, before === AGENT ? NOBODY : AGENT]).toContain(agentOf(board));
      expect(board.board!.runner!.phase === AGENT_VACANT).toBe(agentOf(board) === NOBODY);
      expectOneRuns(bench);
    }
    expect(cuts).toBeGreaterThanOrEqual(2);
  });

  it('flash that refuses to store the new owner: the board does not run the agent, until it can', () => {
    const bench = running();
    const [source, target] = bench.boards;
    target.nvs.isBroken = true;
    bench.migrate(target);
    expect(bench.until(() => target.link.counters.activationsFailed > 0)).toBe(true);
    expect([target.board!.runner!.phase, agentOf(target)]).toEqual([AGENT_VACANT, NOBODY]);
    target.nvs.isBroken = false;
    expect(bench.until(() => bench.phase === 'done')).toBe(true);
    expect(agentOf(source)).toBe(NOBODY);
    expectOneRuns(bench);
  });

  it('damage in the record of the owner, or one of another enrolment: the board is what it was enrolled as, and asks', () => {
    const bench = moved();
    const [source] = bench.boards;
    source.powerCut();
    source.nvs.open('godwit').write(OWNERSHIP_KEY, new Uint8Array(7));
    source.powerOn();
    expect(agentOf(source)).toBe(AGENT);
    expect(bench.until(() => agentOf(source) === NOBODY)).toBe(true);
    expectOneRuns(bench);
  });
});

describe('an enrolment, with a loss of power before any change of the flash', () => {
  const VACANT = { ...SETTINGS, agentId: new Uint8Array(16) };
  const OTHER = { ...SETTINGS, boardId: new Uint8Array(16).fill(0xb2), agentId: new Uint8Array(16).fill(0xa2) };
  const who = (bench: EspBench): string => {
    const { identity, settings } = bench.board!;
    return `${Buffer.from(settings!.boardId).toString('hex', 0, 1)} ${Buffer.from(identity.ownership.agentId).toString('hex', 0, 1)}`;
  };
  const restart = (bench: EspBench): void => {
    bench.nvs.changesLeft = Number.POSITIVE_INFINITY;
    bench.reset();
    bench.run(100);
  };
  const retire = (bench: EspBench): void => {
    bench.board!.storeRetired(SETTINGS.agentId, 3);
    restart(bench);
    expect(bench.board!.runner!.phase).toBe(AGENT_VACANT);
  };
  const become = (bench: EspBench): void => {
    expect(bench.board!.storeOwned(new Uint8Array(16).fill(0xa7), 5)).toBe(true);
    restart(bench);
  };

  it.each([
    ['gives a vacant board an agent', VACANT, () => undefined, SETTINGS, 'b1 00', 'b1 a1'],
    ['makes a board vacant', SETTINGS, () => undefined, VACANT, 'b1 a1', 'b1 00'],
    ['gives an agent back that the board gave up', SETTINGS, retire, SETTINGS, 'b1 00', 'b1 a1'],
    ['makes another board of one that an agent moved to', VACANT, become, OTHER, 'b1 a7', 'b2 a2'],
  ])('%s, or does not', (_what, first, meanwhile, second, before, after) => {
    for (let changes = 0; ; changes++) {
      const bench = new EspBench(counting, { config: { backOff: false } });
      bench.powerOn();
      bench.enrol(first);
      bench.run(2000);
      meanwhile(bench);
      let isCut = false;
      bench.nvs.changesLeft = changes;
      bench.nvs.onCut = () => {
        isCut = true;
      };
      bench.enrol(second, ENROL_REPLACE);
      if (!isCut) bench.run(2000);
      restart(bench);
      expect([before, after]).toContain(who(bench));
      if (isCut) continue;
      expect(who(bench)).toBe(after);
      expect(changes).toBeGreaterThan(0);
      return;
    }
  });
});
