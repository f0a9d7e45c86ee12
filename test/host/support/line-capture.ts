import { MiniHost } from '../../../sim/xs/programs/mini-host.js';
import { AgentRunner } from '../../../src/agent/runner.js';
import { SERIAL_BYTES_MAX } from '../../../src/wire/constants.js';
import { serialEncode } from '../../../src/wire/serial-framer.js';
import { busyAgent } from './busy-agent.js';

export interface CapturedFrame {
  readonly way: 'up' | 'down';
  readonly frame: Buffer;
  /** As on the line. */
  readonly encoded: Buffer;
}

export const CAPTURED_BOARD_ID = 'b0'.repeat(16);
export const CAPTURED_AGENT_ID = 'a0'.repeat(16);
const STEP_MS = 20;
const FRAMES_PER_STEP_MAX = 1000;

/** What goes over the line while an agent runs on a board and its host keeps what it does: real ends, virtual time. */
export class LineCapture {
  readonly frames: CapturedFrame[] = [];
  readonly host = new MiniHost(busyAgent.sizeBytes);
  readonly #runner = new AgentRunner(busyAgent, {
    boardId: Buffer.from(CAPTURED_BOARD_ID, 'hex'),
    agentId: Buffer.from(CAPTURED_AGENT_ID, 'hex'),
    bootNonce: 7,
  });
  #nowMs = 0;

  constructor(sessionsBefore = 0) {
    this.host.session = sessionsBefore;
    this.#runner.connected(0);
  }

  /** The line breaks and comes back: another session. */
  reconnect(): void {
    this.#runner.disconnected(this.#nowMs);
    this.#runner.connected(this.#nowMs);
  }

  run(steps: number): this {
    for (let step = 0; step < steps; step++) {
      this.#nowMs += STEP_MS;
      this.#runner.tick(this.#nowMs);
      this.#exchange();
    }
    return this;
  }

  /** The line's bytes, of one way or both. */
  bytes(way?: 'up' | 'down'): Buffer {
    return Buffer.concat(this.frames.filter((frame) => way === undefined || frame.way === way).map(({ encoded }) => encoded));
  }

  #exchange(): void {
    for (let frames = 0; frames < FRAMES_PER_STEP_MAX; frames++) {
      const up = this.#runner.poll(this.#nowMs);
      if (up > 0) {
        this.#capture('up', this.#runner.frame, up);
        this.host.receive(this.#nowMs, this.#runner.frame, 0, up);
      }
      const down = this.host.poll(this.#nowMs);
      if (down > 0) {
        this.#capture('down', this.host.frame, down);
        this.#runner.receive(this.#nowMs, this.host.frame, 0, down);
      }
      if (up === 0 && down === 0) return;
    }
    throw new Error(`more than ${FRAMES_PER_STEP_MAX} frames in one step`);
  }

  #capture(way: 'up' | 'down', bytes: Uint8Array, count: number): void {
    this.frames.push({ way, frame: Buffer.from(bytes.subarray(0, count)), encoded: encodedFrame(bytes, count) });
  }
}

export function encodedFrame(bytes: Uint8Array, count: number): Buffer {
  const out = Buffer.alloc(SERIAL_BYTES_MAX);
  return out.subarray(0, serialEncode(bytes, 0, count, out, 0));
}
