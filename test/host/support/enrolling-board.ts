import type { Duplex } from 'node:stream';
import { Enrolment, type SettingsStore } from '../../../firmware/enrolment.js';
import { StreamPort } from '../../../host/demo/stream-port.js';
import { defineAgent } from '../../../src/agent/definition.js';
import { u32 } from '../../../src/state/index.js';

export const enrollingAgent = defineAgent({ name: 'kestrel', state: { count: u32 } });

/** Key-value storage of a board; it survives the board. */
export class SettingsFlash implements SettingsStore {
  stored: Uint8Array | undefined;
  saves = 0;
  isBroken = false;

  load(target: Uint8Array): number {
    if (this.stored !== undefined) target.set(this.stored);
    return this.stored?.length ?? 0;
  }

  save(bytes: Uint8Array, count: number): boolean {
    if (this.isBroken) return false;
    this.saves++;
    this.stored = bytes.slice(0, count);
    return true;
  }
}

/** What happens between the board's program and the stream; each may say or change something. */
export interface LineFaults {
  /** Before an answer leaves: true drops it. */
  readonly answer?: (board: EnrollingBoard, count: number) => boolean;
  /** Before a frame reaches the board: true drops it. */
  readonly frame?: (board: EnrollingBoard, bytes: Uint8Array, count: number) => boolean;
}

/** The firmware's own enrolment at the board's end of a stream. */
export class EnrollingBoard {
  readonly flash: SettingsFlash;
  readonly port: StreamPort;
  enrolment!: Enrolment;
  readonly #stream: Duplex;
  readonly #faults: LineFaults;

  constructor(stream: Duplex, flash = new SettingsFlash(), faults: LineFaults = {}) {
    this.flash = flash;
    this.#stream = stream;
    this.#faults = faults;
    this.port = new StreamPort(stream);
    this.port.listener = {
      opened: () => {},
      closed: () => {},
      drained: () => {},
      frame: (bytes, at, count) => this.#frame(bytes, at, count),
    };
    this.restart();
  }

  /** RAM is lost, the flash is not. */
  restart(): void {
    this.enrolment = new Enrolment(enrollingAgent, this.flash, () => {});
  }

  /** Bytes on the line that are no answer. */
  write(bytes: Uint8Array | string): void {
    this.#stream.write(bytes);
  }

  #frame(bytes: Uint8Array, at: number, count: number): void {
    if (this.#faults.frame?.(this, bytes.subarray(at, at + count), count)) return;
    const nowMs = performance.now();
    const { enrolment } = this;
    enrolment.take(nowMs, bytes, at, count);
    const length = enrolment.poll(nowMs);
    if (length === 0 || this.#faults.answer?.(this, length)) return;
    this.port.send(enrolment.frame, 0, length);
  }
}
