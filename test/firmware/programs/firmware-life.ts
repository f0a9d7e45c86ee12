// The firmware's own main on XS, over stand-ins of the SDK's modules, and a host of src/ at the other end of the line. It is enrolled
// over that line, lives through losses, resets and stalls, and ends with its state at the host, byte for byte.

import { agent } from '../../../firmware/agent.js';
import main from '../../../firmware/main.js';
import { chip, clock, flash, habits, nvs, random, uart } from '../../../sim/esp/modules/this-board.js';
import { host as engine } from '../../../sim/xs/host-api.js';
import { MiniHost } from '../../../sim/xs/programs/mini-host.js';
import { ByteReader } from '../../../src/wire/byte-reader.js';
import {
  CRC_BYTES,
  DIRECTION_DOWN,
  ENROL_CHUNK_BYTES_MAX,
  ENROL_COMMIT,
  ENROLLED_DONE,
  HEAD_BYTES,
  KIND_ENROL,
  KIND_ENROLLED,
  SERIAL_BYTES_MAX,
} from '../../../src/wire/constants.js';
import { EnrolledMessage } from '../../../src/wire/enrol-frames.js';
import { frameSeed, kindOf } from '../../../src/wire/frame.js';
import { FrameBuilder } from '../../../src/wire/frame-builder.js';
import { SerialFramer, serialEncode } from '../../../src/wire/serial-framer.js';
import { SettingsWriter } from '../../../src/wire/settings-writer.js';

const HOST_BUFFER_BYTES = 256;
const BYTE_MS = 10_000 / 115_200;
const ROUNDS = 12;

/** The host's end of the line. */
class HostEnd {
  readonly host = new MiniHost(agent.sizeBytes);
  readonly #framer = new SerialFramer();
  readonly #out = new Uint8Array(SERIAL_BYTES_MAX);
  readonly #enrolled = new EnrolledMessage();
  readonly #reader = new ByteReader();
  isEnrolled = false;
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
    if (this.#enrolled.read(this.#reader) && this.#enrolled.code === ENROLLED_DONE) this.isEnrolled = true;
  }
}

const end = new HostEnd();
const reports = new Set<number>();
end.host.onReport = (code?: number) => void reports.add(code ?? 0);

function run(forMs: number): void {
  const endMs = clock.nowMs() + forMs;
  while (clock.nowMs() < endMs) {
    const nextMs = Math.min(endMs, clock.nowMs() + 1);
    while (clock.step(nextMs)) end.pump();
    end.pump();
  }
}

function enrol(): void {
  const writer = new SettingsWriter();
  writer.write({
    boardId: new Uint8Array(16).fill(1),
    agentId: new Uint8Array(16).fill(2),
    linkName: 'xs',
    link: 'serial',
    baud: 115_200,
    ssid: '',
    wifiPassword: '',
    brokerHost: '',
    brokerPort: 0,
    user: '',
    password: '',
  });
  const builder = new FrameBuilder();
  for (let offset = 0; offset < writer.count; offset += ENROL_CHUNK_BYTES_MAX) {
    const count = Math.min(ENROL_CHUNK_BYTES_MAX, writer.count - offset);
    builder.begin(KIND_ENROL);
    builder.u32(77);
    builder.u8(offset + count === writer.count ? ENROL_COMMIT : 0);
    builder.varint(writer.count);
    builder.varint(offset);
    builder.copyFrom(writer.bytes, offset, count);
    end.write(builder.bytes, builder.seal(frameSeed(DIRECTION_DOWN, 0)));
    run(100);
  }
  if (!end.isEnrolled) throw new Error('not enrolled');
}

let writesRefused = 0;

function reset(): void {
  writesRefused += board.serial.counters.writesRefused;
  chip.reset();
  uart.reset();
  board = main();
}

/** Byte for byte, as a whole commit. */
function isEqual(): boolean {
  const { memory, link } = board.runner!;
  const { head, headSequence } = end.host;
  if (!link.isSettled || link.acknowledgedSequence !== headSequence) return false;
  for (let index = 0; index < head.sizeBytes; index++) if (memory.getU8(index) !== head.getU8(index)) return false;
  return true;
}

/** A fair line at last: the host gets what it lacks. */
function settle(): void {
  uart.faults.loss = 0;
  uart.faults.noise = 0;
  run(20_000);
  for (let tries = 0; tries < 3000 && !isEqual(); tries++) run(7);
}

const seed = Number(engine.args()[0]);
for (let draws = 0; draws < seed; draws++) random.u32();
let board = main();
run(200);
enrol();
run(3000);
const first = end.host.headSequence;
if (first === 0) throw new Error('no commit arrived');
uart.faults.loss = 0.01;
uart.faults.noise = 0.005;
habits.staleCounts = true;
let refusals = 0;
habits.refuses = () => ++refusals % 11 === 0;
for (let round = 0; round < ROUNDS; round++) {
  run(random.below(1500));
  const what = round % 3;
  if (what === 0) reset();
  if (what === 1) chip.busy(random.below(100));
  if (what === 2) end.host.restart();
}
settle();
const { headSequence, epoch } = end.host;
const endsEqual = isEqual();
const resets = chip.resets;
// What the SDK calls before it gives a program up; then the chip restarts.
const { abort } = globalThis as unknown as { abort: (message: string, exception: unknown) => void };
abort('unhandled exception', new Error('boom'));
reset();
run(30_000);
const { counters } = board.runner!.link;
engine.print(
  JSON.stringify({
    isEqual: endsEqual,
    fault: board.identity.fault,
    reports: [...reports],
    committed: headSequence - first,
    epoch,
    resets,
    writes: nvs.writeCount,
    erases: Math.max(...flash.erases),
    writesRefused,
    unexpected: counters.unexpected,
  }),
);
