// Nothing moves over all that moves an agent: the board is vacant and follows a head in rounds, is activated, runs, is frozen, thawed or
// retired, and vacant again. The host and the other board are at the other end of the pipe. Argument: how many steps.
import { MemorySlots } from '../../../src/agent/memory-slots.js';
import type { OwnershipStore } from '../../../src/agent/ownership-store.js';
import { host } from '../host-api.js';
import { movingAgent } from './moving-agent.js';
import { PipeBoard } from './pipe-board.js';
import { reportStandStill } from './stand-still.js';

/** In which everything has happened once. */
const STEPS_BEFORE = 3000;
const STEPS_MAX = 100_000;
const ID_BYTES = 16;
const SLOT_BYTES = 64 + movingAgent.sizeBytes;

/** Flash, as far as it says which agent the board has. */
class Store implements OwnershipStore {
  readonly agentId = new Uint8Array(ID_BYTES);
  epoch = 0;

  storeOwned(agentId: Uint8Array, epoch: number): boolean {
    for (let index = 0; index < ID_BYTES; index++) this.agentId[index] = agentId[index]!;
    this.epoch = epoch;
    return true;
  }

  storeRetired(_agentId: Uint8Array, epoch: number): void {
    for (let index = 0; index < ID_BYTES; index++) this.agentId[index] = 0;
    this.epoch = epoch;
  }
}

class Agent {
  readonly board = new PipeBoard(movingAgent, true, 1, {
    agentId: new Uint8Array(ID_BYTES).fill(0xa6),
    ownership: new Store(),
    checkpoint: new MemorySlots(SLOT_BYTES),
  });
  sequence = 0;

  turnAndCommit(): void {
    this.board.step();
    this.sequence++;
  }
}

const agent = new Agent();
for (let step = 0; step < STEPS_BEFORE; step++) agent.turnAndCommit();
reportStandStill(agent);
const { runner } = agent.board;
for (let step = 0; !runner.link.isSettled; step++) {
  if (step === STEPS_MAX) throw new Error('the agent never came back');
  agent.turnAndCommit();
}
host.writeOutput(runner.memory.bytes, runner.memory.sizeBytes);
const { activations, retirements, prepares, freezes, thaws } = runner.link.counters;
host.print(JSON.stringify({ turns: runner.counters.turns, activations, retirements, prepares, freezes, thaws }));
