import { FRAMES_PER_STEP, STEP_MS } from '../../../sim/xs/board-clock.js';
import type { Peer } from '../../../sim/xs/peer.js';
import { movingAgent } from '../../../sim/xs/programs/moving-agent.js';
import { AgentRunner } from '../../../src/agent/index.js';
import { AGENT, MovingHost } from '../../core/link/moving-host.js';

const PIPED = 0;
const HERE = 1;
/** An agent stays for so long before it is told to move. */
const STEPS_BETWEEN = 40;
/** Every so many times a move is given up once its source is frozen. */
const ABORTS_EVERY = 3;

/** A host of two boards: one at the end of the pipe, one in this process. It moves the agent to and fro. */
export class MovingPeer implements Peer {
  readonly host = new MovingHost(movingAgent.sizeBytes, 2);
  readonly other: AgentRunner;
  /** Rounds that the board at the end of the pipe has verified. */
  rounds = 0;
  #nowMs = 0;
  #stepsHere = 0;
  #moves = 0;
  #verified = 0;

  constructor() {
    this.other = new AgentRunner(movingAgent, {
      boardId: new Uint8Array(16).fill(9),
      agentId: new Uint8Array(16),
      vacant: true,
      ownership: { storeOwned: (agentId) => Buffer.compare(agentId, AGENT) === 0, storeRetired() {} },
      bootNonce: 1,
    });
    this.other.connected(0);
  }

  take(frame: Uint8Array): void {
    this.host.receive(this.#nowMs, PIPED, frame);
  }

  turn(send: (frame: Uint8Array, count: number) => void): void {
    const { host } = this;
    this.#nowMs += STEP_MS;
    this.#serveOther();
    this.#move();
    host.step();
    for (let frames = 0; frames < FRAMES_PER_STEP; frames++) {
      const count = host.poll(this.#nowMs, PIPED);
      if (count === 0) break;
      send(host.builder.bytes, count);
    }
    const rounds = host.ends[PIPED]!.guest?.rounds ?? 0;
    this.rounds += Math.max(0, rounds - this.#verified);
    this.#verified = rounds;
  }

  #move(): void {
    const { host } = this;
    if (host.target >= 0) {
      const isFrozen = host.ends[host.record.board]!.frozenAt >= 0;
      if (isFrozen && this.#moves % ABORTS_EVERY === 0) host.abort();
      this.#stepsHere = 0;
    } else if (host.headSequence > 0 && ++this.#stepsHere === STEPS_BETWEEN) {
      this.#moves++;
      host.target = host.record.board === HERE ? PIPED : HERE;
    }
  }

  #serveOther(): void {
    const { host, other } = this;
    other.tick(this.#nowMs);
    for (let frames = 0; frames < FRAMES_PER_STEP; frames++) {
      const up = other.poll(this.#nowMs);
      if (up > 0) host.receive(this.#nowMs, HERE, other.frame.slice(0, up));
      const down = host.poll(this.#nowMs, HERE);
      if (down > 0) other.receive(this.#nowMs, host.builder.bytes, 0, down);
      if (up === 0 && down === 0) return;
    }
  }
}
