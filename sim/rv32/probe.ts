// Where an emulated board keeps what is looked at from outside: little-endian u32 behind the symbol gProbe (board/probe.h).
//
// isBusy is 1 while the engine runs: bytes may be half written then, and a collection may move the buffers. The loop of the board sets it
// to 0, with the addresses as they are, before it rests. Addresses are 0 until the program has registered its state and its words.

/** "GPRB". */
export const PROBE_MAGIC = 0x42525047;
export const PROBE_BYTES = 64;
export const PROBE_SYMBOL = 'gProbe';

export interface Probe {
  readonly isBusy: boolean;
  readonly stateAddress: number;
  readonly stateBytes: number;
  readonly wordsAddress: number;
  readonly wordCount: number;
  readonly engine: EngineUse;
}

/** What the board's machine has used of its memory, and what its line and storage have seen, since its start. */
export interface EngineUse {
  readonly slots: number;
  readonly slotsPeak: number;
  readonly chunkBytes: number;
  readonly chunkBytesPeak: number;
  readonly collections: number;
  readonly arenaFreeBytes: number;
  /** Bytes that arrived while the receive ring was full. */
  readonly serialDropped: number;
  readonly rounds: number;
  readonly keyValueDamaged: number;
  readonly keyValueFormats: number;
}

/** undefined: the board has not come so far as to have one. */
export function parseProbe(bytes: Uint8Array): Probe | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (index: number): number => view.getUint32(index * 4, true);
  if (bytes.length < PROBE_BYTES || word(0) !== PROBE_MAGIC || word(2) === 0 || word(4) === 0) return undefined;
  return {
    isBusy: word(1) !== 0,
    stateAddress: word(2),
    stateBytes: word(3),
    wordsAddress: word(4),
    wordCount: word(5),
    engine: {
      slots: word(6),
      slotsPeak: word(7),
      chunkBytes: word(8),
      chunkBytesPeak: word(9),
      collections: word(10),
      arenaFreeBytes: word(11),
      serialDropped: word(12),
      rounds: word(13),
      keyValueDamaged: word(14),
      keyValueFormats: word(15),
    },
  };
}
