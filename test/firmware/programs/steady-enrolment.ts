// Nothing moves on a board that is enrolled anew again and again, refuses, is asked and is flooded with what is no settings.
import { Enrolment, type SettingsStore } from '../../../firmware/enrolment.js';
import { reportStandStill } from '../../../sim/xs/programs/stand-still.js';
import { defineAgent } from '../../../src/agent/definition.js';
import { u32 } from '../../../src/state/index.js';
import {
  DIRECTION_DOWN,
  ENROL_CHUNK_BYTES_MAX,
  ENROL_COMMIT,
  ENROL_QUERY,
  ENROL_REPLACE,
  KIND_ENROL,
} from '../../../src/wire/constants.js';
import { frameSeed } from '../../../src/wire/frame.js';
import { FrameBuilder } from '../../../src/wire/frame-builder.js';
import type { BoardSettings } from '../../../src/wire/settings.js';
import { SettingsWriter } from '../../../src/wire/settings-writer.js';

const STEP_MS = 10_000;

class Nowhere implements SettingsStore {
  saves = 0;
  load(): number {
    return 0;
  }
  save(): boolean {
    this.saves++;
    return true;
  }
}

const common = { boardId: new Uint8Array(16).fill(1), agentId: new Uint8Array(16).fill(2), baud: 0, user: '', password: '' };
const network = { ssid: 'net', wifiPassword: 'correct horse', brokerHost: 'broker.local', brokerPort: 1883 };
const serial: BoardSettings = { ...common, ...network, linkName: 'shed1', link: 'serial' };
const records = [serial, { ...serial, link: 'mqtt' as const }, { ...serial, baud: 1 }].map((settings) => {
  const writer = new SettingsWriter();
  writer.write(settings);
  return writer;
});

class Rig {
  readonly store = new Nowhere();
  changes = 0;
  readonly enrolment = new Enrolment(defineAgent({ name: 'steady', state: { n: u32 } }), this.store, () => this.changes++);
  /** Counts enrolments; the board's own sequence is no part of this. */
  sequence = 0;
  readonly #builder = new FrameBuilder();
  readonly #seed = frameSeed(DIRECTION_DOWN, 0);
  #nowMs = 0;

  turnAndCommit(): void {
    this.sequence++;
    this.#nowMs += STEP_MS;
    this.#query();
    this.#enrol(records[this.sequence % records.length]!);
    this.enrolment.tick(this.#nowMs + STEP_MS);
  }

  #query(): void {
    this.#builder.begin(KIND_ENROL);
    this.#builder.u32(this.sequence);
    this.#builder.u8(ENROL_QUERY);
    this.#exchange();
  }

  #enrol(record: SettingsWriter): void {
    for (let offset = 0; offset < record.count; offset += ENROL_CHUNK_BYTES_MAX) {
      const count = Math.min(ENROL_CHUNK_BYTES_MAX, record.count - offset);
      const builder = this.#builder;
      builder.begin(KIND_ENROL);
      builder.u32(this.sequence);
      builder.u8(offset + count === record.count ? ENROL_REPLACE | ENROL_COMMIT : ENROL_REPLACE);
      builder.varint(record.count);
      builder.varint(offset);
      builder.copyFrom(record.bytes, offset, count);
      this.#exchange();
    }
  }

  #exchange(): void {
    const count = this.#builder.seal(this.#seed);
    if (!this.enrolment.take(this.#nowMs, this.#builder.bytes, 0, count)) throw new Error('the frame was not taken');
    if (this.enrolment.poll(this.#nowMs) === 0) throw new Error('no answer');
  }
}

const rig = new Rig();
reportStandStill(rig);
const { refused, stored } = rig.enrolment.counters;
if (refused === 0 || stored === 0 || rig.changes === 0 || stored !== rig.store.saves) throw new Error('the run never came to its subject');
