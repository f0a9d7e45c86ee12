import { type ByteBudget, ORIGIN_SHARE_GOAL, ORIGIN_WORST_GOAL, ratioTo, ZSTD_RATIO_GOAL } from '../../bench/byte-budget.js';
import type { Comparison } from '../../bench/compare.js';
import type { EngineFigures, Rv32Figures } from '../../bench/engine.js';
import { DURABLE_GOAL_PER_SECOND, type HostFigures, VERIFIED_GOAL_PER_SECOND } from '../../bench/host.js';
import type { LinkFigures } from '../../bench/link.js';
import type { RamFigures } from '../../bench/ram.js';
import type { BenchFigures, ByteFigures } from '../../bench/run.js';
import type { SmallestDeltas } from '../../bench/smallest.js';
import type { Cost, PartCosts, Slopes } from '../../sim/measure/part-costs.js';
import type { BoardFigures, XsMeasurement } from '../../sim/measure/xs-figures.js';
import { type Column, printTable } from './output.js';

const RIVAL_NAMES = ['origin', 'zstd-3', 'zstd-19', 'xdelta3', 'lz4'];
const SMALLEST_GOAL_BYTES = 23;
const FURTHER_RUN_GOAL_BYTES = 7;
const PUBLISH_GOAL_BYTES = 40;
const SPARSE_GOAL = 40;

/** All figures as text, each with its goal where it has one. */
export function printFigures(figures: BenchFigures): void {
  if (figures.bytes) printBytes('Bytes per commit', figures.bytes);
  if (figures.others) printBytes('Bytes per commit, workloads that are not in the budget', figures.others);
  if (figures.smallest) printSmallest(figures.smallest);
  if (figures.ram) printRam(figures.ram);
  if (figures.link) printLink(figures.link);
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

function printHost({ stored, modelled, durable }: HostFigures): void {
  heading(`Host, deltas of ${stored.deltaBytes} bytes from ${stored.boards} boards (a wall clock's figures: they vary with the machine)`);
  floor('verified in memory per second and core, stored', stored.verifiedDeltasPerSecond, VERIFIED_GOAL_PER_SECOND);
  floor('verified in memory per second and core, modelled', modelled.verifiedDeltasPerSecond, VERIFIED_GOAL_PER_SECOND);
  floor('durable per second', Math.round(durable.durableDeltasPerSecond), DURABLE_GOAL_PER_SECOND);
  goal('memory per board, stored, bytes', stored.memoryBytesPerBoard, stored.memoryGoalBytes);
  goal('memory per board, modelled, bytes', modelled.memoryBytesPerBoard, modelled.memoryGoalBytes);
}

function printEngine(engine: EngineFigures): void {
  heading('XS 13.3, 32-bit slots: computrons (the same in every run)');
  if ('missing' in engine) {
    line(engine.missing);
    return;
  }
  const { store, steady, ram, stack, workloads } = engine.measured;
  goal('store through the barrier over a raw one', store.ratio, 2.3);
  const over = (ratio: number): string => `1/${(1 / ratio).toFixed(ratio > 0.1 ? 1 : 0)}`;
  printTable(
    [
      { title: 'workload', value: (row) => row.name },
      { title: 'barrier', value: (row) => row.barrier.toFixed(0), right: true },
      { title: 'stored', value: (row) => row.stored.commit.toFixed(0), right: true },
      { title: 'of origin', value: (row) => over(row.stored.ratio), right: true },
      { title: 'modelled', value: (row) => row.modelled.commit.toFixed(0), right: true },
      { title: 'of origin', value: (row) => over(row.modelled.ratio), right: true },
      { title: 'origin', value: (row) => row.originCommit.toFixed(0), right: true },
      { title: 'twice the state', value: (row) => `+${(row.modelled.doubledGrowth * 100).toFixed(1)} %`, right: true },
    ],
    workloads,
  );
  line(`goal on sparse workloads: 1/${SPARSE_GOAL} of the origin; twice the state: at most +5 %`);
  for (const [name, { commits, slots, chunkBytes, collections }] of Object.entries(steady)) {
    line(`${name}, ${commits} commits: ${slots} slots, ${chunkBytes} chunk bytes, ${collections} collections`);
  }
  for (const { stateBytes, memory, stored, modelled } of ram) {
    const slots = `${memory.slots + stored.slots} or ${memory.slots + modelled.slots} slots`;
    line(
      `measured beside ${stateBytes} bytes of state: ${memory.chunkBytes + stored.chunkBytes} bytes stored, ${memory.chunkBytes + modelled.chunkBytes} modelled; ${slots}`,
    );
  }
  line(`stack of a board's link: ${stack.stackSlots} slots`);
  printBoards(engine.measured);
}

/** What is used where on the boards' own memory. */
function printBoards({ boards, many }: XsMeasurement): void {
  heading('What is used where: the firmware with an agent at work in the memory of real boards, in slots of 16 bytes and bytes');
  if (boards.length === 0) line('not measured: the slots of this engine have not 16 bytes; install gcc-multilib');
  printTable<BoardFigures>(
    [
      { title: 'profile', value: (row) => row.profile },
      { title: 'state', value: (row) => row.stateBytes, right: true },
      { title: 'link', value: (row) => row.link },
      { title: 'coding', value: (row) => row.coding },
      { title: 'slots', value: (row) => `${row.slots} of ${row.slotsHeld}`, right: true },
      { title: 'chunk bytes', value: (row) => `${row.chunkBytes} of ${row.chunkBytesHeld}`, right: true },
      { title: 'stack', value: (row) => `${row.stackPeak} of ${row.stackCount}`, right: true },
      { title: 'new keys', value: (row) => row.keys, right: true },
      { title: 'arena free', value: (row) => `${row.arenaFreeBytes} of ${row.arenaBytes}`, right: true },
      { title: 'slots/frame', value: (row) => row.slotsPerFrame, right: true },
      { title: 'largest state', value: (row) => row.largestStateBytes, right: true },
    ],
    boards,
  );
  if (many === undefined) return;
  line(
    `${many.commits} commits in a nodemcu's memory: ${many.slots} slots, ${many.chunkBytes} chunk bytes, ${many.collections} collections more than before`,
  );
}

const DOUBLED_GOAL = 0.05;

/** One line of the emulated board's table. */
interface PartRow {
  readonly what: string;
  readonly cost: Cost;
}

function partRows({ store, hash, commit, stored, modelled, frame }: PartCosts): PartRow[] {
  const slopes = (what: string, { once, perPage, perByte }: Slopes): PartRow[] => [
    { what: `${what}, one word of one page`, cost: once },
    { what: '  each further page with one word', cost: perPage },
    { what: '  each further changed byte of a page', cost: perByte },
  ];
  return [
    { what: 'store of a u32 without a barrier', cost: store.raw },
    { what: 'store of a u32, page touched before', cost: store.later },
    { what: 'store of a u32, first of its page', cost: store.first },
    { what: 'hash of a page', cost: hash.perPage },
    ...slopes('commit without coding', commit),
    ...slopes('delta, stored', stored),
    ...slopes('delta, modelled', modelled),
    { what: 'frame of 16 bytes, check and COBS', cost: frame.once },
    { what: '  each further byte of a frame', cost: frame.perByte },
  ];
}

function printRv32(rv32: Rv32Figures): void {
  heading('XS 13.3 on an emulated RV32IMC board (QEMU, -icount): the same in every run; no model of caches and flash, so take ratios');
  if ('missing' in rv32) {
    line(rv32.missing);
    return;
  }
  const digits = (value: number): string => value.toFixed(Math.abs(value) < 100 ? 1 : 0);
  printTable<PartRow>(
    [
      { title: 'what', value: (row) => row.what },
      { title: 'computrons', value: (row) => digits(row.cost.computrons), right: true },
      { title: 'instructions', value: (row) => digits(row.cost.instructions ?? Number.NaN), right: true },
    ],
    partRows(rv32.measured),
  );
  for (const [name, { instructions }] of Object.entries(rv32.measured.doubled)) {
    goal(`${name} of 8 pages, instructions more in twice the state`, instructions ?? Number.NaN, DOUBLED_GOAL);
  }
}

function goal(what: string, value: number, most: number): void {
  const digits = Number.isInteger(value) && Number.isInteger(most) ? 0 : value < 0.1 ? 4 : 3;
  const limit = Number.isInteger(most) ? String(most) : most.toFixed(digits === 0 ? 2 : digits);
  line(`${what}: ${value.toFixed(digits)} (goal <= ${limit}: ${value <= most ? 'reached' : 'NOT reached'})`);
}

function floor(what: string, value: number, least: number): void {
  line(`${what}: ${value} (goal >= ${least}: ${value >= least ? 'reached' : 'NOT reached'})`);
}

function heading(text: string): void {
  line(`\n${text}`);
}

function line(text: string): void {
  process.stdout.write(`${text}\n`);
}
