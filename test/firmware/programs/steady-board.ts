// Nothing moves over the life of a whole board: loop, transport, identity, enrolment, runner, agent, with a host at the other end.
import { Board } from '../../../firmware/board.js';
import type { BoardPlatform, KeyValue } from '../../../firmware/platform.js';
import { MiniHost } from '../../../sim/xs/programs/mini-host.js';
import { reportStandStill } from '../../../sim/xs/programs/stand-still.js';
import { defineAgent } from '../../../src/agent/index.js';
import { array, counter, f32, u32 } from '../../../src/state/index.js';
import { SERIAL_BYTES_MAX } from '../../../src/wire/constants.js';
import { SerialFramer, serialEncode } from '../../../src/wire/serial-framer.js';
import { FrugalSerial } from './frugal-serial.js';

const FIFO_BYTES = 128;
const STEPS_PER_TURN_MAX = 1000;

const definition = defineAgent({
  name: 'steady',
  state: { ticks: counter, seed: u32, levels: array(64, f32) },
  initialise: (_state, turn) => turn.every('tick', 100),
  timers: {
    tick(state) {
      state.ticks += 1;
      state.seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0;
      state.levels.set(state.seed & 63, state.seed / 256);
    },
  },
});

const nothing: KeyValue = { read: () => undefined, write: () => undefined, delete: () => undefined };

class Life implements BoardPlatform {
  readonly serial = { io: FrugalSerial };
  readonly host = new MiniHost(definition.sizeBytes);
  readonly board: Board;
  #nowMs = 0;
  #wakeMs = 0;
  #wake: () => void = () => undefined;
  readonly #framer = new SerialFramer();
  readonly #stuffed = new Uint8Array(SERIAL_BYTES_MAX);

  constructor() {
    const settings = {
      linkName: 'x',
      link: 'serial',
      baud: 0,
      ssid: '',
      wifiPassword: '',
      brokerHost: '',
      brokerPort: 0,
      user: '',
      password: '',
    } as const;
    this.board = new Board(definition, this, {
      settings: { boardId: new Uint8Array(16).fill(1), agentId: new Uint8Array(16).fill(2), ...settings },
    });
    this.board.start();
    // Past the minute of health, which writes to storage once.
    while (this.#nowMs < 70_000) this.turnAndCommit();
  }

  get sequence(): number {
    return this.host.headSequence;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  randomU32(): number {
    return 7;
  }

  wakeAfter(delayMs: number, wake: () => void): void {
    this.#wakeMs = this.#nowMs + delayMs;
    this.#wake = wake;
  }

  restart(): void {}

  keyValue(): KeyValue {
    return nothing;
  }

  turnAndCommit(): void {
    const before = this.host.headSequence;
    for (let steps = 0; steps < STEPS_PER_TURN_MAX; steps++) {
      this.#nowMs = this.#wakeMs;
      this.#wake();
      this.#exchange();
      if (this.host.headSequence > before) return;
    }
    throw new Error('no commit arrived');
  }

  #exchange(): void {
    const port = FrugalSerial.latest!;
    for (let moves = 0; moves < STEPS_PER_TURN_MAX; moves++) {
      this.#up(port);
      const count = this.host.poll(this.#nowMs);
      if (count === 0 && port.outCount === 0) return;
      if (count === 0) continue;
      const length = serialEncode(this.host.frame, 0, count, this.#stuffed, 0);
      for (let at = 0; at < length; at += FIFO_BYTES) port.arrive(this.#stuffed, at, Math.min(FIFO_BYTES, length - at));
    }
    throw new Error('they talk without an end');
  }

  #up(port: FrugalSerial): void {
    const framer = this.#framer;
    for (let used = 0; used < port.outCount; ) {
      used += framer.feed(port.out, used, port.outCount - used);
      if (framer.frameBytes > 0) this.host.receive(this.#nowMs, framer.frame, 0, framer.frameBytes);
    }
    port.drained();
  }
}

const life = new Life();
reportStandStill(life);
const { memory } = life.board.runner!;
for (let index = 0; index < memory.sizeBytes; index++) {
  if (memory.getU8(index) !== life.host.head.getU8(index)) throw new Error(`the head differs at byte ${index}`);
}
