// Where an emulated board keeps what is looked at from outside: a C struct of six little-endian u32 behind the symbol gProbe.
//
//     struct { uint32_t magic, isBusy, stateAddress, stateBytes, wordsAddress, wordCount; } gProbe;
//
// isBusy is 1 while the engine runs: bytes may be half written then, and a collection may move the buffers. The loop of the board sets it
// to 0, with the addresses as they are, before it waits. Addresses are 0 until the program has registered its state and its words.

/** "GPRB". */
export const PROBE_MAGIC = 0x42525047;
export const PROBE_BYTES = 24;
export const PROBE_SYMBOL = 'gProbe';

export interface Probe {
  readonly isBusy: boolean;
  readonly stateAddress: number;
  readonly stateBytes: number;
  readonly wordsAddress: number;
  readonly wordCount: number;
}

/** undefined: the board has not come so far as to have one. */
export function parseProbe(bytes: Uint8Array): Probe | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (index: number): number => view.getUint32(index * 4, true);
  if (bytes.length < PROBE_BYTES || word(0) !== PROBE_MAGIC || word(2) === 0 || word(4) === 0) return undefined;
  return { isBusy: word(1) !== 0, stateAddress: word(2), stateBytes: word(3), wordsAddress: word(4), wordCount: word(5) };
}
