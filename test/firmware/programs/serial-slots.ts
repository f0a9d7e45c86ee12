// What a frame costs in slots and chunks, in each direction, between the wire and the transport's user.
import { SerialTransport } from '../../../firmware/serial-transport.js';
import type { TransportUser } from '../../../firmware/transport.js';
import { host } from '../../../sim/xs/host-api.js';
import { SERIAL_BYTES_MAX } from '../../../src/wire/constants.js';
import { serialEncode } from '../../../src/wire/serial-framer.js';
import { FrugalSerial } from './frugal-serial.js';

const FRAMES = 1000;
const FIFO_BYTES = 128;

class Counting implements TransportUser {
  frames = 0;
  opened(): void {}
  closed(): void {}
  frame(): void {
    this.frames++;
  }
  drained(): void {}
}

const user = new Counting();
const transport = new SerialTransport({ io: FrugalSerial }, 115_200);
transport.user = user;
transport.open(0);
transport.tick(0);
const port = FrugalSerial.latest!;
const frame = new Uint8Array(280);
for (let index = 0; index < frame.length; index++) frame[index] = index * 7;
const stuffed = new Uint8Array(SERIAL_BYTES_MAX);

function receive(bytes: number): void {
  const count = serialEncode(frame, 0, bytes, stuffed, 0);
  for (let at = 0; at < count; at += FIFO_BYTES) port.arrive(stuffed, at, Math.min(FIFO_BYTES, count - at));
}

function send(bytes: number): void {
  transport.send(frame, 0, bytes);
  while (!transport.ready()) port.drained();
  port.drained();
}

function cost(name: string, bytes: number, move: (bytes: number) => void): void {
  move(bytes);
  host.gc();
  const slots = host.slots();
  const chunks = host.chunks();
  for (let frames = 0; frames < FRAMES; frames++) move(bytes);
  const slotsAfter = host.slots();
  const chunksAfter = host.chunks();
  host.print(
    JSON.stringify({ name, bytes, slotsPerFrame: (slotsAfter - slots) / FRAMES, chunkBytesPerFrame: (chunksAfter - chunks) / FRAMES }),
  );
}

port.drained();
cost('in', 20, receive);
cost('in', 280, receive);
cost('out', 20, send);
cost('out', 280, send);
if (user.frames !== 2 * (FRAMES + 1) || transport.counters.framesOut !== 2 * (FRAMES + 1)) throw new Error('frames were lost');
