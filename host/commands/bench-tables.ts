import { type ByteBudget, ORIGIN_SHARE_GOAL, ORIGIN_WORST_GOAL, ratioTo, ZSTD_RATIO_GOAL } from '../../bench/byte-budget.js';
import type { Comparison } from '../../bench/compare.js';
import { DURABLE_GOAL_PER_SECOND, type HostFigures, VERIFIED_GOAL_PER_SECOND } from '../../bench/host.js';
import type { LinkFigures } from '../../bench/link.js';
import { DOWNTIME_GOAL, type MigrationFigures, STOP_AND_COPY_GOAL } from '../../bench/moves.js';
import type { RamFigures } from '../../bench/ram.js';
import type { BenchFigures, ByteFigures } from '../../bench/run.js';
import type { SmallestDeltas } from '../../bench/smallest.js';
import { printEngine, printRv32 } from './bench-engine-tables.js';
import { floor, goal, heading, line } from './bench-lines.js';
import { type Column, printTable } from './output.js';

const RIVAL_NAMES = ['origin', 'zstd-3', 'zstd-19', 'xdelta3', 'lz4'];
const SMALLEST_GOAL_BYTES = 23;
const FURTHER_RUN_GOAL_BYTES = 7;
const PUBLISH_GOAL_BYTES = 40;

/** All figures as text, each with its goal where it has one. */
export function printFigures(figures: BenchFigures): void {
  if (figures.bytes) printBytes('Bytes per commit', figures.bytes);
  if (figures.others) printBytes('Bytes per commit, workloads that are not in the budget', figures.others);
  if (figures.smallest) printSmallest(figures.smallest);
  if (figures.ram) printRam(figures.ram);
  if (figures.link) printLink(figures.link);
  if (figures.moves) printMoves(figures.moves);
  if (figures.host) printHost(figures.host);
  if (figures.engine) printEngine(figures.engine);
  if (figures.rv32) printRv32(figures.rv32);
}

/** One line per workload: Godwit whole on a serial line, the others as what they make, without any frame. */
export function printComparisons(comparisons: readonly Comparison[]): void {
  const perCommit = (bytes: number | undefined, comparison: Comparison): string =>
    bytes === undefined ? 'missing' : (bytes / Math.max(1, comparison.commits)).toFixed(1);
  const columns: Column<Comparison>[] = [
    { title: 'workload', value: (row) => row.name },
    { title: 'state', value: (row) => row.stateBytes, right: true },
    { title: 'godwit payload', value: (row) => perCommit(row.schemes.godwit!.payloadBytes, row), right: true },
    { title: 'godwit serial', value: (row) => perCommit(row.schemes.godwit!.serialWireBytes, row), right: true },
    ...RIVAL_NAMES.map((name) => ({
      title: name,
      value: (row: Comparison) => perCommit(row.schemes[name]?.payloadBytes, row),
      right: true,
    })),
    { title: 'serial/zstd-19', value: (row) => ratioTo(row, 'zstd-19')?.toFixed(2) ?? '-', right: true },
    { title: 'serial/origin', value: (row) => ratioTo(row, 'origin')?.toFixed(3) ?? '-', right: true },
  ];
  printTable(columns, comparisons);
  for (const text of comparisons[0]?.missing ?? []) line(`missing: ${text}`);
}

function printBytes(title: string, figures: ByteFigures): void {
  heading(`${title} (Godwit's whole frames on a serial line against what the others make, given both whole states)`);
  printComparisons(figures.workloads);
  printBudget(figures.budget);
}

function printBudget({ zstd19Ratio, originRatio, originWorst }: ByteBudget): void {
  if (zstd19Ratio !== undefined) goal('geometric mean over zstd -19 --patch-from', zstd19Ratio, ZSTD_RATIO_GOAL);
  goal('geometric mean over the origin', originRatio, ORIGIN_SHARE_GOAL);
  goal('worst workload over the origin', originWorst, ORIGIN_WORST_GOAL);
}

function printSmallest({ serialBytesByRuns, counterSerialBytes, publishBytes }: SmallestDeltas): void {
  heading('Smallest deltas: whole frames, the largest of many random places and contents');
  serialBytesByRuns.forEach((bytes, index) => {
    goal(`serial bytes, ${index + 1} runs of 4 bytes`, bytes, SMALLEST_GOAL_BYTES + index * FURTHER_RUN_GOAL_BYTES);
  });
  line(`serial bytes, a counter that counts: ${counterSerialBytes}`);
  goal('MQTT PUBLISH, 1 run of 4 bytes', publishBytes, PUBLISH_GOAL_BYTES);
}

function printRam(figures: readonly RamFigures[]): void {
  heading('RAM for tracking, integrity and coding beside the state, by formula, bytes');
  printTable<RamFigures>(
    [
      { title: 'state', value: (row) => row.stateBytes, right: true },
      { title: 'stored', value: (row) => row.storedBytes, right: true },
      { title: 'goal', value: (row) => row.storedGoalBytes, right: true },
      { title: 'modelled', value: (row) => row.modelledBytes, right: true },
      { title: 'goal', value: (row) => row.modelledGoalBytes, right: true },
    ],
    figures,
  );
}

function printLink({ hostile, refill, outputCommit }: LinkFigures): void {
  heading('Link, simulated');
  goal(`hostile link, deltas of ${hostile.long.framesPerDelta.toFixed(1)} frames: bytes over lossless`, hostile.long.boardBytesRatio, 1.6);
  goal('hostile link, single frames: bytes over lossless', hostile.single.boardBytesRatio, 2.2);
  goal('hostile link, full resends', hostile.long.fullResends + hostile.single.fullResends, 0);
  for (const { bridgeLatencyMs, ratio } of refill) {
    goal(`refill of 32 KiB at 115200 baud, bridge ${bridgeLatencyMs} ms: time over raw bytes`, ratio, bridgeLatencyMs === 1 ? 1.05 : 1.3);
  }
  for (const { bytesPerPage, commitsPerSecond, pauseP99Ms } of outputCommit) {
    line(
      `output commits, 8 pages of ${bytesPerPage} bytes: ${commitsPerSecond.toFixed(1)} a second (goal 40), pause p99 ${pauseP99Ms.toFixed(1)} ms (goal 5)`,
    );
  }
}

function printMoves(figures: readonly MigrationFigures[]): void {
  const ms = (value: number): string => value.toFixed(1);
  heading('Moves of a running agent with a sparse state, simulated: the one of the longest downtime of each row, ms');
  printTable<MigrationFigures>(
    [
      { title: 'links', value: links },
      { title: 'state', value: (row) => row.stateBytes, right: true },
      { title: 'downtime', value: ({ longest }) => ms(longest.downtimeMs), right: true },
      { title: 'lower bound', value: ({ longest }) => ms(longest.lowerBoundMs), right: true },
      { title: 'host reports', value: ({ longest }) => ms(longest.reportedMs), right: true },
      { title: 'last delta', value: ({ longest }) => longest.lastDeltaBytes, right: true },
      { title: 'rounds', value: ({ longest }) => longest.rounds, right: true },
      { title: 'bytes down', value: ({ longest }) => longest.bytesDown, right: true },
      { title: 'up', value: ({ longest }) => longest.bytesUp, right: true },
      { title: 'whole move', value: ({ longest }) => longest.totalMs.toFixed(0), right: true },
      { title: 'stop-and-copy', value: ({ longest }) => longest.stopAndCopyMs.toFixed(0), right: true },
    ],
    figures,
  );
  for (const row of figures) goal(`${where(row)}: downtime over its lower bound, worst of ${row.moves}`, row.ratio, DOWNTIME_GOAL);
  for (const row of figures) {
    floor(`${where(row)}: stop-and-copy over downtime, least of ${row.moves}`, Math.floor(row.stopAndCopyTimes), STOP_AND_COPY_GOAL);
    if (row.boundTimes < STOP_AND_COPY_GOAL) line(`  stop-and-copy over the lower bound itself: ${Math.floor(row.boundTimes)}`);
  }
}

const links = ({ from, to }: MigrationFigures): string => `${from} -> ${to}`;
const where = (row: MigrationFigures): string => `${links(row)}, ${row.stateBytes / 1024} KiB`;

function printHost({ stored, modelled, durable }: HostFigures): void {
  heading(`Host, deltas of ${stored.deltaBytes} bytes from ${stored.boards} boards (a wall clock's figures: they vary with the machine)`);
  floor('verified in memory per second and core, stored', stored.verifiedDeltasPerSecond, VERIFIED_GOAL_PER_SECOND);
  floor('verified in memory per second and core, modelled', modelled.verifiedDeltasPerSecond, VERIFIED_GOAL_PER_SECOND);
  floor('durable per second', Math.round(durable.durableDeltasPerSecond), DURABLE_GOAL_PER_SECOND);
  goal('memory per board, stored, bytes', stored.memoryBytesPerBoard, stored.memoryGoalBytes);
  goal('memory per board, modelled, bytes', modelled.memoryBytesPerBoard, modelled.memoryGoalBytes);
}
