// What the parts of a commit cost, in computrons and, where the engine can count them, in machine instructions: stores, hashes, commits
// without coding, deltas, frames; each with its slope per page and per changed byte, and again in twice the state.
import { DeltaSource } from '../../../src/delta/delta-source.js';
import { PAGE_BYTES } from '../../../src/memory/constants.js';
import { hashPage } from '../../../src/memory/hash.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { FRAME_BYTES_MAX, KIND_DELTA_MIDDLE, SERIAL_BYTES_MAX } from '../../../src/wire/constants.js';
import { FrameBuilder } from '../../../src/wire/frame-builder.js';
import { serialEncode } from '../../../src/wire/serial-framer.js';
import { host } from '../host-api.js';
import { adaptiveCodecs, storedCodecs } from './codecs.js';
import { Draws } from './pair.js';
import { PlainMemory } from './plain-memory.js';

const STATE_BYTES = 16384;
const PAGE_STRIDE = 5 * PAGE_BYTES;
const WORDS_PER_PAGE = PAGE_BYTES / 4;
const ROUNDS = 4;
const PAGES = 8;
const SMALL_FRAME_BYTES = 16;
const LARGE_FRAME_BYTES = 256;

type Cost = { computrons: number; instructions: number };

/** Readings around something; what the readings themselves cost is taken off. */
class Stopwatch {
  #meter = 0;
  #instructions = 0;
  readonly #own: Cost;

  constructor() {
    this.#own = { computrons: 0, instructions: 0 };
    this.start();
    this.#own = this.stop(1);
  }

  start(): void {
    this.#meter = host.meter();
    this.#instructions = host.instructions();
  }

  /** Per one of `count`. */
  stop(count: number): Cost {
    const instructions = host.instructions() - this.#instructions - this.#own.instructions;
    const computrons = host.meter() - this.#meter - this.#own.computrons;
    return { computrons: computrons / count, instructions: instructions / count };
  }
}

const watch = new Stopwatch();
const draws = new Draws();

function minus(a: Cost, b: Cost): Cost {
  return { computrons: a.computrons - b.computrons, instructions: a.instructions - b.instructions };
}

function part(a: Cost, share: number): Cost {
  return { computrons: a.computrons * share, instructions: a.instructions * share };
}

/** Something that is done to a memory with changes in it. */
interface Work {
  readonly memory: PageMemory;
  run(): void;
}

/** A commit without coding: capture, hashes, marks. */
class Drain implements Work {
  readonly memory: PageMemory;

  constructor(sizeBytes: number) {
    this.memory = new PageMemory({ sizeBytes });
  }

  run(): void {
    this.memory.capture();
    while (this.memory.runs.next());
    this.memory.release();
  }
}

/** A delta, from the capture to the acknowledgement. */
class Delta implements Work {
  readonly memory: PageMemory;
  readonly #source: DeltaSource;
  readonly #out = new Uint8Array(LARGE_FRAME_BYTES);
  #sequence = 0;

  constructor(sizeBytes: number, compress: boolean) {
    this.memory = new PageMemory({ sizeBytes });
    this.#source = new DeltaSource(this.memory, [(compress ? adaptiveCodecs() : storedCodecs()).encoder]);
  }

  run(): void {
    this.#source.begin(1, 1, this.#sequence, this.#sequence + 1);
    while (!this.#source.finished) this.#source.produce(this.#out, 0, LARGE_FRAME_BYTES);
    this.#source.acknowledge();
    this.#sequence++;
  }
}

/** Changes words side by side in each of so many pages. */
function change(memory: PageMemory, pages: number, words: number): void {
  for (let page = 0; page < pages; page++) {
    for (let word = 0; word < words; word++) memory.setU32(page * PAGE_STRIDE + word * 4, draws.next() + 1);
  }
}

function costOf(work: Work, pages: number, words: number): Cost {
  let sum: Cost = { computrons: 0, instructions: 0 };
  for (let round = 0; round < 2 * ROUNDS; round++) {
    change(work.memory, pages, words);
    watch.start();
    work.run();
    const cost = watch.stop(ROUNDS);
    if (round >= ROUNDS) sum = { computrons: sum.computrons + cost.computrons, instructions: sum.instructions + cost.instructions };
  }
  return sum;
}

/** One page with one word, and what each further page with one word and each further byte in a page add. */
function slopes(work: Work): { once: Cost; perPage: Cost; perByte: Cost } {
  const once = costOf(work, 1, 1);
  return {
    once,
    perPage: part(minus(costOf(work, PAGES, 1), once), 1 / (PAGES - 1)),
    perByte: part(minus(costOf(work, 1, WORDS_PER_PAGE), once), 1 / (PAGE_BYTES - 4)),
  };
}

function stores(): { raw: Cost; first: Cost; later: Cost } {
  const memory = new PageMemory({ sizeBytes: STATE_BYTES });
  const plain = new PlainMemory(STATE_BYTES);
  const words = WORDS_PER_PAGE;
  watch.start();
  for (let index = 0; index < words; index++);
  const loop = watch.stop(words);
  watch.start();
  for (let index = 0; index < words; index++) plain.setU32(index << 2, 1);
  const raw = minus(watch.stop(words), loop);
  watch.start();
  for (let index = 0; index < words; index++) memory.setU32(index << 8, 1);
  const first = minus(watch.stop(words), loop);
  watch.start();
  for (let index = 1; index <= words; index++) memory.setU32(index << 2, 2);
  return { raw, first, later: minus(watch.stop(words), loop) };
}

function hash(): { perPage: Cost } {
  const words = new Int32Array(STATE_BYTES / 4);
  watch.start();
  for (let page = 0; page < PAGES; page++) hashPage(words, page * WORDS_PER_PAGE, page);
  return { perPage: watch.stop(PAGES) };
}

class Framing {
  readonly #builder = new FrameBuilder();
  readonly #line = new Uint8Array(Math.max(SERIAL_BYTES_MAX, FRAME_BYTES_MAX) + 4);

  constructor() {
    for (let index = 1; index <= LARGE_FRAME_BYTES; index++) this.#builder.bytes[index] = draws.next();
  }

  /** Head, check and COBS around so many bytes. */
  cost(bytes: number): Cost {
    watch.start();
    this.#builder.begin(KIND_DELTA_MIDDLE);
    this.#builder.at += bytes;
    serialEncode(this.#builder.bytes, 0, this.#builder.seal(7), this.#line, 0);
    return watch.stop(1);
  }
}

function frames(): { once: Cost; perByte: Cost } {
  const framing = new Framing();
  const once = framing.cost(SMALL_FRAME_BYTES);
  const large = framing.cost(LARGE_FRAME_BYTES);
  return { once, perByte: part(minus(large, once), 1 / (LARGE_FRAME_BYTES - SMALL_FRAME_BYTES)) };
}

/** The same change in twice the state: how much more a commit with each kind of coding costs, as a share. */
function doubled(of: (sizeBytes: number) => Work): Cost {
  const once = costOf(of(STATE_BYTES), PAGES, 1);
  const twice = costOf(of(2 * STATE_BYTES), PAGES, 1);
  return { computrons: twice.computrons / once.computrons - 1, instructions: twice.instructions / once.instructions - 1 };
}

host.print(
  JSON.stringify({
    store: stores(),
    hash: hash(),
    commit: slopes(new Drain(STATE_BYTES)),
    stored: slopes(new Delta(STATE_BYTES, false)),
    modelled: slopes(new Delta(STATE_BYTES, true)),
    frame: frames(),
    doubled: {
      commit: doubled((sizeBytes) => new Drain(sizeBytes)),
      stored: doubled((sizeBytes) => new Delta(sizeBytes, false)),
      modelled: doubled((sizeBytes) => new Delta(sizeBytes, true)),
    },
  }),
);
