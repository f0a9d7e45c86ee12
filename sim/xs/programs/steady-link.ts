// Nothing moves over commits that go the whole way: barrier, delta, frames, check, acknowledgement, head; heartbeats and scrubs too.
import { BoardLink } from '../../../src/link/board-link.js';
import type { BoardListener } from '../../../src/link/board-options.js';
import { PageMemory } from '../../../src/memory/page-memory.js';
import { MiniHost } from './mini-host.js';
import { Draws } from './pair.js';
import { reportStandStill } from './stand-still.js';

const STATE_BYTES = 4096;
const STORES_PER_COMMIT = 6;
const TURN_MS = 200;
const FRAMES_PER_TURN_MAX = 1000;

class Quiet implements BoardListener {
  onFresh(): void {}
  onRefilled(): void {}
  onContinued(): void {}
  onAcknowledged(): void {}
  onInput(): boolean {
    return false;
  }
  onRefused(): void {}
  onError(): void {}
}

class Agent {
  readonly memory = new PageMemory({ sizeBytes: STATE_BYTES });
  readonly host = new MiniHost(STATE_BYTES);
  readonly link = new BoardLink(
    {
      memory: this.memory,
      boardId: new Uint8Array(16).fill(1),
      agentId: new Uint8Array(16).fill(2),
      agentName: new Uint8Array([115]),
      bootNonce: 1,
      fingerprint: new Uint8Array(8),
    },
    new Quiet(),
  );
  readonly #draws = new Draws();
  #nowMs = 0;

  constructor() {
    this.link.connected(0);
    this.#exchange();
  }

  get sequence(): number {
    return this.host.headSequence;
  }

  turnAndCommit(): void {
    const draws = this.#draws;
    // Now and then nothing changes: then there is time for scrubs and heartbeats.
    this.#nowMs += (draws.next() & 31) === 0 ? 5 * TURN_MS : TURN_MS;
    this.#exchange();
    const first = draws.next() % STATE_BYTES;
    for (let index = 0; index < STORES_PER_COMMIT; index++) this.memory.setU32(((first + 60 * index) % STATE_BYTES) & ~3, draws.next());
    this.link.commit();
    this.#exchange();
  }

  #exchange(): void {
    const link = this.link;
    const host = this.host;
    for (let frames = 0; frames < FRAMES_PER_TURN_MAX; frames++) {
      const up = link.poll(this.#nowMs);
      if (up > 0) host.receive(this.#nowMs, link.frame, 0, up);
      const down = host.poll(this.#nowMs);
      if (down > 0) link.receive(this.#nowMs, host.frame, 0, down);
      if (up === 0 && down === 0) return;
    }
    throw new Error(`more than ${FRAMES_PER_TURN_MAX} frames in one turn`);
  }
}

const agent = new Agent();
reportStandStill(agent);
for (let index = 0; index < STATE_BYTES; index++) {
  if (agent.memory.getU8(index) !== agent.host.head.getU8(index)) throw new Error(`the head differs at byte ${index}`);
}
if (agent.link.counters.heartbeats === 0 || agent.link.counters.deltasDone === 0) throw new Error('the run never came to its subject');
