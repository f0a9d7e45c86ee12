// The runtime block: what the runtime keeps of an agent at the start of its state. SPEC.md, "Runtime block".
//
//   0  u32 magic "GWR1"      8 u32 clock, high word     24 u32 inputs consumed, low word
//   4  u8  timer count      12 u32 inputs, high word    28 u32 clock, low word (ms of the agent's time)
//   5  u8  0                16 u32 ring start           32 timers: u32 due low . u32 due high . u32 period (ms; due 0 = off)
//   6  u16 ring words       20 u32 ring bytes in use    .. output ring
//
// The words that most turns change lie side by side (24 to 35), so that they travel as one run.

export const RUNTIME_MAGIC = 0x31525747;
export const TIMER_COUNT_OFFSET = 4;
export const RESERVED_OFFSET = 5;
export const RING_WORDS_OFFSET = 6;
export const CLOCK_HIGH_OFFSET = 8;
export const INPUT_HIGH_OFFSET = 12;
export const RING_START_OFFSET = 16;
export const RING_USED_OFFSET = 20;
export const INPUT_LOW_OFFSET = 24;
export const CLOCK_LOW_OFFSET = 28;
export const TIMERS_OFFSET = 32;
export const TIMER_BYTES = 12;

export const MAX_TIMERS = 16;
export const MAX_OUTPUTS = 16;
export const MAX_OUTPUT_RING_BYTES = 32768;

/** An entry of the ring: u32 sequence low . u32 sequence high . u16 index . u16 record bytes . record . padding to 4. */
export const ENTRY_HEADER_BYTES = 12;
/** Committed outputs and immediate ones of one commit share the numbering: these have bit 15 set. */
export const COMMITTED_INDEX = 0x8000;
/** An output's record: u8 name bytes . name . data. It fits into one frame. */
export const MAX_RECORD_BYTES = 240;
export const TWO_32 = 0x100000000;

export function ringOffset(timerCount: number): number {
  return TIMERS_OFFSET + timerCount * TIMER_BYTES;
}

/** Bytes of the whole block, a multiple of 8. */
export function runtimeBytes(timerCount: number, ringBytes: number): number {
  return Math.ceil((ringOffset(timerCount) + ringBytes) / 8) * 8;
}
