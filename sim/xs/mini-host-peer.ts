import { SERIAL_BYTES_MAX } from '../../src/wire/constants.js';
import { SerialFramer, serialEncode } from '../../src/wire/serial-framer.js';
import { FRAMES_PER_STEP, LINE_BYTES_PER_STEP, STEP_MS } from './board-clock.js';
import type { Peer } from './peer.js';
import { MiniHost } from './programs/mini-host.js';

type Send = (bytes: Uint8Array, count: number) => void;

/** A host of one agent as the peer of a board on XS, frame by frame; it outlives the board's runs, as a host does. */
export class MiniHostPeer implements Peer {
  readonly host: MiniHost;
  #nowMs = 0;

  constructor(stateBytes: number) {
    this.host = new MiniHost(stateBytes);
  }

  take(frame: Uint8Array): void {
    this.host.receive(this.#nowMs, frame, 0, frame.length);
  }

  turn(send: Send): void {
    this.frames(send);
    this.#nowMs += STEP_MS;
  }

  protected frames(send: Send): void {
    const { host } = this;
    for (let frames = 0; frames < FRAMES_PER_STEP; frames++) {
      const count = host.poll(this.#nowMs);
      if (count === 0) return;
      send(host.frame, count);
    }
  }
}

/** The same at the end of a serial line, as fast as that is. */
export class SerialHostPeer extends MiniHostPeer {
  readonly #framer = new SerialFramer();
  readonly #line = new Uint8Array((FRAMES_PER_STEP + 1) * SERIAL_BYTES_MAX);
  #lineBytes = 0;

  override take(bytes: Uint8Array): void {
    const framer = this.#framer;
    for (let used = 0; used < bytes.length; ) {
      used += framer.feed(bytes, used, bytes.length - used);
      if (framer.frameBytes > 0) super.take(framer.frame.subarray(0, framer.frameBytes));
    }
  }

  protected override frames(send: Send): void {
    if (this.#lineBytes < LINE_BYTES_PER_STEP) {
      super.frames((frame, count) => {
        this.#lineBytes += serialEncode(frame, 0, count, this.#line, this.#lineBytes);
      });
    }
    const count = Math.min(this.#lineBytes, LINE_BYTES_PER_STEP);
    if (count === 0) return;
    send(this.#line, count);
    this.#line.copyWithin(0, count, this.#lineBytes);
    this.#lineBytes -= count;
  }
}
