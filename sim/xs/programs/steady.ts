// Nothing moves over commits of raw stores, sender and receiver in one machine.
import { Draws, Pair } from './pair.js';
import { reportStandStill } from './stand-still.js';

const STATE_BYTES = 8192;
const STORES_PER_COMMIT = 12;

class Agent {
  readonly pair = new Pair(STATE_BYTES);
  readonly #draws = new Draws();

  get sequence(): number {
    return this.pair.sequence;
  }

  turnAndCommit(): void {
    const memory = this.pair.board;
    const draws = this.#draws;
    for (let index = 0; index < STORES_PER_COMMIT; index++) {
      const offset = draws.next() % STATE_BYTES;
      if ((index & 3) === 0) memory.setF64(offset & ~7, draws.next() / 7);
      else if ((index & 1) === 0) memory.setU32(offset & ~3, draws.next());
      else memory.setU8(offset, draws.next());
    }
    this.pair.commit();
  }
}

const agent = new Agent();
reportStandStill(agent);
agent.pair.check();
