import { Random } from '../random.js';
import { Recorder, recordWorkload, type Workload } from '../workload.js';

const STATE_BYTES = 65536;
const HEADER_BYTES = 16;
const SENSOR_COUNT = 12;
const RECORD_SIZES = [12, 16, 20, 24, 32];

interface Sensor {
  readonly id: number;
  readonly recordBytes: number;
  readonly values: number[];
}

/** A 64 KiB ring of records of 12 to 32 bytes: time, sensor, sequence, and values that walk at random. */
export function sensorRing(seed: number, commitCount: number): Workload {
  const random = new Random(seed);
  const state = new Recorder(STATE_BYTES);
  const sensors: Sensor[] = [];
  for (let id = 0; id < SENSOR_COUNT; id++) sensors.push(makeSensor(id, random));
  let head = HEADER_BYTES;
  let appended = 0;
  let timeMs = 50_000;

  const append = (sensor: Sensor): void => {
    if (head + sensor.recordBytes > STATE_BYTES) head = HEADER_BYTES;
    writeRecord(state, head, sensor, timeMs, appended, random);
    head += sensor.recordBytes;
    appended++;
  };
  const turn = (): void => {
    timeMs += 100 + random.between(-1, 1);
    for (const sensor of sensors) if (random.chance(0.75)) append(sensor);
    state.u32(0, head);
    state.u32(4, appended);
    state.u32(8, timeMs);
  };
  while (appended < 4000) turn();
  return recordWorkload('sensor-ring', state, commitCount, turn);
}

function makeSensor(id: number, random: Random): Sensor {
  const recordBytes = RECORD_SIZES[random.below(RECORD_SIZES.length)] ?? 12;
  const values: number[] = [];
  for (let i = 0; i < (recordBytes - 8) / 4; i++) values.push(random.normal() * 50);
  return { id, recordBytes, values };
}

/** u32 time, u8 sensor, u8 flags, u16 sequence, then pairs of i16 hundredths (even sensors) or f32 (odd ones). */
function writeRecord(state: Recorder, offset: number, sensor: Sensor, timeMs: number, sequence: number, random: Random): void {
  state.u32(offset, timeMs);
  state.u8(offset + 4, sensor.id);
  state.u8(offset + 5, random.chance(0.05) ? 1 : 0);
  state.u16(offset + 6, sequence & 0xffff);
  for (let i = 0; i < sensor.values.length; i++) {
    const value = (sensor.values[i] ?? 0) + random.normal() * 0.2;
    sensor.values[i] = value;
    const at = offset + 8 + i * 4;
    if (sensor.id % 2 === 1) state.f32(at, value);
    else {
      state.u16(at, Math.round(value * 100) & 0xffff);
      state.u16(at + 2, Math.round(value * 20 + random.normal()) & 0xffff);
    }
  }
}
