import { FRAMES_PER_STEP, STEP_MS } from './board-clock.js';
import type { Peer } from './peer.js';
import { MiniHost } from './programs/mini-host.js';

/** A host of one agent as the peer of a board on XS; it outlives the board's runs, as a host does. */
export class MiniHostPeer implements Peer {
  readonly host: MiniHost;
  #nowMs = 0;

  constructor(stateBytes: number) {
    this.host = new MiniHost(stateBytes);
  }

  take(frame: Uint8Array): void {
    this.host.receive(this.#nowMs, frame, 0, frame.length);
  }

  turn(send: (frame: Uint8Array, count: number) => void): void {
    const { host } = this;
    for (let frames = 0; frames < FRAMES_PER_STEP; frames++) {
      const count = host.poll(this.#nowMs);
      if (count === 0) break;
      send(host.frame, count);
    }
    this.#nowMs += STEP_MS;
  }
}
