import { Random } from '../random.js';
import { Recorder, recordWorkload, type Workload } from '../workload.js';

const WIDTH = 128;
const HEIGHT = 128;
const BLOB_COUNT = 5;

interface Blob {
  x: number;
  y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly radius: number;
}

/** A 32 KiB frame of 128 x 128 RGB565 (a heat camera's moving warm blobs, grain in the low bits), all new each time. */
export function frameBuffer(seed: number, commitCount: number): Workload {
  const random = new Random(seed);
  const state = new Recorder(WIDTH * HEIGHT * 2);
  const blobs: Blob[] = [];
  for (let i = 0; i < BLOB_COUNT; i++) blobs.push(makeBlob(random));
  const frame = new Uint8Array(state.bytes.length);
  const draw = (): void => {
    for (const blob of blobs) move(blob);
    for (let y = 0; y < HEIGHT; y++) drawRow(frame, y, blobs, random);
    state.set(0, frame);
  };
  draw();
  return recordWorkload('frame-buffer', state, commitCount, draw);
}

function makeBlob(random: Random): Blob {
  const stepX = random.normal() * 2;
  const stepY = random.normal() * 2;
  return { x: random.below(WIDTH), y: random.below(HEIGHT), stepX, stepY, radius: random.between(10, 30) };
}

function move(blob: Blob): void {
  blob.x = (blob.x + blob.stepX + WIDTH) % WIDTH;
  blob.y = (blob.y + blob.stepY + HEIGHT) % HEIGHT;
}

function drawRow(frame: Uint8Array, y: number, blobs: readonly Blob[], random: Random): void {
  for (let x = 0; x < WIDTH; x++) {
    let heat = 4 + random.unit() * 1.2;
    for (const blob of blobs) {
      const distance = Math.sqrt((x - blob.x) ** 2 + (y - blob.y) ** 2);
      if (distance < blob.radius) heat += (1 - distance / blob.radius) * 40;
    }
    const level = Math.min(63, Math.floor(heat));
    const pixel = ((level >> 1) << 11) | ((level >> 2) << 5) | (31 - (level >> 1));
    frame[(y * WIDTH + x) * 2] = pixel & 0xff;
    frame[(y * WIDTH + x) * 2 + 1] = pixel >> 8;
  }
}
