import type { Command } from 'commander';
import type { MoveView, StatsView } from '../operations-moves.js';
import { addDataOption, withOperations } from './connect.js';
import { examples } from './options.js';
import { type Column, printJson, printTable } from './output.js';
import { byteText, durationText } from './units.js';

const MOVES: readonly Column<MoveView>[] = [
  { title: 'AGENT', value: (move) => move.agentName },
  { title: 'MOVE', value: (move) => (move.isRollback ? 'rollback' : move.kind) },
  { title: 'FROM', value: (move) => move.source.slice(0, 8) },
  { title: 'TO', value: (move) => move.target.slice(0, 8) },
  { title: 'PHASE', value: (move) => move.phase },
  { title: 'ROUNDS', value: (move) => move.rounds, right: true },
  { title: 'BYTES', value: (move) => move.bytesDown + move.bytesUp, right: true },
  { title: 'DOWNTIME', value: (move) => (move.downtimeMs > 0 ? durationText(move.downtimeMs) : '-'), right: true },
  { title: 'LEAST', value: (move) => (move.lowerBoundMs > 0 ? durationText(move.lowerBoundMs) : '-'), right: true },
  { title: 'IN ALL', value: (move) => durationText(move.totalMs), right: true },
];

/** `godwit stats`: what moves cost, and what the host's links counted. */
export function addStatsCommand(program: Command): void {
  addDataOption(program.command('stats'))
    .description('show what restores and migrations cost, and what the host has counted')
    .addHelpText('after', examples('godwit stats', 'godwit stats --json'))
    .action(async (options: { data?: string; json?: boolean }) => {
      const stats = await withOperations(options.data, (operations) => operations.stats());
      if (options.json) printJson(stats);
      else print(stats);
    });
}

function print({ migration, moves, counters }: StatsView): void {
  if (moves.length > 0) printTable(MOVES, moves);
  else process.stdout.write("no move since the host's start\n");
  const lines = [
    `whole states     ${migration.fullCount}, ${byteText(migration.fullBytes)}`,
    `deltas           ${migration.incrementalCount}, ${byteText(migration.incrementalBytes)}`,
    `coding           ${byteText(migration.compressedBytes)} for ${byteText(migration.uncompressedBytes)}, ratio ${migration.compressionRatio.toFixed(3)}`,
    `throughput       ${byteText(migration.throughputBytesPerSecond)}/s over ${durationText(migration.totalMs)}`,
  ];
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
  const counted = Object.entries(counters).filter(([, count]) => count > 0);
  printTable(
    [
      { title: 'LINKS', value: ([name]) => name },
      { title: 'COUNT', value: ([, count]) => count, right: true },
    ],
    counted,
  );
}
