// The memory that boards give to their one machine: what firmware/manifest.json asks Moddable's linker for. Its sums are those of the
// SDK's own manifests (8.2.3); a slot has 16 bytes on a board.

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
// The SDK's 384 (esp32, esp32c3) and 512 (nodemcu) are too few: a refill goes 560 slots deep, firmware included.
const STACK_COUNT = 768;
// XS lets a heap grow when fewer slots than this are free after a collection. At the SDK's 64, frames over MQTT (4 slots each) would bring
// one about every few frames.
const SLOT_INCREMENT = 256;

// build/devices/esp32/targets/nodemcu/manifest.json gives chunks 78848 and heap 4928, both fixed, static 0, stack 512; esp32s3 and most
// other boards get the same. The sum stays: what the stack takes more comes out of the heap.
const NODEMCU = { chunkBytes: [78848, 0], slotCount: [4928 - (STACK_COUNT - 512), 0], stackCount: STACK_COUNT, keys: KEYS } as const;

/** Bytes of heaps that cannot grow, each a block of its own on a board. */
function fixedBytes({ chunkBytes, slotCount, stackCount }: Omit<Memory, 'arenaBytes'>): number {
  return CHUNK_BLOCK_BYTES + chunkBytes[0] + (slotCount[0] + stackCount) * SLOT_BYTES;
}

const NODEMCU_BYTES = fixedBytes(NODEMCU);

/**
 * `esp32`, `nodemcu`, `esp32c3`: the boards. `board`: a small arena for tests of the core, the nRF52's in the SDK
 * (examples/manifest_base.json). `roomy` holds test suites with their libraries.
 */
export const PROFILES = {
  // A bare ESP32 has no creation in the SDK; 32768 + 1024 and 2048 + 64 are what tools/mcconfig.js fills in. Both grow out of the system's
  // heap without a bound: here they end where those of the SDK's other ESP32 boards end.
  esp32: { arenaBytes: NODEMCU_BYTES, chunkBytes: [32768, 1024], slotCount: [2048, SLOT_INCREMENT], stackCount: STACK_COUNT, keys: KEYS },
  nodemcu: { ...NODEMCU, arenaBytes: NODEMCU_BYTES },
  // build/devices/esp32/targets/esp32c3/manifest.json: static 94208 for all, chunks and heap grow into it. Its first values (1536 + 512,
  // 512 + 64) only mean more collections at the start.
  esp32c3: { arenaBytes: 94208, chunkBytes: [16384, 512], slotCount: [2048, SLOT_INCREMENT], stackCount: STACK_COUNT, keys: KEYS },
  board: { arenaBytes: 131072, chunkBytes: [32768, 1024], slotCount: [2048, 64], stackCount: 512, keys: KEYS },
  roomy: {
    arenaBytes: 64 << 20,
    chunkBytes: [16 << 20, 1 << 20],
    slotCount: [1 << 19, 1 << 16],
    stackCount: 16384,
    keys: [8192, 1024, 1993, 127],
  },
} as const satisfies Record<string, Memory>;
