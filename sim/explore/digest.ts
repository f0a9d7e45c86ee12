import type { DeltaSender } from '../../src/link/delta-sender.js';
import { AGENT } from '../moves/world.js';
import type { ExploredRun } from './explored-run.js';
import { OPENED } from './opened.js';
import { type FieldRules, type Rests, StateWalk } from './state-walk.js';

/** Fields that end in Ms are instants, but for these. */
const DURATIONS = [
  ...['leaseMs', 'linkSilentMs', 'heartbeatMs', 'silentMs', '__linkSilentMs', '__heartbeatMs', '__silentMs', '__helloMinMs'],
  ...['__minMs', '__maxMs', '__waitMs', '__retryMs', 'smoothedMs', '__variationMs', '__everyMs', '__hostAwayMs', 'retryAfterMs'],
  ...['bytesPerMs', 'dirtyBytesPerMs', 'predictedMs', '__longestMs', '__lastMs', 'maxDowntimeMs', 'downtimeMs'],
];
/** Drawn at random or counted on, and never but compared with each other. */
const NONCES = ['bootNonce', '__bootNonce', 'helloNonce', 'nonce', 'freezeNonce', 'granting'];
/** Counted and shown, never asked; and the frame made last, which has left or is in a lane. */
const SHOWN = ['counters', '__counters', 'events', 'lastEvent', 'frame', 'listener', '__listener'];
/** What a store retains of before its head: only what it had before the order is read, and that is the same in all runs. */
const RETAINED = ['points'];
/** A vacant board's second self is told from the first for so long. */
const GUEST_SILENT_MS = 5000;
const NO_SESSION_INTERVAL_MS = 1000;

const all = <T extends string>(names: readonly string[], rule: T) => Object.fromEntries(names.map((name) => [name, rule]));

const RULES: FieldRules = {
  '*': { ...all(DURATIONS, 'plain'), ...all(NONCES, 'name'), ...all([...SHOWN, ...RETAINED], 'left out') },
  // The nonces to come: other ones, whichever.
  HelloSeries: { __count: 'left out' },
  HostAway: { __firstMs: 'plain' },
  // The agent's time is this much ahead of the board's.
  AgentEngine: { __offsetMs: 'clock' },
  // Read into or written from within one call.
  BoardGreeting: { __welcome: 'left out', __refused: 'left out' },
  BoardHello: { __hello: 'left out' },
  BoardSession: { __diffs: 'left out' },
  BoardOrders: { __activate: 'left out' },
  HelloDesk: { __hello: 'left out' },
  // For reports. What a round has carried so far decides; it is added below.
  Migration: all(['__bytesDown', '__bytesUp', 'roundBytes', 'roundMs', 'startedMs', 'endedMs'], 'left out'),
  AgentEntry: all(['frameBytesDown', 'frameBytesUp', 'deltas'], 'left out'),
  GuestSession: { frameBytesDown: 'left out', frameBytesUp: 'left out', heardMs: { olderMs: GUEST_SILENT_MS } },
  LinkState: { noSessionMs: { olderMs: NO_SESSION_INTERVAL_MS } },
};

/** Asked under a lease only. */
const RULES_OF_LEASE: FieldRules = {
  AgentEntry: { answeredMs: 'left out' },
  HostSessions: { firstMs: 'left out' },
  BoardRefill: { preparedMs: 'left out' },
};

/** Time and transport, whose state is in timers and lanes; what only watches; what never changes; and what is filled and used within one call. */
const SKIPPED = [
  ...['VirtualClock', 'DriftClock', 'SimHost', 'MoveWorld', 'SharedStore', 'SharedDisk', 'MoveBoard'],
  ...['OwnershipHistory', 'MigrationStats', 'DowntimeParts', 'AgentDefinition', 'FrameBuilder', 'ByteReader'],
  ...['DeltaFrame', 'DeltaAckMessage', 'HashesFrame', 'HeartbeatFrame', 'SchemaFrame', 'MessageFrame', 'ErrorFrame', 'FreezeMessage'],
];

/** What has ended a delta, or has not begun one, sets all its other fields when it begins the next. */
const RESTS: Rests = {
  DeltaSender: {
    is: ({ active }: DeltaSender) => !active,
    keeps: ['active', 'number', 'timeoutRun', 'rtt', 'flow', 'credit', '__answered', '__shrunkMs'],
  },
  DeltaSource: { is: ({ active }: { active: boolean }) => !active, keeps: ['__encoders', '__encoder'] },
  RunReader: { is: ({ active }: { active: boolean }) => !active, keeps: [] },
  StoredEncoder: { is: ({ done }: { done: boolean }) => done, keeps: [] },
  StoredDecoder: { is: ({ ended }: { ended: boolean }) => ended, keeps: [] },
  DeltaSink: {
    is: (sink: { __step: number }) => SINK_RESTS.includes(sink.__step),
    keeps: ['__step', 'code', 'sequence', 'target', '__decoders'],
  },
  InPlaceTarget: { is: (target: { __page: number }) => target.__page < 0, keeps: ['memory'] },
  PagePool: { is: (pool: { freeCount: number; cellCount: number }) => pool.freeCount === pool.cellCount, keeps: [] },
};
/** Not begun, verified, refused. */
const SINK_RESTS = [0, 5, 6];

const withRules = (more: FieldRules): FieldRules => {
  const rules: Record<string, FieldRules[string]> = { ...RULES };
  for (const [name, fields] of Object.entries(more)) rules[name] = { ...rules[name], ...fields };
  return rules;
};

const unleased = new StateWalk(withRules(RULES_OF_LEASE), [...SKIPPED, 'BoardLease'], RESTS);
const leased = new StateWalk(RULES, SKIPPED, RESTS);

interface OpenedMove {
  readonly guest: unknown;
  readonly roundMs: number;
  readonly roundBytes: number;
  readonly bytesDown: number;
}

/**
 * Everything that decides how a run goes on: equal digests, equal futures. That is all that can be reached from boards, host and disk, but
 * for what the rules above leave out; and what is on its way, how far away each timer is, and what the judge will judge by.
 */
export function digestOf(run: ExploredRun): string {
  const { world, lanes, clock, deaths, delaysLeft, doneAt } = run;
  const { history } = world;
  const nowMs = clock.nowMs();
  const roots: unknown[] = [deaths.left, [...deaths.late], delaysLeft, doneAt - history.headCount, [...world.ordering]];
  roots.push(clock.pendingMs.map(Math.round), history.describe());
  for (const { program, flash } of world.boards) roots.push(program, flash.owner, flash.retired, flash.known);
  const { sessions } = world.hosts[0]!;
  if (sessions !== undefined) roots.push(...roundOf(sessions, nowMs));
  roots.push(sessions, world.disk.image);
  for (const lane of lanes.waiting) for (const { what } of lanes.in(lane)) roots.push(lane, what);
  return (run.isLeased ? leased : unleased).digest(nowMs, roots);
}

/** How long the round of a move has gone on, and what it has carried. */
function roundOf(sessions: object, nowMs: number): number[] {
  const coordinator = (sessions as Record<string, unknown>)[`${OPENED}coordinator`] as
    | { find(id: string): OpenedMove | undefined }
    | undefined;
  if (coordinator === undefined) throw new Error('states are told apart by all their fields: explore in a thread that opens them');
  const move = coordinator.find(AGENT);
  return move?.guest === undefined ? [] : [nowMs - move.roundMs, move.bytesDown - move.roundBytes];
}
