import type { Duplex } from 'node:stream';
import { SerialPort } from 'serialport';

/** Opens a byte stream to a board; each call opens it anew. */
export type OpenStream = () => Promise<Duplex>;

/**
 * A serial port of this machine, for exclusive use, 8N1.
 *
 * @param path a device such as /dev/ttyUSB0
 * @param baud bits per second on the line
 */
export function serialPort(path: string, baud: number): OpenStream {
  return () =>
    new Promise((resolve, reject) => {
      // Without hupcl the closing of the port does not pull DTR and RTS, which would reset many ESP32 boards.
      const port = new SerialPort({ path, baudRate: baud, autoOpen: false, hupcl: false, lock: true });
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
