import { RuntimeView } from '../sessions/runtime-view.js';
import type { AgentOutput } from '../sessions/types.js';
import type { HistoryPoint, StateAt, Store, StoreError } from '../store/store.js';

/** What the world has seen since an older sequence, and an agent that goes back to it has not. */
export interface RestorePreview {
  /** The retained sequence that comes back: the nearest that is not above the one asked for. */
  readonly sequence: number;
  readonly headSequence: number;
  /** Committed outputs released since, as far as the retained heads still hold them. */
  readonly outputs: readonly AgentOutput[];
  /** Inputs acknowledged since: numbers above the first, up to the second. They are not given to the agent again. */
  readonly inputsFrom: number;
  readonly inputsTo: number;
}

export type PreviewDone = (error: StoreError | undefined, preview?: RestorePreview) => void;

/** Reads every retained point between `atSequence` and the head, one after the other. Undefined: that old nothing is retained. */
export function previewRestore(store: Store, agentId: string, atSequence: number, done: PreviewDone): void {
  const runtime = new RuntimeView();
  const outputs = new Map<string, AgentOutput>();
  let first: StateAt | undefined;
  let last: StateAt | undefined;
  const take = (found: StateAt): void => {
    last = found;
    if (first === undefined) first = found;
    for (const output of runtime.outputs(found.state, first.sequence, found.sequence))
      outputs.set(`${output.sequence}.${output.index}`, output);
  };
  const finish = (): void => {
    if (first === undefined || last === undefined) {
      done(undefined, undefined);
      return;
    }
    const consumed = (point: StateAt) => Math.max(0, runtime.consumedInputs(point.state));
    const preview = { sequence: first.sequence, headSequence: last.sequence, outputs: [...outputs.values()] };
    done(undefined, { ...preview, inputsFrom: consumed(first), inputsTo: consumed(last) });
  };
  const read = (wanted: readonly number[], index: number): void => {
    if (index === wanted.length) {
      finish();
      return;
    }
    store.stateAt(agentId, wanted[index]!, (error, found) => {
      if (error !== undefined) {
        done(error);
      } else if (found === undefined && index === 0) {
        finish();
      } else {
        if (found !== undefined) take(found);
        read(wanted, index + 1);
      }
    });
  };
  store.history(agentId, (error, points) => {
    if (error !== undefined) done(error);
    else read([atSequence, ...sequencesAbove(points ?? [], atSequence)], 0);
  });
}

function sequencesAbove(points: readonly HistoryPoint[], atSequence: number): number[] {
  return points.filter(({ sequence }) => sequence > atSequence).map(({ sequence }) => sequence);
}
