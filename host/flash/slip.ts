// SLIP (RFC 1055) as Espressif's loaders speak it: END before and after each packet.

const END = 0xc0;
const ESCAPE = 0xdb;
const ESCAPED_END = 0xdc;
const ESCAPED_ESCAPE = 0xdd;
/** A loader's longest answer is 4096 bytes of flash with their header. */
const PACKET_BYTES_MAX = 8192;

export function slipEncode(packet: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(packet.length * 2 + 2);
  let length = 0;
  out[length++] = END;
  for (let at = 0; at < packet.length; at++) {
    const byte = packet[at]!;
    if (byte === END || byte === ESCAPE) {
      out[length++] = ESCAPE;
      out[length++] = byte === END ? ESCAPED_END : ESCAPED_ESCAPE;
    } else out[length++] = byte;
  }
  out[length++] = END;
  return out.subarray(0, length);
}

/** Packets of a byte stream. What a board prints between them comes as packets too: the reader of answers knows its own. */
export class SlipReader {
  readonly #packet = Buffer.alloc(PACKET_BYTES_MAX);
  #length = 0;
  #escaped = false;
  #broken = false;

  /** @param take is called with each packet, as bytes of its own */
  read(bytes: Uint8Array, take: (packet: Uint8Array) => void): void {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === END) {
        if (this.#length > 0 && !this.#broken && !this.#escaped) take(Uint8Array.from(this.#packet.subarray(0, this.#length)));
        this.reset();
      } else if (this.#escaped) {
        this.#escaped = false;
        if (byte === ESCAPED_END) this.#add(END);
        else if (byte === ESCAPED_ESCAPE) this.#add(ESCAPE);
        else this.#broken = true;
      } else if (byte === ESCAPE) this.#escaped = true;
      else this.#add(byte);
    }
  }

  reset(): void {
    this.#length = 0;
    this.#escaped = false;
    this.#broken = false;
  }

  #add(byte: number): void {
    if (this.#length < PACKET_BYTES_MAX) this.#packet[this.#length++] = byte;
    else this.#broken = true;
  }
}
