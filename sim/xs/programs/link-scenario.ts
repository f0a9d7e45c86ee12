// A seeded life of a board and its host over a bad link, the same on every engine: frames lost, repeated, late, out of order, damaged;
// links cut, power cut, turns that throw, host restarts. Every frame and every step's digests are records; the end is equal states.
import { Random } from '../../../bench/random.js';
import { BoardLink } from '../../../src/link/board-link.js';
import type { BoardListener } from '../../../src/link/board-options.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { MiniHost } from './mini-host.js';
import { type Emit, RecordWriter } from './records.js';

export const FRAME_UP = 11;
export const FRAME_DOWN = 12;
export const STEP = 13;
export const HEAD = 14;

const STEP_MS_MAX = 150;
const SETTLE_STEPS_MAX = 3000;
const FRAMES_PER_POLL_MAX = 200;
const STORES_MAX = 25;

type Flight = { readonly dueMs: number; readonly up: boolean; readonly bytes: Uint8Array };

/** Called around everything that the board does; for measurements. */
export type BoardProbe = { before(): void; after(): void };
const NO_PROBE: BoardProbe = { before() {}, after() {} };

class LinkScenario implements BoardListener {
  readonly #random: Random;
  readonly #records: RecordWriter;
  readonly #probe: BoardProbe;
  readonly #sizeBytes: number;
  readonly #host: MiniHost;
  #memory: PageMemory;
  #link: BoardLink;
  #flights: Flight[] = [];
  #nowMs = 1000;
  #lossy = true;

  constructor(seed: number, sizeBytes: number, emit: Emit, probe: BoardProbe) {
    this.#random = new Random(seed);
    this.#records = new RecordWriter(emit);
    this.#probe = probe;
    this.#sizeBytes = sizeBytes;
    this.#host = new MiniHost(sizeBytes);
    this.#memory = new PageMemory({ sizeBytes, maskCount: 5, copyCount: 1 });
    this.#link = this.#boot();
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step++) {
      this.#fault();
      this.#step();
    }
    this.#lossy = false;
    for (let step = 0; step < SETTLE_STEPS_MAX && !this.#isSettled(); step++) this.#step();
    this.#check();
    this.#records.put(HEAD, this.#host.head.bytes, 0, this.#sizeBytes);
  }

  onFresh(): void {
    this.#memory.setU32(0, 0x60d317);
    this.#link.commit();
  }
  onRefilled(): void {}
  onContinued(): void {}
  onAcknowledged(): void {}
  onInput(): boolean {
    return false;
  }
  onRefused(): void {}
  onError(): void {}

  #boot(): BoardLink {
    const link = new BoardLink(
      {
        memory: this.#memory,
        boardId: new Uint8Array(16).fill(1),
        agentId: new Uint8Array(16).fill(2),
        agentName: new Uint8Array([115]),
        bootNonce: this.#random.u32(),
        fingerprint: new Uint8Array(8),
        frameBytes: 40,
        helloMaxMs: 1000,
      },
      this,
    );
    link.connected(this.#nowMs);
    return link;
  }

  #fault(): void {
    const draw = this.#random.below(1000);
    if (draw < 2) {
      this.#memory = new PageMemory({ sizeBytes: this.#sizeBytes, maskCount: 5, copyCount: 1 });
      this.#link = this.#boot();
    } else if (draw < 5) {
      this.#link.disconnected(this.#nowMs);
      this.#link.connected(this.#nowMs);
    } else if (draw < 7) {
      this.#host.restart();
    } else if (draw < 11 && this.#link.hasState) {
      this.#store();
      this.#link.requestReload();
    }
  }

  /** A turn, everything that may be sent, and time to the next thing that happens. */
  #step(): void {
    if (this.#lossy && this.#random.chance(0.3) && this.#link.mayRunTurn(this.#nowMs)) {
      this.#probe.before();
      for (let stores = this.#random.below(STORES_MAX); stores > 0; stores--) this.#store();
      this.#link.commit();
      this.#probe.after();
    }
    this.#sendAll();
    const link = this.#link;
    this.#records.putNumbers(STEP, [
      this.#nowMs,
      link.phase,
      link.epoch,
      link.sequence,
      link.acknowledgedSequence,
      this.#memory.digest,
      this.#host.headSequence,
      this.#host.head.digest,
    ]);
    this.#advance();
  }

  #store(): void {
    const random = this.#random;
    const offset = random.below(this.#sizeBytes - 4);
    if (random.chance(0.9)) this.#memory.setU32(offset & ~3, random.u32());
    else this.#memory.markRangeDirty(offset & ~3, 4);
  }

  #sendAll(): void {
    const link = this.#link;
    const host = this.#host;
    for (let frames = 0; frames < FRAMES_PER_POLL_MAX; frames++) {
      this.#probe.before();
      const up = link.poll(this.#nowMs);
      this.#probe.after();
      if (up > 0) this.#send(true, link.frame, up);
      const down = host.poll(this.#nowMs);
      if (down > 0) this.#send(false, host.frame, down);
      if (up === 0 && down === 0) return;
    }
  }

  #send(up: boolean, frame: Uint8Array, count: number): void {
    const random = this.#random;
    this.#records.put(up ? FRAME_UP : FRAME_DOWN, frame, 0, count);
    if (this.#lossy && random.chance(0.15)) return;
    const copies = this.#lossy && random.chance(0.08) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const bytes = frame.slice(0, count);
      if (this.#lossy && random.chance(0.05)) bytes[random.below(count)]! ^= 1 << random.below(8);
      const dueMs = this.#nowMs + 1 + (this.#lossy ? random.below(random.chance(0.1) ? 900 : 30) : 2);
      this.#flights.push({ dueMs, up, bytes });
    }
  }

  #advance(): void {
    let nextMs = Math.min(this.#nowMs + STEP_MS_MAX, this.#link.dueMs(this.#nowMs), this.#host.dueMs(this.#nowMs));
    for (const flight of this.#flights) nextMs = Math.min(nextMs, flight.dueMs);
    this.#nowMs = Math.max(this.#nowMs + 1, Math.ceil(nextMs));
    const due = this.#flights.filter((flight) => flight.dueMs <= this.#nowMs);
    this.#flights = this.#flights.filter((flight) => flight.dueMs > this.#nowMs);
    for (const { up, bytes } of due) {
      if (up) {
        this.#host.receive(this.#nowMs, bytes, 0, bytes.length);
      } else {
        this.#probe.before();
        this.#link.receive(this.#nowMs, bytes, 0, bytes.length);
        this.#probe.after();
      }
    }
  }

  /** A first guess; the bytes decide. */
  #isSettled(): boolean {
    if (this.#memory.dirtyPageCount > 0 || this.#memory.captureActive) return false;
    const link = this.#link;
    return link.hasState && link.acknowledgedSequence === this.#host.headSequence && this.#memory.digest === this.#host.head.digest;
  }

  #check(): void {
    for (let index = 0; index < this.#sizeBytes; index++) {
      if (this.#memory.getU8(index) !== this.#host.head.getU8(index)) throw new Error(`board and head differ at byte ${index} (I1)`);
    }
    if (this.#memory.digest !== this.#host.head.digest) throw new Error('equal states have different digests');
  }
}

/** Gives the scenario of `seed` to `emit`; throws if it does not end in equal states. */
export function runLinkScenario(seed: number, sizeBytes: number, steps: number, emit: Emit, probe = NO_PROBE): void {
  new LinkScenario(seed, sizeBytes, emit, probe).run(steps);
}
