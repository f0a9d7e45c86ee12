import type { Phase } from '../../host/migration/plan.js';
import { chooseFaults, type FaultChoice } from '../faults.js';
import { type MessageLinkOptions, messageLinkDefaults } from '../links/message-link.js';
import { type SerialLinkOptions, serialLinkDefaults } from '../links/serial-link.js';
import { derive, type Random } from '../random.js';
import { MOVE_FAULT_KINDS, type MoveFaultKind } from './fault-kinds.js';
import type { OrderKind } from './orders.js';
import { profileOf } from './profiles.js';
import { STEPS, type Step } from './steps.js';
import type { WorldOptions } from './world-options.js';

export interface MoveFault {
  readonly index: number;
  readonly kind: MoveFaultKind;
  readonly atMs: number;
  readonly durationMs: number;
  readonly board: number;
  readonly amount: number;
  /** Of the kind 'step'. */
  readonly party: 'board' | 'host';
  readonly step: Step;
  /** It waits, from `atMs` on, for a move. */
  readonly aim?: Aim | undefined;
}

/** Strikes so long after a move has come to this phase, at one of its two boards if it names one. */
export interface Aim {
  readonly phase: Phase;
  readonly party?: 'source' | 'target' | undefined;
  readonly afterMs: number;
}

export interface MoveOrder {
  readonly kind: OrderKind;
  readonly atMs: number;
  readonly target: number;
  /** Its number. */
  readonly agent: number;
}

/** Everything that decides a run (I8). */
export interface MovesOptions {
  readonly world: WorldOptions;
  readonly serial: SerialLinkOptions;
  readonly mqtt: MessageLinkOptions;
  /** A read or write of the disk takes up to this. */
  readonly diskMaxMs: number;
  readonly orders: readonly MoveOrder[];
  readonly faults: readonly MoveFault[];
  /** When faults and orders stop. */
  readonly quietAfterMs: number;
  /** How long after that everything must have come to rest. */
  readonly convergeWithinMs: number;
}

export interface MovesChoice {
  readonly seed: number;
  readonly faults: FaultChoice;
}

const WINDOW_MS = 24_000;
const CONVERGE_WITHIN_MS = 240_000;
const ORDERS: readonly OrderKind[] = ['migrate', 'migrate', 'migrate', 'restore', 'restore', 'rewind', 'rollback', 'abort'];
const DRIFT = 0.04;
const TWO_AGENTS_SHARE = 0.3;
/** Orders of a run that all agents follow, and how far apart. */
const RIVAL_ORDERS = 2;
const RIVALS_MS = 300;
const FAULTS_MAX = 10;
/** How soon after an order a fault strikes its move. */
const SOON_MS = 1500;
const CUT_OFF_MS = 1200;
/** A host takes a board for gone after this. */
const SILENT_MS = 5200;
const CUT_OFF = { index: 0, kind: 'outage', atMs: CUT_OFF_MS, board: 0, amount: 0, party: 'board', step: 'send' } as const;

const pick = <T>(random: Random, values: readonly T[]): T => values[random.below(values.length)]!;

/** The run that a seed stands for. */
export function planMoves({ seed, faults }: MovesChoice): MovesOptions {
  const random = derive(seed, 'moves');
  const agents = random.chance(TWO_AGENTS_SHARE) ? 2 : 1;
  const boards = random.between(2, 3) + agents - 1;
  const leaseMs = pick(random, [0, 0, 300, 2000, 8000]);
  const orders = drawOrders(seed, boards, agents);
  const isCutOff = random.chance(0.3);
  if (isCutOff) orders.push({ kind: 'restore', atMs: CUT_OFF_MS + SILENT_MS + random.below(3000), target: boards - 1, agent: 0 });
  const drawn = drawFaults(seed, boards, orders, isCutOff);
  const plan: MovesOptions = {
    world: {
      seed,
      rates: Array.from({ length: boards }, () => 1 + DRIFT * (2 * random.unit() - 1)),
      hostRate: 1 + DRIFT * (2 * random.unit() - 1),
      agents,
      hosts: 2,
      leaseMs,
      turnEveryMs: pick(random, [40, 100, 250]),
      cells: pick(random, [4, 100, 700]),
      frameBytes: pick(random, [64, 128, 256]),
      firstLinks: Array.from({ length: boards }, () => random.below(2)),
    },
    serial: { ...serialLinkDefaults, baud: pick(random, [115_200, 921_600]), bridgeLatencyMs: pick(random, [1, 16]) },
    mqtt: { ...messageLinkDefaults, latencyMs: pick(random, [1, 6, 40]), brokerQueues: random.chance(0.4) },
    diskMaxMs: pick(random, [1, 6, 40]),
    orders,
    faults: drawn,
    quietAfterMs: WINDOW_MS,
    convergeWithinMs: CONVERGE_WITHIN_MS,
  };
  const made = profileOf(seed)(derive(seed, 'profile'), plan);
  const inOrder = [...made.faults].sort((a, b) => a.atMs - b.atMs).map((fault, index) => ({ ...fault, index }));
  return { ...made, faults: chooseFaults(inOrder, faults) };
}

function drawOrders(seed: number, boards: number, agents: number): MoveOrder[] {
  const random = derive(seed, 'orders');
  const orders = Array.from({ length: random.between(2, 6) }, () => ({
    kind: pick(random, ORDERS),
    atMs: 1500 + Math.round(random.unit() * (WINDOW_MS - 8000)),
    target: random.below(boards),
    agent: random.below(agents),
  }));
  if (agents > 1) for (const { atMs, target } of orders.slice(0, RIVAL_ORDERS)) orders.push(...rivals(random, atMs, target, agents));
  return orders.sort((a, b) => a.atMs - b.atMs);
}

/** All agents are to go to one board, at about the same time. */
function rivals(random: Random, atMs: number, target: number, agents: number): MoveOrder[] {
  return Array.from({ length: agents }, (_, agent) => ({ kind: 'migrate' as const, atMs: atMs + random.below(RIVALS_MS), target, agent }));
}

/** Half of the faults strike soon after an order; `isCutOff`: the first board is out of reach for long enough to be given up. */
function drawFaults(seed: number, boards: number, orders: readonly MoveOrder[], isCutOff: boolean): MoveFault[] {
  const count = derive(seed, 'fault-count').between(0, FAULTS_MAX);
  const faults: MoveFault[] = Array.from({ length: count }, (_, i) => {
    const random = derive(seed, 'fault', i);
    return {
      index: 0,
      kind: pick(random, MOVE_FAULT_KINDS),
      atMs: random.chance(0.5) ? pick(random, orders).atMs + random.below(SOON_MS) : random.below(WINDOW_MS - 2000),
      durationMs: Math.round(100 * 2 ** (random.unit() * 7)),
      board: random.below(boards),
      amount: Math.round((0.05 + random.unit() * 0.4) * 100) / 100,
      party: pick(random, ['board', 'host'] as const),
      step: pick(random, STEPS),
    };
  });
  if (isCutOff) faults.push({ ...CUT_OFF, durationMs: SILENT_MS + derive(seed, 'cut-off').between(1000, 20_000) });
  return faults;
}

export function describeMoveFault(fault: MoveFault): string {
  const where =
    fault.aim?.party !== undefined
      ? fault.aim.party
      : fault.kind === 'step'
        ? `${fault.party} ${fault.board} at a ${fault.step}`
        : `board ${fault.board}`;
  const { aim } = fault;
  const when = aim === undefined ? `at ${fault.atMs} ms` : `${aim.afterMs} ms after ${aim.phase}, from ${fault.atMs} ms on,`;
  return `#${fault.index} ${fault.kind} ${when} for ${fault.durationMs} ms, ${where}, amount ${fault.amount}`;
}
