// Computrons of a workload's commits, for Godwit and for a port of the origin's scheme, over the trace that is the input.
// Arguments: by how much the state is longer than the trace's (1, or 2 for twice the state with the same change); stored or modelled.
// Writes go through the typed stores, as an agent's would; `barrier` is what they cost beyond plain stores of the same bytes.
import { OriginScheme } from '../../../bench/origin/scheme.js';
import { DeltaSource } from '../../../src/delta/delta-source.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { host } from '../host-api.js';
import { adaptiveCodecs, storedCodecs } from './codecs.js';
import { PlainMemory } from './plain-memory.js';

const OUTBOX_BYTES = 256;

type Stores = Pick<PlainMemory, 'setU32' | 'setU16' | 'setU8'>;

class Trace {
  readonly #view: DataView;
  readonly bytes: Uint8Array;
  at = 8;

  constructor(buffer: ArrayBuffer) {
    this.#view = new DataView(buffer);
    this.bytes = new Uint8Array(buffer);
  }

  get sizeBytes(): number {
    return this.#view.getUint32(0, true);
  }

  get commitCount(): number {
    return this.#view.getUint32(4, true);
  }

  /** Stores the writes of the commit at `at`, as wide as they are aligned. */
  replay(memory: Stores): void {
    const view = this.#view;
    let writeCount = view.getUint32(this.at, true);
    let at = this.at + 4;
    for (; writeCount > 0; writeCount--) {
      let offset = view.getUint32(at, true);
      let left = view.getUint32(at + 4, true);
      at += 8;
      while (left > 0) {
        const step = left >= 4 && (offset & 3) === 0 ? 4 : left >= 2 && (offset & 1) === 0 ? 2 : 1;
        if (step === 4) memory.setU32(offset, view.getUint32(at, true));
        else if (step === 2) memory.setU16(offset, view.getUint16(at, true));
        else memory.setU8(offset, view.getUint8(at));
        offset += step;
        at += step;
        left -= step;
      }
    }
    this.at = at;
  }
}

const trace = new Trace(host.readInput());
const [factorText, codec] = host.args();
const factor = Number(factorText);
const sizeBytes = trace.sizeBytes * factor;
const initial = new Uint8Array(sizeBytes);
for (let copy = 0; copy < factor; copy++) initial.set(trace.bytes.subarray(8, 8 + trace.sizeBytes), copy * trace.sizeBytes);

const memory = new PageMemory({ sizeBytes });
memory.load(0, initial, 0, sizeBytes);
const plain = new PlainMemory(sizeBytes);
plain.bytes.set(initial);
const source = new DeltaSource(memory, [(codec === 'modelled' ? adaptiveCodecs() : storedCodecs()).encoder]);
const outbox = new Uint8Array(OUTBOX_BYTES);
const origin = new OriginScheme(initial);

const sums = { commits: 0, commit: 0, barrier: 0, bytes: 0, originCommit: 0, originBytes: 0 };
let sequence = 0;
trace.at += trace.sizeBytes;

for (let left = trace.commitCount; left > 0; left--) {
  const from = trace.at;
  const start = host.meter();
  trace.replay(memory);
  const written = host.meter();
  if (source.begin(1, 1, sequence, sequence + 1)) {
    while (!source.finished) sums.bytes += source.produce(outbox, 0, OUTBOX_BYTES);
    source.acknowledge();
    sequence++;
  }
  const committed = host.meter();
  trace.at = from;
  trace.replay(plain);
  const writtenPlain = host.meter();
  sums.originBytes += origin.createDelta(plain.bytes, 1_700_000_000);
  const end = host.meter();
  sums.commits++;
  sums.commit += committed - written;
  sums.barrier += written - start - (writtenPlain - committed);
  sums.originCommit += end - writtenPlain;
}

for (let index = 0; index < sizeBytes; index++) {
  if (memory.getU8(index) !== plain.bytes[index]) throw new Error(`the two states differ at ${index}`);
}
host.print(JSON.stringify(sums));
