import { Duplex } from 'node:stream';

const BITS_PER_BYTE = 10;

/** One end of a simulated serial cable: bytes arrive at the other end as fast as the baud rate lets them. */
class LineEnd extends Duplex {
  other: LineEnd | undefined;
  readonly #baud: number;

  constructor(baud: number) {
    super({ allowHalfOpen: false });
    this.#baud = baud;
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const lineMs = (bytes.length * BITS_PER_BYTE * 1000) / this.#baud;
    setTimeout(() => {
      this.other?.push(bytes);
      done();
    }, lineMs);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { other } = this;
    this.other = undefined;
    if (other !== undefined) {
      other.other = undefined;
      other.destroy();
    }
    done(error);
  }
}

/** A cable between two byte streams. Destroying one end takes the other with it, as pulling the plug does. */
export function serialLine(baud: number): [Duplex, Duplex] {
  const ends = [new LineEnd(baud), new LineEnd(baud)] as const;
  ends[0].other = ends[1];
  ends[1].other = ends[0];
  return [...ends];
}
