import type { Duplex } from 'node:stream';
import { SerialPort } from 'serialport';

/** Opens a byte stream to a board; each call opens it anew. */
export type OpenStream = () => Promise<Duplex>;

const LOOK_EVERY_MS = 1000;

/**
 * serialport's own destroy() leaves the descriptor open, and a write that waits for the line keeps the process alive for ever. And a line
 * that hangs up while bytes come in (a cable pulled out) is never ended: it reads nothing, again and again, as fast as it can.
 */
class ClosingPort extends SerialPort {
  #looking: NodeJS.Timeout | undefined;

  constructor(options: ConstructorParameters<typeof SerialPort>[0]) {
    super(options);
    // serialport tells of the close before the stream tells of the error: whoever had listened may have gone. It ends no process.
    this.on('error', () => {});
  }

  /** Asks for the control lines now and then: of a line that hung up there is another answer than there was, if there was any. */
  watch(): void {
    this.get((atFirst) => {
      if (this.destroyed) return;
      this.#looking = setInterval(() => {
        this.get((error) => {
          if (error && error.message !== atFirst?.message) this.destroy(new Error('the line hung up'));
        });
      }, LOOK_EVERY_MS);
      this.once('close', () => clearInterval(this.#looking));
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearInterval(this.#looking);
    if (!this.isOpen) done(error);
    // Flushed: a board that does not read would hold the close up until its line has drained.
    else this.flush(() => this.close(() => done(error)));
  }
}

/**
 * A serial port of this machine, for exclusive use, 8N1.
 *
 * @param path a device such as /dev/ttyUSB0
 * @param baud bits per second on the line
 */
export function serialPort(path: string, baud: number): OpenStream {
  return () => openSerialPort(path, baud);
}

/** As serialPort(), once, with its control lines and its speed in reach. */
export function openSerialPort(path: string, baud: number): Promise<SerialPort> {
  return new Promise((resolve, reject) => {
    // Without hupcl the closing of the port does not pull DTR and RTS, which would reset many ESP32 boards.
    const port = new ClosingPort({ path, baudRate: baud, autoOpen: false, hupcl: false, lock: true });
    port.open((error) => {
      if (error) {
        reject(error);
        return;
      }
      // Both asserted: a CDC device sends, and the reset circuit of ESP32 boards rests. A pty has no such lines.
      port.set({ dtr: true, rts: true }, () => {
        port.watch();
        resolve(port);
      });
    });
  });
}
