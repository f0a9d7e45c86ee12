import type { Socket } from 'node:net';

// MQTT parsers collect a packet before anybody sees it, and a length field may announce 256 MB: the line is watched ahead of them.
export const MQTT_PACKET_BYTES_MAX = 4096;
const LENGTH_BYTES_MAX = 4;

/** Follows the fixed headers (MQTT 3.1.1, 2.2) in a byte stream. */
export class PacketGuard {
  #bodyBytesLeft = 0;
  #lengthIndex = -1;
  #length = 0;

  /** Takes the next bytes of the stream; false once a packet announces more than MQTT_PACKET_BYTES_MAX bytes. */
  accepts(bytes: Uint8Array): boolean {
    let at = 0;
    while (at < bytes.length) {
      if (this.#bodyBytesLeft > 0) {
        const skipped = Math.min(this.#bodyBytesLeft, bytes.length - at);
        this.#bodyBytesLeft -= skipped;
        at += skipped;
      } else if (!this.#header(bytes[at++]!)) {
        return false;
      }
    }
    return true;
  }

  #header(byte: number): boolean {
    if (this.#lengthIndex < 0) {
      this.#lengthIndex = 0;
      this.#length = 0;
      return true;
    }
    this.#length += (byte & 127) * 128 ** this.#lengthIndex++;
    if (byte < 128) {
      this.#bodyBytesLeft = this.#length;
      this.#lengthIndex = -1;
    }
    return this.#length <= MQTT_PACKET_BYTES_MAX && this.#lengthIndex < LENGTH_BYTES_MAX;
  }
}

/** Destroys the socket when a packet that comes in is too large, before a parser has seen its length. */
export function guardPackets(socket: Socket, refused: () => void): void {
  const guard = new PacketGuard();
  const push = socket.push;
  socket.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (chunk instanceof Uint8Array && !guard.accepts(chunk)) {
      refused();
      socket.destroy(new Error(`an MQTT packet of more than ${MQTT_PACKET_BYTES_MAX} bytes`));
      return false;
    }
    return push.call(socket, chunk, encoding);
  };
}
