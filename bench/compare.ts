import { serialWireBytes } from './framing.js';
import { GodwitScheme } from './godwit-scheme.js';
import { OriginScheme } from './origin/scheme.js';
import { isRivalInstalled, RIVALS, type Rival, RivalBench } from './rivals/programs.js';
import type { Workload } from './workload.js';

/** Bytes of one scheme over all commits: what it makes, and that on a serial line in frames. */
export interface SchemeBytes {
  payloadBytes: number;
  serialWireBytes: number;
}

/** A workload put through every scheme. Schemes whose program is not installed are missing, and named in `missing`. */
export interface Comparison {
  readonly name: string;
  readonly stateBytes: number;
  readonly commits: number;
  /** Commits that changed the state: only these are sent, by any scheme. */
  readonly changes: number;
  readonly schemes: Readonly<Record<string, SchemeBytes>>;
  readonly missing: readonly string[];
}

const TIME_SECONDS = 1_700_000_000;

export function installedRivals(): readonly Rival[] {
  return RIVALS.filter(isRivalInstalled);
}

/** Runs every scheme over a workload, side by side, and checks that Godwit's other side holds the state after every commit. */
export function compareSchemes(workload: Workload, rivals: readonly Rival[] = installedRivals()): Comparison {
  const state = workload.initial.slice();
  const oldState = workload.initial.slice();
  const godwit = new GodwitScheme(workload.initial);
  const origin = new OriginScheme(workload.initial);
  const schemes: Record<string, SchemeBytes> = { godwit, origin: none() };
  for (const rival of rivals) schemes[rival.name] = none();
  const bench = new RivalBench();
  let commits = 0;
  let changes = 0;
  try {
    for (const writes of workload.commits) {
      commits++;
      for (const [offset, bytes] of writes) state.set(bytes, offset);
      godwit.commit(writes);
      if (!equal(state, godwit.head)) throw new Error(`${workload.name}: Godwit's head differs from the state after commit ${commits}`);
      if (equal(state, oldState)) continue;
      changes++;
      add(schemes.origin!, origin.createDelta(state, TIME_SECONDS));
      bench.setStates(oldState, state);
      for (const rival of rivals) add(schemes[rival.name]!, bench.patchBytes(rival));
      oldState.set(state);
    }
  } finally {
    bench.close();
  }
  const { payloadBytes, serialWireBytes } = godwit;
  return {
    name: workload.name,
    stateBytes: workload.sizeBytes,
    commits,
    changes,
    schemes: { ...schemes, godwit: { payloadBytes, serialWireBytes } },
    missing: RIVALS.filter((rival) => !rivals.includes(rival)).map(
      (rival) => `${rival.name}: ${rival.program} is not installed (Debian package ${rival.package})`,
    ),
  };
}

function none(): SchemeBytes {
  return { payloadBytes: 0, serialWireBytes: 0 };
}

function add(scheme: SchemeBytes, messageBytes: number): void {
  scheme.payloadBytes += messageBytes;
  scheme.serialWireBytes += serialWireBytes(messageBytes);
}

function equal(state: Uint8Array, padded: Uint8Array): boolean {
  return Buffer.compare(state, padded.subarray(0, state.length)) === 0;
}
