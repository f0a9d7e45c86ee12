import type { LinkEnd } from '../sessions/types.js';

/** One board's line to the host, whatever carries it. Frames here are whole and bare: no COBS, no topic. */
export interface FrameLink extends LinkEnd {
  /** false while a frame given to send() would only wait in a queue; the user hears drained() when it changes. */
  readonly writable: boolean;
  /** Sends a copy of the frame; one that cannot leave is dropped, for the link above repeats what counts. */
  send(bytes: Uint8Array, at: number, count: number): void;
}

/** What a transport tells the one who answers its links; ids are the user's own. */
export interface LinkUser {
  opened(link: FrameLink): number;
  received(linkId: number, bytes: Uint8Array, at: number, count: number): void;
  drained(linkId: number): void;
  closed(linkId: number): void;
}

/** Something that opens links: a broker's connection, a serial port. */
export interface Transport {
  /** For people: a URL without its password, a path with its baud rate. */
  readonly name: string;
  /** true while the broker or the port is there. */
  readonly up: boolean;
  readonly counters: Readonly<Record<string, number>>;
  /** Why it is not up; empty while all is well. */
  readonly lastError: string;
  start(user: LinkUser): void;
  close(): Promise<void>;
}
