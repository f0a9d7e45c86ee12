import type { Duplex } from 'node:stream';
import { SerialPort } from 'serialport';

/** Opens a byte stream to a board; each call opens it anew. */
export type OpenStream = () => Promise<Duplex>;

/** serialport's own destroy() leaves the descriptor open, and a write that waits for the line keeps the process alive for ever. */
class ClosingPort extends SerialPort {
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
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
      port.set({ dtr: true, rts: true }, () => resolve(port));
    });
  });
}
