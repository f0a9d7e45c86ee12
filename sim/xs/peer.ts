// The other end of a board that runs on XS: takes the frames of the board's turns and answers with its own (host/pipe.c has the format).
import type { Readable, Writable } from 'node:stream';

export type Peer = {
  /** One frame of the board's turn; the bytes are valid during the call. */
  take(frame: Uint8Array): void;
  /** The board's turn is over: gives one frame after the other to `send`. */
  turn(send: (frame: Uint8Array, count: number) => void): void;
};

const LENGTH_BYTES = 2;

/** Serves until the board's end is closed. A peer that throws ends the board's input; `onError` is told why. */
export function servePeer(peer: Peer, fromBoard: Readable, toBoard: Writable, onError: (error: unknown) => void): void {
  let waiting: Buffer = Buffer.alloc(0);
  // A board that stopped reads no more.
  toBoard.on('error', () => {});
  const answer = (): void => {
    const parts: Buffer[] = [];
    peer.turn((frame, count) => parts.push(lengthOf(count), Buffer.from(frame.subarray(0, count))));
    toBoard.write(Buffer.concat([...parts, lengthOf(0)]));
  };
  fromBoard.on('data', (bytes: Buffer) => {
    waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes]);
    try {
      let at = 0;
      while (waiting.length - at >= LENGTH_BYTES) {
        const end = at + LENGTH_BYTES + waiting.readUInt16LE(at);
        if (end > waiting.length) break;
        if (end === at + LENGTH_BYTES) answer();
        else peer.take(waiting.subarray(at + LENGTH_BYTES, end));
        at = end;
      }
      waiting = waiting.subarray(at);
    } catch (error) {
      onError(error);
      toBoard.end();
    }
  });
}

function lengthOf(count: number): Buffer {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeUInt16LE(count);
  return bytes;
}
