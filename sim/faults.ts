import { MOVE_FAULT_KINDS, type MoveFaultKind } from './moves/fault-kinds.js';
import { derive, type Random } from './random.js';

/** Everything that can go wrong in a run. What the duration and the amount of each one mean is said here and nowhere else. */
export const FAULT_KINDS = [
  'loss', // frames (on serial: stretches of bytes) vanish; amount = probability per frame
  'duplicate', // frames arrive twice
  'reorder', // frames overtake each other
  'corrupt', // bits flip on the way
  'reseal', // a delta's bytes change before the frame's check is computed
  'partial', // a write ends in mid-frame
  'late', // a copy of the frame comes again seconds later
  'hostile', // loss, duplicates, reorder and corruption at once
  'outage', // cable out, or connection to the broker gone, for the duration
  'hold', // a broker keeps everything back for the duration; on serial the board's receive loop pauses
  'move', // the board leaves this link and goes on over its other one
  'reset', // the board restarts with its RAM kept; away for the duration
  'power', // the board loses power and RAM; away for the duration
  'alone', // the board loses power, RAM and its links: an agent that does not wait for its host goes on from its checkpoint
  'throw', // the next turns throw; amount = how often in a row
  'poke', // a byte of a clean page changes behind the barrier, and another one when the run is over and the board idle
  'burst', // turns write most of the state for the duration
  'clone', // a second board with the same identity comes up for the duration
  'fence', // the board is cut off for the duration while a vacant one takes its agent over
  'crash', // the host dies at the next store write, in the phase given; away for the duration
  'storeFail', // store writes fail for the duration
  'storeSlow', // syncs take long for the duration
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** Where in a store write the host dies. */
export const CRASH_PHASES = ['before-write', 'before-sync', 'torn-sync', 'after-sync', 'at-once'] as const;
export type CrashPhase = (typeof CRASH_PHASES)[number];

export interface Fault {
  /** Place in the seed's list; `--faults 3,7` names these. */
  readonly index: number;
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly durationMs: number;
  /** Index of the board it strikes; faults of the host ignore it. */
  readonly board: number;
  readonly amount: number;
  readonly phase: CrashPhase;
}

export const isFaultKind = (name: string): name is FaultKind => (FAULT_KINDS as readonly string[]).includes(name);

/** Kinds that need nothing special of their board, with how often they are drawn. */
const WEIGHTS: Readonly<Record<FaultKind, number>> = {
  loss: 6,
  duplicate: 3,
  reorder: 4,
  corrupt: 3,
  reseal: 5,
  partial: 3,
  late: 5,
  hostile: 5,
  outage: 13,
  hold: 6,
  move: 4,
  reset: 4,
  power: 5,
  alone: 13,
  throw: 4,
  poke: 8,
  burst: 7,
  clone: 4,
  fence: 6,
  crash: 13,
  storeFail: 2,
  storeSlow: 3,
};

function drawKind(random: Random): FaultKind {
  const total = FAULT_KINDS.reduce((sum, kind) => sum + WEIGHTS[kind], 0);
  let rest = random.below(total);
  for (const kind of FAULT_KINDS) {
    rest -= WEIGHTS[kind];
    if (rest < 0) return kind;
  }
  return 'loss';
}

/** The seed's whole list, in the order of time. Each fault draws from a stream of its own. */
export function drawFaults(seed: number, boards: number, windowMs: number): Fault[] {
  const count = derive(seed, 'fault-count').between(2, 5 + 2 * boards);
  const faults = Array.from({ length: count }, (_, i) => {
    const random = derive(seed, 'fault', i);
    return {
      index: 0,
      kind: drawKind(random),
      atMs: Math.round(random.unit() * windowMs),
      durationMs: Math.round(50 * 2 ** (random.unit() * 7)),
      board: random.below(boards),
      amount: Math.round((0.05 + random.unit() * 0.45) * 100) / 100,
      phase: CRASH_PHASES[random.below(CRASH_PHASES.length)]!,
    };
  });
  return faults.sort((a, b) => a.atMs - b.atMs).map((fault, index) => ({ ...fault, index }));
}

export function describeFault(fault: Fault): string {
  const where = fault.kind.startsWith('store') || fault.kind === 'crash' ? 'host' : `board ${fault.board}`;
  const how = fault.kind === 'crash' ? ` ${fault.phase}` : '';
  return `#${fault.index} ${fault.kind}${how} at ${fault.atMs} ms for ${fault.durationMs} ms, ${where}, amount ${fault.amount}`;
}

/** Which faults of a seed's list happen: all, none, some kinds, or some places in the list. */
export type FaultChoice = 'all' | 'none' | readonly (FaultKind | MoveFaultKind | number)[];

/** Reads `all`, `none`, or a list of kinds and places such as `loss,crash` or `3,7`. Throws RangeError naming what is wrong. */
export function parseFaultChoice(text: string): FaultChoice {
  if (text === 'all' || text === 'none') return text;
  return text.split(',').map((word) => {
    if (/^\d{1,6}$/.test(word)) return Number(word);
    if (isFaultKind(word)) return word;
    const moving = MOVE_FAULT_KINDS.find((kind) => kind === word);
    if (moving !== undefined) return moving;
    const kinds = new Set([...FAULT_KINDS, ...MOVE_FAULT_KINDS]);
    throw new RangeError(`no such fault: "${word}" (one of ${[...kinds].join(', ')}, or places in the seed's list)`);
  });
}

export function formatFaultChoice(choice: FaultChoice): string {
  return typeof choice === 'string' ? choice : choice.length === 0 ? 'none' : choice.join(',');
}

export function chooseFaults<F extends Pick<Fault, 'index'> & { readonly kind: FaultKind | MoveFaultKind }>(
  faults: readonly F[],
  choice: FaultChoice,
): F[] {
  if (choice === 'none') return [];
  if (choice === 'all') return [...faults];
  return faults.filter((fault) => choice.includes(fault.kind) || choice.includes(fault.index));
}
