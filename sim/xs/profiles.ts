// The memory that boards give to their one machine. Sizes follow the creation values of Moddable's SDK 8.2.3 (mcconfig hands them to
// the linker); where a value is ours, it says why. A slot has 16 bytes on a board.

/** The creation values of a machine; counts are slots or keys. An increment of 0 is a heap of fixed size. */
export type Memory = {
  /** All that slots, stack and chunks may take together. */
  readonly arenaBytes: number;
  readonly chunkBytes: readonly [initial: number, increment: number];
  readonly slotCount: readonly [initial: number, increment: number];
  readonly stackCount: number;
  readonly keys: readonly [initial: number, increment: number, nameBuckets: number, symbolBuckets: number];
};

export const SLOT_BYTES = 16;
/** What XS writes at the start of a block of chunks. */
const CHUNK_BLOCK_BYTES = 16;
// examples/manifest_base.json, for every platform.
const KEYS = [32, 32, 53, 3] as const;

// build/devices/esp32/targets/nodemcu/manifest.json; the same in esp32_thing, m5stack and esp32s3: static 0, both heaps fixed.
const NODEMCU = { chunkBytes: [78848, 0], slotCount: [4928, 0], stackCount: 512, keys: KEYS } as const;

/** Bytes of heaps that cannot grow, each a block of its own on a board. */
function fixedBytes({ chunkBytes, slotCount, stackCount }: Omit<Memory, 'arenaBytes'>): number {
  return CHUNK_BLOCK_BYTES + chunkBytes[0] + (slotCount[0] + stackCount) * SLOT_BYTES;
}

export const NODEMCU_BYTES = fixedBytes(NODEMCU);

/**
 * `esp32`, `nodemcu`, `esp32c3`: what firmware/manifest.json gives a board. `board`: a small arena for tests of the core, the nRF52's
 * section of examples/manifest_base.json. `roomy` holds test suites with their libraries.
 */
export const PROFILES = {
  // A bare ESP32 has no creation of its own: chunks and heap are mcconfig's defaults (tools/mcconfig.js, filterCreation), which grow out of
  // the system's heap without a bound. Here they end where the SDK's other ESP32 boards end. Stack: 384 by default, see esp32c3.
  esp32: { arenaBytes: NODEMCU_BYTES, chunkBytes: [32768, 1024], slotCount: [2048, 64], stackCount: 512, keys: KEYS },
  nodemcu: { ...NODEMCU, arenaBytes: NODEMCU_BYTES },
  // build/devices/esp32/targets/esp32c3/manifest.json: static 94208, chunk 1536 + 512, heap 512 + 64, stack 384.
  esp32c3: { arenaBytes: 94208, chunkBytes: [1536, 512], slotCount: [512, 64], stackCount: 512, keys: KEYS },
  board: { arenaBytes: 131072, chunkBytes: [32768, 1024], slotCount: [2048, 64], stackCount: 512, keys: KEYS },
  roomy: {
    arenaBytes: 64 << 20,
    chunkBytes: [16 << 20, 1 << 20],
    slotCount: [1 << 19, 1 << 16],
    stackCount: 16384,
    keys: [8192, 1024, 1993, 127],
  },
} as const satisfies Record<string, Memory>;

export const BOARD_PROFILES = ['esp32', 'nodemcu', 'esp32c3'] as const;
export type BoardProfile = (typeof BOARD_PROFILES)[number];
