import { type MessageLinkOptions, messageLinkDefaults } from '../links/message-link.js';
import { type SerialLinkOptions, serialLinkDefaults } from '../links/serial-link.js';
import { derive, type Random } from '../random.js';
import { STEPS, type Step } from './steps.js';
import type { OrderKind, WorldOptions } from './world.js';

/** Everything that can go wrong while agents move. */
export const MOVE_FAULT_KINDS = [
  'loss', // frames (on serial: stretches of bytes) vanish; amount = probability per frame
  'duplicate', // frames arrive twice
  'reorder', // frames overtake each other
  'late', // a copy of the frame comes again seconds later, past grants
  'hostile', // loss, duplicates and reorder at once
  'outage', // cable out, or connection to the broker gone, for the duration
  'hold', // a broker keeps everything back for the duration
  'move', // the board goes on over its other link
  'reset', // the board restarts with its RAM kept; away for the duration
  'power', // the board loses power and RAM; away for the duration
  'crash', // the host dies; away for the duration
  'step', // a party dies at one of its next steps: a send, a receive, a store write, a flash write
  'jump', // the board's clock jumps ahead by the duration
  'flash', // the board's flash takes nothing for the duration
  'unknown', // of the next writes nobody learns whether they happened
  'slow', // the disk takes long for the duration
  'second', // a second host is started on the same store by mistake, for the duration
  'clone', // a second board with the identity and the flash of the first comes up for the duration
] as const;
export type MoveFaultKind = (typeof MOVE_FAULT_KINDS)[number];

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
}

export interface MoveOrder {
  readonly kind: OrderKind;
  readonly atMs: number;
  readonly target: number;
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
  /** All, none, or those at these places of the seed's list. */
  readonly faults: 'all' | 'none' | readonly number[];
}

const WINDOW_MS = 40_000;
const CONVERGE_WITHIN_MS = 200_000;
const ORDERS: readonly OrderKind[] = ['migrate', 'migrate', 'migrate', 'restore', 'restore', 'rewind', 'rollback', 'abort'];
const DRIFT = 0.04;

const pick = <T>(random: Random, values: readonly T[]): T => values[random.below(values.length)]!;

/** The run that a seed stands for. */
export function planMoves({ seed, faults }: MovesChoice): MovesOptions {
  const random = derive(seed, 'moves');
  const boards = random.between(2, 3);
  const leaseMs = pick(random, [0, 0, 300, 2000]);
  const drawn = drawFaults(seed, boards);
  return {
    world: {
      seed,
      rates: Array.from({ length: boards }, () => 1 + DRIFT * (2 * random.unit() - 1)),
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
    orders: drawOrders(seed, boards),
    faults: faults === 'all' ? drawn : faults === 'none' ? [] : drawn.filter(({ index }) => faults.includes(index)),
    quietAfterMs: WINDOW_MS,
    convergeWithinMs: CONVERGE_WITHIN_MS,
  };
}

function drawOrders(seed: number, boards: number): MoveOrder[] {
  const random = derive(seed, 'orders');
  const orders = Array.from({ length: random.between(2, 6) }, () => ({
    kind: pick(random, ORDERS),
    atMs: 1500 + Math.round(random.unit() * (WINDOW_MS - 8000)),
    target: random.below(boards),
  }));
  return orders.sort((a, b) => a.atMs - b.atMs);
}

function drawFaults(seed: number, boards: number): MoveFault[] {
  const count = derive(seed, 'fault-count').between(0, 8);
  const faults = Array.from({ length: count }, (_, i) => {
    const random = derive(seed, 'fault', i);
    return {
      index: 0,
      kind: pick(random, MOVE_FAULT_KINDS),
      atMs: Math.round(random.unit() * (WINDOW_MS - 2000)),
      durationMs: Math.round(100 * 2 ** (random.unit() * 7)),
      board: random.below(boards),
      amount: Math.round((0.05 + random.unit() * 0.4) * 100) / 100,
      party: pick(random, ['board', 'host'] as const),
      step: pick(random, STEPS),
    };
  });
  return faults.sort((a, b) => a.atMs - b.atMs).map((fault, index) => ({ ...fault, index }));
}

export function describeMoveFault(fault: MoveFault): string {
  const where = fault.kind === 'step' ? `${fault.party} ${fault.board} at a ${fault.step}` : `board ${fault.board}`;
  return `#${fault.index} ${fault.kind} at ${fault.atMs} ms for ${fault.durationMs} ms, ${where}, amount ${fault.amount}`;
}
