import type { EngineFigures, Rv32Figures } from '../../bench/engine.js';
import type { Cost, PartCosts, Slopes } from '../../sim/measure/part-costs.js';
import type { BoardFigures, XsMeasurement } from '../../sim/measure/xs-figures.js';
import { goal, heading, line } from './bench-lines.js';
import { printTable } from './output.js';

const SPARSE_GOAL = 40;
const DOUBLED_GOAL = 0.05;

/** Computrons and memory of the real XS engine. */
export function printEngine(engine: EngineFigures): void {
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
  if (boards.length === 0) {
    line('not measured: the slots of this engine have not 16 bytes; install gcc-multilib');
    return;
  }
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

/** Machine instructions of the same engine on the emulated board. */
export function printRv32(rv32: Rv32Figures): void {
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
