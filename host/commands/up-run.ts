import { EmulatedBoard, type EmulatedMachine } from '../demo/emulated-board.js';
import { type BoardReport, compareStore, Fleet, type ReopenedVerdict } from '../demo/fleet.js';
import type { FleetBoard } from '../demo/fleet-board.js';
import type { Host } from '../host.js';
import type { EndOfRun } from './end-of-run.js';
import { CommandFailed } from './failure.js';
import { LiveTable } from './live-table.js';
import { printJson } from './output.js';
import type { UpOptions } from './up.js';
import { agentColumns, boardColumns } from './up-tables.js';

/** When a demonstration without an end cuts a board's power. */
const POWER_CUT_MS = 8_000;

/** Runs a host until its time is over or somebody ends it; false if a board of its own and the host do not agree at the end. */
export async function runHost(host: Host, options: UpOptions, machines: readonly EmulatedMachine[], ended: EndOfRun): Promise<boolean> {
  const fleet = new Fleet(host, options.mqtt ?? host.brokerUrl, {
    boards: options.sim,
    vacant: options.vacant,
    withSerial: options.demo === true,
    seed: options.seed,
    machines,
  });
  await powerOn(host, fleet);
  const startedMs = performance.now();
  ended.after(options.for);
  if (!options.json) greet(host);
  const table = options.json ? undefined : tableOf(host, fleet);
  table?.start();
  const over = Promise.race([ended.promise, host.failed]);
  const cut = options.demo ? cutPowerOnce(fleet, (options.for ?? 2 * POWER_CUT_MS) / 2, over) : Promise.resolve();

  const failure = await over;
  if (failure !== undefined) {
    // Without a store nothing can be acknowledged: better no host than one that only looks like one.
    table?.stop();
    await cut;
    await fleet.end();
    await host.close();
    throw new CommandFailed(`${failure.message}: see to ${host.folder.path} (space, permissions), then start again`);
  }
  await cut;
  const drained = await fleet.drain();
  table?.stop();
  const boards = fleet.report();
  const states = await fleet.end();
  const agents = host.sessions.agents().length;
  await host.close();
  const reopened = await compareStore(host.folder.storePath, states);

  const sound = drained && boards.every((board) => board.equal) && reopened.equal === boards.length && reopened.faults.length === 0;
  const totals = totalsOf(boards, reopened, Math.round(performance.now() - startedMs), agents);
  if (options.json) printJson({ boards, totals });
  else if (boards.length > 0) process.stdout.write(`${verdictLine(boards, reopened, sound)}\n`);
  return sound;
}

async function powerOn(host: Host, fleet: Fleet): Promise<void> {
  try {
    await fleet.powerOn();
  } catch (error) {
    await fleet.end();
    await host.close();
    throw new CommandFailed((error as Error).message);
  }
}

function greet(host: Host): void {
  process.stdout.write(`godwit host on ${host.folder.path}\n  broker ${host.brokerUrl}\n  API    ${host.address}\n`);
  for (const { name } of host.transports.slice(1)) process.stdout.write(`  port   ${name}\n`);
  process.stdout.write('Ctrl-C ends it.\n\n');
}

function tableOf(host: Host, fleet: Fleet): LiveTable<FleetBoard> | LiveTable<ReturnType<Host['sessions']['agents']>[number]> {
  const notes = (): string[] => [
    ...host.transports
      .filter(({ up, lastError }) => !up && lastError !== '')
      .map(({ name, lastError }) => `${name} is not there: ${lastError}`),
    ...fleet.boards.filter((board) => board.powerLosses > 0).map(powerNote),
  ];
  if (fleet.boards.length > 0) return new LiveTable(boardColumns(host), () => fleet.boards, notes);
  return new LiveTable(agentColumns, () => host.sessions.agents(), notes);
}

function powerNote({ name, powerLosses, refills }: FleetBoard): string {
  return `${name} lost its power and its RAM: ${refills < powerLosses ? 'to be refilled' : "refilled from the host's head, it goes on"}`;
}

/** Takes the power of the second board, and of an emulated one, once; not at all if the run ends before. */
async function cutPowerOnce(fleet: Fleet, afterMs: number, over: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const due = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), afterMs);
  });
  const isDue = await Promise.race([due, over.then(() => false)]);
  clearTimeout(timer);
  if (!isDue) return;
  const { boards } = fleet;
  const chosen = new Set([boards[1] ?? boards[0], boards.find((board) => board instanceof EmulatedBoard)]);
  await Promise.all([...chosen].map((board) => board && fleet.cutPower(board)));
}

function totalsOf(boards: readonly BoardReport[], reopened: ReopenedVerdict, durationMs: number, agents: number) {
  const sum = (value: (board: BoardReport) => number): number => boards.reduce((total, board) => total + value(board), 0);
  return {
    boards: boards.length,
    agents,
    equal: sum((board) => (board.equal ? 1 : 0)),
    commits: sum((board) => board.commits),
    deltas: sum((board) => board.deltas),
    wireBytes: sum((board) => board.wireBytes),
    stateBytes: sum((board) => board.stateBytes),
    powerLosses: sum((board) => board.powerLosses),
    refills: sum((board) => board.refills),
    durationMs,
    reopened,
  };
}

function verdictLine(boards: readonly BoardReport[], reopened: ReopenedVerdict, sound: boolean): string {
  const equal = boards.filter((board) => board.equal).length;
  const store = `the store, reopened, agrees on ${reopened.equal} of ${boards.length} and rebuilt ${reopened.points} retained points`;
  return `${sound ? 'Sound' : 'NOT SOUND'}: ${equal} of ${boards.length} heads equal their board's state; ${store}.`;
}
