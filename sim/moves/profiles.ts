import type { Phase } from '../../host/migration/plan.js';
import type { Random } from '../random.js';
import type { MoveFaultKind } from './fault-kinds.js';
import type { Aim, MoveFault, MoveOrder, MovesOptions } from './options.js';
import type { OrderKind } from './orders.js';
import { STEPS } from './steps.js';

/** What a seed's run is made for: a situation that is rare where all is drawn at random. */
export type Profile = (random: Random, plan: MovesOptions) => MovesOptions;

/** A host takes a board for gone after this. */
const SILENT_MS = 5200;
/** One order after the other, each move with time to end. */
const MOVE_EVERY_MS = 3000;
const SHORT_MOVE_MS = 2000;
const GIVEN_UP_MS = 5000;
const FIRST_ORDER_MS = 1500;
/** A broker far away. */
const FAR_MS = 100;
const ON_MQTT = 1;
const SLOW = 0.961;
const FAST = 1.039;

const pick = <T>(random: Random, values: readonly T[]): T => values[random.below(values.length)]!;

/** How long a host waits for a lease of which it heard last. */
const leaseEndMs = (leaseMs: number) => leaseMs * 1.1 + 1000;

function fault(kind: MoveFaultKind, atMs: number, durationMs: number, board: number, more: Partial<MoveFault> = {}): MoveFault {
  return { index: 0, kind, atMs, durationMs: Math.round(durationMs), board, amount: 0.3, party: 'board', step: 'send', ...more };
}

/** `boards`: that many, all of them reached through a broker if `isFar`. */
function leased(plan: MovesOptions, leaseMs: number, boards: number, isFar: boolean): MovesOptions {
  const { world, mqtt } = plan;
  const rates = Array.from({ length: boards }, (_, index) => world.rates[index] ?? 1);
  const firstLinks = Array.from({ length: boards }, (_, index) => (isFar ? ON_MQTT : (world.firstLinks[index] ?? 0)));
  return {
    ...plan,
    world: { ...world, agents: 1, leaseMs, rates, firstLinks },
    mqtt: isFar ? { ...mqtt, latencyMs: FAR_MS } : mqtt,
  };
}

/**
 * An answer of the host is held back by the broker, until a restore to an older sequence has brought the agent to the next board: to a
 * hello of a board that was away for a moment, or to a question of one that runs.
 */
const lateAnswers: Profile = (random, plan) => {
  const leaseMs = pick(random, [300, 2000, 2000]);
  const boards = plan.world.rates.length;
  const orders: MoveOrder[] = [];
  const faults: MoveFault[] = [];
  for (let round = 0; round < 2; round++) {
    const atMs = FIRST_ORDER_MS + 500 + round * 10_000;
    const owner = round % boards;
    const heldMs = leaseEndMs(leaseMs) + 300 + random.below(400);
    if (random.chance(0.5)) faults.push(fault('outage', atMs - 200, 200, owner));
    faults.push(fault('hold', atMs + 1 + random.below(FAR_MS), heldMs, owner));
    orders.push({ kind: 'rewind', atMs: atMs + FAR_MS + 10, target: (owner + 1) % boards, agent: 0 });
  }
  return { ...leased(plan, leaseMs, boards, true), orders, faults };
};

/** A board that was given a dead one's agent cannot say so, or hears of it late; the agent goes on to the third board. */
const lateActivation: Profile = (random, plan) => {
  const leaseMs = pick(random, [300, 2000]);
  const deadMs = FIRST_ORDER_MS;
  const restoreMs = deadMs + SILENT_MS + random.below(500);
  const isHeld = random.chance(0.5);
  const aim: Aim = { phase: 'activating', party: 'target', afterMs: isHeld ? 0 : 5 + random.below(20) };
  const durationMs = isHeld ? leaseEndMs(leaseMs) + 700 + random.below(800) : 1000 + random.below(3000);
  return {
    ...leased(plan, leaseMs, 3, true),
    orders: [
      { kind: 'restore', atMs: restoreMs, target: 1, agent: 0 },
      { kind: 'rewind', atMs: restoreMs + 400, target: 2, agent: 0 },
    ],
    faults: [fault('power', deadMs, 18_000, 0), fault(isHeld ? 'hold' : 'loss', restoreMs, durationMs, 1, { aim, amount: 0.97 })],
  };
};

/** The host starts again while the owner is cut off and its lease runs, and is told to restore the agent at once. */
const newHost: Profile = (random, plan) => {
  const leaseMs = pick(random, [2000, 8000]);
  const boards = plan.world.rates.length;
  const atMs = FIRST_ORDER_MS + random.below(2000);
  const crashMs = 100 + random.below(400);
  const orderMs = atMs + crashMs + 500;
  return {
    ...leased(plan, leaseMs, boards, random.chance(0.5)),
    orders: [{ kind: 'restore', atMs: orderMs, target: 1, agent: 0 }],
    faults: [
      fault('outage', atMs, 4000 + random.below(12_000), 0),
      fault('crash', atMs + random.below(200), crashMs, 0),
      fault('power', atMs, crashMs + 300, 1),
    ],
  };
};

/** Moves one after the other, struck in these phases. */
function struck(
  random: Random,
  plan: MovesOptions,
  orders: readonly OrderKind[],
  kinds: readonly MoveFaultKind[],
  phases: readonly Phase[],
  parties: readonly (Aim['party'] | undefined)[],
): MovesOptions {
  const boards = plan.world.rates.length;
  const lastMs = plan.quietAfterMs - MOVE_EVERY_MS;
  const given: MoveOrder[] = [];
  const faults: MoveFault[] = [];
  for (let atMs = FIRST_ORDER_MS; atMs < lastMs; atMs += MOVE_EVERY_MS) {
    given.push({ kind: pick(random, orders), atMs, target: random.below(boards), agent: random.below(plan.world.agents ?? 1) });
    for (let count = random.between(0, 3); count > 0; count--) {
      const aim: Aim = { phase: pick(random, phases), party: pick(random, parties), afterMs: random.below(120) };
      const durationMs = 40 * 2 ** (random.unit() * 6);
      const amount = Math.round(10 + random.unit() * 40) / 100;
      const party = pick(random, ['board', 'board', 'host'] as const);
      const step = pick(random, STEPS);
      faults.push(fault(pick(random, kinds), atMs, durationMs, random.below(boards), { aim, amount, party, step }));
    }
  }
  return { ...plan, orders: given, faults };
}

/** The owner's clock is slow, and it is cut off; the agent is restored the moment that its lease is over. */
const slowClock: Profile = (random, plan) => {
  const boards = plan.world.rates.length;
  const atMs = FIRST_ORDER_MS + random.below(2000);
  const made = leased(plan, 8000, boards, false);
  return {
    ...made,
    world: { ...made.world, hostRate: FAST, rates: made.world.rates.map((rate, index) => (index === 0 ? SLOW : rate)) },
    diskMaxMs: 1,
    orders: [{ kind: 'rewind', atMs, target: 1, agent: 0 }],
    faults: [fault('outage', atMs, 10_000 + random.below(5000), 0)],
  };
};

/** The source was away for a moment when its move is to go on: it is told to stand still while what it said in between is on its way. */
const backToFreeze: Profile = (random, plan) => {
  const boards = plan.world.rates.length;
  const orders: MoveOrder[] = [];
  const faults: MoveFault[] = [];
  for (let atMs = FIRST_ORDER_MS; atMs < plan.quietAfterMs - SHORT_MOVE_MS; atMs += SHORT_MOVE_MS) {
    orders.push({ kind: 'migrate', atMs, target: orders.length % boards, agent: 0 });
    const aim: Aim = { phase: 'filling', party: 'source', afterMs: random.below(80) };
    faults.push(fault('outage', atMs, 150 + random.below(100), 0, { aim }));
    faults.push(fault('loss', atMs, 600 + random.below(400), 0, { aim, amount: 0.4 }));
  }
  const made = leased(plan, 300, boards, false);
  return { ...made, world: { ...made.world, turnEveryMs: 40 }, orders, faults };
};

/** Links and parties fail around the moment in which the source stands still. */
const aroundFreeze: Profile = (random, plan) => {
  const kinds = [
    'hostile',
    'reseal',
    'hold',
    'loss',
    'late',
    'outage',
    'outage',
    'reset',
    'reset',
    'move',
    'power',
    'crash',
    'unknown',
  ] as const;
  const leaseMs = pick(random, [0, 300, 300]);
  const aimed = struck(random, plan, ['migrate'], kinds, ['prepared', 'freezing', 'freezing', 'granting'], ['source', 'target']);
  return { ...aimed, world: { ...aimed.world, leaseMs, turnEveryMs: 40 } };
};

/** A move that has come no further than the freeze is given up: the target hears nothing, the source is not heard, or the host was away. */
const givenUp: Profile = (random, plan) => {
  const atMs = FIRST_ORDER_MS;
  const aimed = (party: Aim['party'], afterMs: number): Partial<MoveFault> => ({ aim: { phase: 'freezing', party, afterMs } });
  const deaf = fault('hold', atMs, 100 * 2 ** (random.unit() * 5), 1, aimed('target', 0));
  const ways = [
    [deaf, fault('outage', atMs, 50 + random.below(200), 0, aimed('source', 50 + random.below(100)))],
    [deaf, fault('crash', atMs, 100 + random.below(400), 0, aimed('source', 50 + random.below(100)))],
    [fault('hold', atMs, 3000, 0, aimed('source', 1 + random.below(4)))],
  ];
  const made = leased(plan, pick(random, [0, 300, 2000]), 2, true);
  return {
    ...made,
    mqtt: plan.mqtt,
    orders: [
      { kind: 'migrate', atMs, target: 1, agent: 0 },
      { kind: 'abort', atMs: atMs + 1000 + random.below(500), target: 1, agent: 0 },
    ],
    faults: pick(random, ways),
    quietAfterMs: atMs + GIVEN_UP_MS,
  };
};

/** A second host has read the agent while a move was under way that came to nothing; when the first one dies, much later, it is to restore the agent. */
const takeover: Profile = (random, plan) => {
  const target = plan.world.rates.length - 1;
  const atMs = FIRST_ORDER_MS;
  const crashMs = atMs + 3500 + random.below(2000);
  return {
    ...leased(plan, pick(random, [0, 300]), plan.world.rates.length, false),
    orders: [
      { kind: 'migrate', atMs, target, agent: 0 },
      { kind: 'abort', atMs: atMs + 2500, target, agent: 0 },
      { kind: 'restore', atMs: crashMs + 500 + random.below(1000), target, agent: 0 },
    ],
    faults: [
      fault('outage', atMs, 4000, target, { aim: { phase: 'filling', party: 'target', afterMs: 20 + random.below(50) } }),
      fault('second', atMs + 200 + random.below(500), 20_000, 0),
      fault('crash', crashMs, 8000 + random.below(3000), 0),
      fault('power', crashMs, 10_000, 0),
    ],
  };
};

/** The board that had the agent two owners ago is switched on again while the newest one is out of reach. */
const oldBoard: Profile = (random, plan) => {
  const onMs = 17_000 + random.below(1000);
  return {
    ...leased(plan, 8000, 3, false),
    orders: [
      { kind: 'restore', atMs: 11_500, target: 1, agent: 0 },
      { kind: 'migrate', atMs: 13_500, target: 2, agent: 0 },
    ],
    faults: [fault('power', FIRST_ORDER_MS, onMs - FIRST_ORDER_MS, 0), fault('outage', onMs - random.below(1000), 6500, 2)],
  };
};

/** Nobody knows of many writes whether they happened, and another host may be there. */
const inDoubt: Profile = (random, plan) => {
  if (random.chance(0.3)) return takeover(random, plan);
  const made = struck(
    random,
    plan,
    ['migrate', 'migrate', 'rewind'],
    ['power', 'reset', 'outage', 'second'],
    ['granting', 'activating'],
    ['source', 'target'],
  );
  const unknown = fault('unknown', FIRST_ORDER_MS, plan.quietAfterMs, 0);
  const second = fault('second', FIRST_ORDER_MS + random.below(8000), 4000 + random.below(8000), 0);
  return { ...made, faults: [...made.faults, ...(random.chance(0.7) ? [unknown] : []), ...(random.chance(0.5) ? [second] : [])] };
};

/** Flash, disk and parties fail around the moment in which the target becomes the owner. */
const aroundActivation: Profile = (random, plan) => {
  const kinds = [
    'flash',
    'torn',
    'torn',
    'power',
    'step',
    'step',
    'crash',
    'second',
    'unknown',
    'slow',
    'outage',
    'hold',
    'reset',
    'late',
  ] as const;
  const phases = ['freezing', 'granting', 'activating', 'retiring'] as const;
  return struck(random, plan, ['migrate', 'migrate', 'rewind', 'restore'], kinds, phases, ['target', 'target', 'source']);
};

/** The agent goes back and forth between two boards, while copies of all that was said come again later. */
const backAndForth: Profile = (random, plan) => {
  const orders: MoveOrder[] = [];
  for (let atMs = FIRST_ORDER_MS; atMs < plan.quietAfterMs - SHORT_MOVE_MS; atMs += 500 + random.below(500)) {
    const kind = pick(random, ['migrate', 'migrate', 'migrate', 'rollback', 'abort'] as const);
    orders.push({ kind, atMs, target: (orders.length + 1) % 2, agent: 0 });
  }
  const made = leased(plan, pick(random, [0, 300]), 2, true);
  const faults = [0, 1].map((board) => fault('late', 0, plan.quietAfterMs, board, { amount: 0.2 + random.unit() * 0.3 }));
  return { ...made, world: { ...made.world, turnEveryMs: 40 }, mqtt: plan.mqtt, orders, faults };
};

const cutOff: Profile = (random, plan) => pick(random, [newHost, slowClock, oldBoard])(random, plan);

const anything: Profile = (_random, plan) => plan;

/** By seed, in turn. */
const TURNS = [
  ['anything', anything],
  ['around a freeze', aroundFreeze],
  ['late answers', lateAnswers],
  ['given up', givenUp],
  ['anything', anything],
  ['back to a freeze', backToFreeze],
  ['late activation', lateActivation],
  ['in doubt', inDoubt],
  ['anything', anything],
  ['around an activation', aroundActivation],
  ['cut off', cutOff],
  ['back and forth', backAndForth],
] as const satisfies readonly (readonly [string, Profile])[];

export type ProfileName = (typeof TURNS)[number][0];

export function profileOf(seed: number): Profile {
  return TURNS[seed % TURNS.length]![1];
}

/** The seeds that have this profile: the first one, and how far it is from one to the next. */
export function seedsOf(name: ProfileName): { readonly seed: number; readonly step: number } {
  return { seed: TURNS.length + TURNS.findIndex(([one]) => one === name), step: TURNS.length };
}
