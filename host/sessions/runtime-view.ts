import { RuntimeReader } from '../../src/agent/runtime-reader.js';
import type { AgentOutput } from './types.js';

/** What a durable head says of inputs and outputs, read straight from its runtime block. One reader serves all agents. */
export class RuntimeView {
  readonly #reader = new RuntimeReader();

  /** Number of the newest input that this state has consumed; -1: it has no runtime block. */
  consumedInputs(state: Uint8Array): number {
    return this.#reader.open(state) ? this.#reader.inputCount : -1;
  }

  /** Outputs of commits after `fromSequence`, up to the head itself, oldest first. */
  outputs(state: Uint8Array, fromSequence: number, headSequence: number): AgentOutput[] {
    const reader = this.#reader;
    const outputs: AgentOutput[] = [];
    if (!reader.open(state)) return outputs;
    while (reader.nextOutput()) {
      if (reader.sequence <= fromSequence || reader.sequence > headSequence) continue;
      const bytes = new Uint8Array(reader.recordBytes);
      reader.copyRecord(bytes, 0);
      outputs.push({ sequence: reader.sequence, index: reader.index, bytes, committed: true });
    }
    return outputs;
  }
}
