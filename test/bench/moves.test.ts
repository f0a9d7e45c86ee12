import { afterEach, describe, expect, it, vi } from 'vitest';
import { DOWNTIME_GOAL, STOP_AND_COPY_GOAL } from '../../bench/moves.js';
import { printFigures } from '../../host/commands/bench-tables.js';
import { type MigrationFigures, measureMigration, measureMove, roundTripMs } from '../../sim/measure/migration.js';

const KIB = 1024;

describe('moves of a running agent', () => {
  const figures = measureMigration([64 * KIB], 4);
  const name = ({ from, to }: MigrationFigures) => `${from} -> ${to}`;

  it('are measured over serial lines, MQTT, and from one to the other', () => {
    expect(figures.map(name)).toEqual(['serial -> serial', 'mqtt -> mqtt', 'serial -> mqtt', 'mqtt -> serial']);
  });

  for (const row of figures) {
    const { longest } = row;

    it(`${name(row)}: the agent stands still for little more than the lower bound`, () => {
      expect(row.ratio).toBeLessThanOrEqual(DOWNTIME_GOAL);
      expect(longest.downtimeMs).toBeGreaterThan((roundTripMs(row.from) + roundTripMs(row.to)) / 2);
    });

    it(`${name(row)}: the host reports no less, and no more than the ways of FREEZE and of the hello beside it`, () => {
      const helloMs = 10;
      expect(longest.reportedMs).toBeGreaterThan(longest.downtimeMs);
      expect(longest.reportedMs).toBeLessThan(longest.downtimeMs + roundTripMs(row.from) + roundTripMs(row.to) + helloMs);
    });

    it(`${name(row)}: what is sent is the state once, and what changed meanwhile by the word`, () => {
      expect(longest.rounds).toBeGreaterThan(1);
      expect(longest.bytesDown).toBeGreaterThan(row.stateBytes);
      expect(longest.bytesDown).toBeLessThan(row.stateBytes * 1.08);
      expect(longest.lastDeltaBytes).toBeLessThan(1000);
    });

    it(`${name(row)}: stop-and-copy takes 90 times as long, unless round trips alone are more`, () => {
      expect(row.stopAndCopyTimes).toBeGreaterThanOrEqual(Math.min(STOP_AND_COPY_GOAL, row.boundTimes));
      if (row.from === 'serial' || row.to === 'serial') expect(row.stopAndCopyTimes).toBeGreaterThan(STOP_AND_COPY_GOAL);
    });
  }

  it('I8: are the same in every run', () => {
    const shape = { stateBytes: 4 * KIB, turnEveryMs: 50, wordsPerTurn: 2 };
    expect(measureMove('serial', 'mqtt', shape, 7)).toEqual(measureMove('serial', 'mqtt', shape, 7));
  });

  it('stand still longer where more has to go over the line last', () => {
    const shape = { stateBytes: 16 * KIB, turnEveryMs: 40 };
    const few = measureMove('serial', 'serial', { ...shape, wordsPerTurn: 1 });
    const many = measureMove('serial', 'serial', { ...shape, wordsPerTurn: 100 });
    expect(many.lastDeltaBytes).toBeGreaterThan(few.lastDeltaBytes);
    expect(many.downtimeMs).toBeGreaterThan(few.downtimeMs);
    expect(many.lowerBoundMs).toBeGreaterThan(few.lowerBoundMs);
  });
});

describe('the report', () => {
  afterEach(() => void vi.restoreAllMocks());

  function printed(row: Partial<MigrationFigures>): string {
    let text = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      text += chunk;
      return true;
    });
    const [measured] = measureMigration([4 * KIB], 1);
    printFigures({ seed: 1, commits: 1, moves: [{ ...measured!, ...row }] });
    return text;
  }

  it('says which goals are reached', () => {
    const text = printed({ ratio: 1.1, stopAndCopyTimes: 95.5, boundTimes: 120 });
    expect(text).toMatch(/serial -> serial +4096 +\d+\.\d/);
    expect(text).toContain('downtime over its lower bound, worst of 1: 1.100 (goal <= 1.200: reached)');
    expect(text).toContain('stop-and-copy over downtime, least of 1: 95 (goal >= 90: reached)');
    expect(text).not.toContain('lower bound itself');
  });

  it('says which are not, and when no protocol could', () => {
    const text = printed({ ratio: 1.3, stopAndCopyTimes: 40, boundTimes: 50 });
    expect(text).toContain('1.300 (goal <= 1.200: NOT reached)');
    expect(text).toContain('40 (goal >= 90: NOT reached)');
    expect(text).toContain('stop-and-copy over the lower bound itself: 50');
  });
});
