// MQTT 3.1.1 control packets (OASIS, 2014), as far as the stand-ins of client and broker speak them.

export const CONNECT = 1;
export const CONNACK = 2;
export const PUBLISH = 3;
export const SUBSCRIBE = 8;
export const SUBACK = 9;
export const PINGREQ = 12;
export const PINGRESP = 13;
export const DISCONNECT = 14;

/** Bits of the first byte of a PUBLISH (3.3.1). */
export const RETAIN = 1;

export interface Packet {
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
}

/** The bytes of text of ASCII characters. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Text with its length before it (1.5.3). */
export function prefixed(text: string): Uint8Array {
  return concat(u16(text.length), ascii(text));
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Head of a packet with so many bytes after it (2.2.3). */
export function head(type: number, flags: number, remainingBytes: number): Uint8Array {
  const bytes = [(type << 4) | flags];
  do {
    bytes.push((remainingBytes & 0x7f) | (remainingBytes > 0x7f ? 0x80 : 0));
    remainingBytes >>>= 7;
  } while (remainingBytes > 0);
  return Uint8Array.from(bytes);
}

export function packetOf(type: number, flags: number, ...body: readonly Uint8Array[]): Uint8Array {
  const bytes = concat(...body);
  return concat(head(type, flags, bytes.length), bytes);
}

/** Where a packet's body begins in `bytes`, and how long it is; undefined while its head is not there. */
export function readHead(bytes: Uint8Array): { type: number; flags: number; at: number; remainingBytes: number } | undefined {
  let remainingBytes = 0;
  for (let at = 1; at < bytes.length && at <= 4; at++) {
    remainingBytes |= (bytes[at]! & 0x7f) << (7 * (at - 1));
    if (bytes[at]! < 0x80) return { type: bytes[0]! >> 4, flags: bytes[0]! & 15, at: at + 1, remainingBytes };
  }
  return undefined;
}

/** Cuts a stream into packets. */
export class PacketStream {
  #bytes: Uint8Array = new Uint8Array(0);

  push(bytes: Uint8Array): void {
    this.#bytes = concat(this.#bytes, bytes);
  }

  next(): Packet | undefined {
    const found = readHead(this.#bytes);
    if (found === undefined || this.#bytes.length < found.at + found.remainingBytes) return undefined;
    const end = found.at + found.remainingBytes;
    const body = this.#bytes.slice(found.at, end);
    this.#bytes = this.#bytes.slice(end);
    return { type: found.type, flags: found.flags, body };
  }
}
