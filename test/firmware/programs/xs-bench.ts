// The firmware's own main over stand-ins of the SDK's modules, and a host of src/ at the other end of the line, both on XS.
import { agent } from '../../../firmware/agent.js';
import type { Board } from '../../../firmware/board.js';
import main from '../../../firmware/main.js';
import { chip, clock, uart } from '../../../sim/esp/modules/this-board.js';
import { MiniHost } from '../../../sim/xs/programs/mini-host.js';
import { ByteReader } from '../../../src/wire/byte-reader.js';
import { CRC_BYTES, ENROLLED_DONE, HEAD_BYTES, KIND_ENROLLED, SERIAL_BYTES_MAX } from '../../../src/wire/constants.js';
import { EnrolledMessage } from '../../../src/wire/enrol-frames.js';
import { kindOf } from '../../../src/wire/frame.js';
import { SerialFramer, serialEncode } from '../../../src/wire/serial-framer.js';
import { enrolFrames, SETTINGS } from '../support/enrol.js';

const HOST_BUFFER_BYTES = 256;
const BYTE_MS = 10_000 / 115_200;

/** The host's end of the line. */
export class HostEnd {
  readonly host = new MiniHost(agent.sizeBytes);
  readonly #framer = new SerialFramer();
  readonly #out = new Uint8Array(SERIAL_BYTES_MAX);
  readonly #enrolled = new EnrolledMessage();
  readonly #reader = new ByteReader();
  enrolments = 0;
  isDeaf = false;
  #lineFreeMs = 0;

  constructor() {
    uart.toHost = (bytes, at, count) => this.#take(bytes, at, count);
  }

  write(bytes: Uint8Array, count: number): void {
    const length = serialEncode(bytes, 0, count, this.#out, 0);
    uart.fromHost(this.#out, 0, length);
    this.#lineFreeMs = Math.max(clock.nowMs(), this.#lineFreeMs) + length * BYTE_MS;
  }

  pump(): void {
    while (this.#lineFreeMs - clock.nowMs() < HOST_BUFFER_BYTES * BYTE_MS) {
      const count = this.host.poll(clock.nowMs());
      if (count === 0) return;
      this.write(this.host.frame, count);
    }
  }

  #take(bytes: Uint8Array, at: number, count: number): void {
    for (let used = 0; used < count; ) {
      used += this.#framer.feed(bytes, at + used, count - used);
      const { frame, frameBytes } = this.#framer;
      if (frameBytes === 0 || this.isDeaf) continue;
      if (kindOf(frame[0]!) === KIND_ENROLLED) this.#onEnrolled(frame, frameBytes);
      else this.host.receive(clock.nowMs(), frame, 0, frameBytes);
    }
  }

  #onEnrolled(frame: Uint8Array, count: number): void {
    this.#reader.begin(frame, HEAD_BYTES, count - HEAD_BYTES - CRC_BYTES);
    if (this.#enrolled.read(this.#reader) && this.#enrolled.code === ENROLLED_DONE) this.enrolments++;
  }
}

/** The board with its firmware, and its host. */
export class XsBench {
  readonly end = new HostEnd();
  readonly reports = new Set<number>();
  board: Board;
  writesRefused = 0;
  #enrolments = 0;

  constructor() {
    this.end.host.onReport = (code?: number) => void this.reports.add(code ?? 0);
    this.board = main();
  }

  run(forMs: number): void {
    const endMs = clock.nowMs() + forMs;
    while (clock.nowMs() < endMs) {
      const nextMs = Math.min(endMs, clock.nowMs() + 1);
      while (clock.step(nextMs)) this.end.pump();
      this.end.pump();
    }
  }

  reset(): void {
    this.writesRefused += this.board.serial.counters.writesRefused;
    chip.reset();
    uart.reset();
    this.board = main();
  }

  /** Tells the board who it is; throws if it does not answer that it knows. */
  enrol(flags = 0): void {
    const before = this.end.enrolments;
    for (const frame of enrolFrames(SETTINGS, ++this.#enrolments, flags)) {
      this.end.write(frame, frame.length);
      this.run(100);
    }
    if (this.end.enrolments === before) throw new Error('not enrolled');
  }

  /** Byte for byte, as a whole commit. */
  get isEqual(): boolean {
    const { runner } = this.board;
    const { head, headSequence } = this.end.host;
    if (runner === undefined || !runner.link.isSettled || runner.link.acknowledgedSequence !== headSequence) return false;
    for (let index = 0; index < head.sizeBytes; index++) if (runner.memory.getU8(index) !== head.getU8(index)) return false;
    return true;
  }

  settle(): void {
    for (let tries = 0; tries < 3000 && !this.isEqual; tries++) this.run(7);
  }
}
