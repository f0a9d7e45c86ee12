import { mkdirSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { serialPort } from '../../../host/transports/serial-port.js';
import { peekFrame } from '../../../sim/checker/frame-peek.js';
import { changeAndReseal, flipBits } from '../../../sim/links/damage.js';
import { derive, type Random } from '../../../sim/random.js';
import { CRC_BYTES, SERIAL_BYTES_MAX } from '../../../src/wire/constants.js';
import { SerialFramer, serialEncode } from '../../../src/wire/serial-framer.js';
import { Cable } from '../../host/support/pty.js';
import { eventually } from './eventually.js';

const BAUD = 921_600;
const GARBAGE_BYTES_MAX = 300;

/** Chances per frame. */
export interface Noise {
  readonly lost: number;
  readonly flipped: number;
  /** A delta's bytes change and its check is made right again. */
  readonly resealed: number;
  /** Only the first part of a frame arrives, without its end. */
  readonly halved: number;
  /** Random bytes before a frame. */
  readonly garbage: number;
}

const QUIET: Noise = { lost: 0, flipped: 0, resealed: 0, halved: 0, garbage: 0 };

/** A cable between a board's port and a host's, on which frames are damaged, both ways. */
export class NoisyLine {
  readonly cable: Cable;
  readonly damaged = { lost: 0, flipped: 0, resealed: 0, halved: 0, garbage: 0 };
  noise = QUIET;
  readonly #ends: Duplex[] = [];

  constructor(folder: string) {
    mkdirSync(folder);
    this.cable = new Cable(folder);
  }

  /** The host's port. */
  get hostPath(): string {
    return this.cable.hostPath;
  }

  async join(boardPath: string, seed: number): Promise<void> {
    await this.cable.plugIn();
    const board = await serialPort(boardPath, BAUD)();
    const host = await serialPort(this.cable.boardPath, BAUD)();
    this.#ends.push(board, host);
    this.#carry(board, host, derive(seed, 'up'));
    this.#carry(host, board, derive(seed, 'down'));
  }

  quiet(): void {
    this.noise = QUIET;
  }

  async remove(): Promise<void> {
    for (const end of this.#ends) end.destroy();
    await eventually('both ends are closed', () => this.#ends.every((end) => end.closed));
    await this.cable.unplug();
  }

  #carry(from: Duplex, to: Duplex, random: Random): void {
    const framer = new SerialFramer();
    const encoded = new Uint8Array(SERIAL_BYTES_MAX);
    from.on('error', () => {});
    from.on('data', (bytes: Buffer) => {
      for (let used = 0; used < bytes.length; ) {
        used += framer.feed(bytes, used, bytes.length - used);
        if (framer.frameBytes === 0) continue;
        const frame = this.#damage(framer.frame.slice(0, framer.frameBytes), random);
        if (frame === undefined) continue;
        if (this.#hits('garbage', random)) to.write(Buffer.from(randomBytes(random)));
        const length = serialEncode(frame, 0, frame.length, encoded, 0);
        const kept = this.#hits('halved', random) ? random.below(length) : length;
        to.write(Buffer.from(encoded.subarray(0, kept)));
      }
    });
  }

  #damage(frame: Uint8Array, random: Random): Uint8Array | undefined {
    if (this.#hits('lost', random)) return undefined;
    if (this.#hits('flipped', random)) return flipBits(frame, random);
    const peeked = peekFrame(frame, 0, frame.length);
    if (peeked.kind !== 'delta' || peeked.chunkBytes < CRC_BYTES || !this.#hits('resealed', random)) return frame;
    return changeAndReseal(frame, peeked.chunkAt + random.below(peeked.chunkBytes), 1 + random.below(255));
  }

  #hits(kind: keyof Noise, random: Random): boolean {
    if (!random.chance(this.noise[kind])) return false;
    this.damaged[kind]++;
    return true;
  }
}

function randomBytes(random: Random): Uint8Array {
  return Uint8Array.from({ length: 1 + random.below(GARBAGE_BYTES_MAX) }, () => random.u32() & 0xff);
}
