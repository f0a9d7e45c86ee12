// What a program finds in the global `peer` of the XS engine host (pipe.c): the other end of its link, in another process.

export type PeerApi = {
  /** Gives the peer a frame: the first `lengthBytes` bytes. */
  send(bytes: Uint8Array, lengthBytes: number): void;
  /** Ends the board's turn: the peer takes what was sent. */
  endTurn(): void;
  /** The next frame of the peer's turn; its length in bytes, 0 when that turn is over. */
  receive(bytes: Uint8Array): number;
};

export const peer: PeerApi = (globalThis as unknown as { peer: PeerApi }).peer;
