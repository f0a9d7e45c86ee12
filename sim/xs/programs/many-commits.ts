// Nothing moves over very many commits of a small agent, its host at the other end of the pipe; the agent is faster than the link, and
// now and then the link is cut. Argument: how many steps.
import { host } from '../host-api.js';
import { PipeBoard } from './pipe-board.js';
import { smallAgent, TURNS_PER_STEP } from './small-agent.js';
import { reportStandStill } from './stand-still.js';

const STEPS_PER_SESSION = 10_000;

class Agent {
  readonly board = new PipeBoard(smallAgent, true, 1);
  #steps = 0;

  get sequence(): number {
    return this.board.runner.link.sequence;
  }

  /** One step of the link, and all commits in it. */
  turnAndCommit(): void {
    this.board.step(TURNS_PER_STEP);
    if (++this.#steps % STEPS_PER_SESSION === 0) this.board.reconnect();
  }
}

const agent = new Agent();
reportStandStill(agent);
const { board } = agent;
board.settle();
host.writeOutput(board.runner.memory.bytes, board.runner.memory.sizeBytes);
