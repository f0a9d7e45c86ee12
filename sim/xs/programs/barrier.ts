// What a store costs: through the barrier of PageMemory, and through the same class without one. Prints computrons per store, with and
// without the loop around it. `first` stores once to each page after a commit, `later` stores to pages touched before, `equal` stores
// the bits that are there.
import { PAGE_BYTES } from '../../../src/memory/constants.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { host } from '../host-api.js';
import { PlainMemory } from './plain-memory.js';

const PAGE_COUNT = 32;
const STORE_COUNT = 32 * 63;

class Loops {
  value = 1;

  /** Word by word, page after page, `count` stores. */
  later(memory: { setU32(offset: number, value: number): void }, value: number): void {
    for (let index = 0; index < STORE_COUNT; index++) memory.setU32(index << 2, value);
  }

  first(memory: { setU32(offset: number, value: number): void }, value: number): void {
    for (let page = 0; page < PAGE_COUNT; page++) memory.setU32(page << 8, value);
  }

  empty(_memory: unknown, value: number): void {
    for (let index = 0; index < STORE_COUNT; index++) this.value = value;
  }
}

function drain(memory: PageMemory): void {
  memory.capture();
  while (memory.runs.next());
  memory.release();
}

const loops = new Loops();
const raw = new PlainMemory(PAGE_COUNT * PAGE_BYTES);
const memory = new PageMemory({ sizeBytes: PAGE_COUNT * PAGE_BYTES });
const costs: Record<string, number> = {};

let start = host.meter();
loops.empty(raw, 1);
costs.loop = (host.meter() - start) / STORE_COUNT;

start = host.meter();
loops.later(raw, 1);
costs.raw = (host.meter() - start) / STORE_COUNT;

start = host.meter();
loops.first(memory, 1);
costs.first = (host.meter() - start) / PAGE_COUNT;

loops.later(memory, 2);
start = host.meter();
loops.later(memory, 3);
costs.later = (host.meter() - start) / STORE_COUNT;

start = host.meter();
loops.later(memory, 3);
costs.equal = (host.meter() - start) / STORE_COUNT;

drain(memory);
loops.first(memory, 4);
start = host.meter();
drain(memory);
costs.drainPage = (host.meter() - start) / PAGE_COUNT;

host.print(JSON.stringify(costs));
