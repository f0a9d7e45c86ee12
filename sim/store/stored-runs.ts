// Stored runs (codec 0) read by the words of SPEC.md, apart from the decoder of src/: the simulated store must not share its faults.
//
//   varint v: v = 0 ends the stream; v mod 8 = 1..7: that many granules after a gap of v / 8; v mod 8 = 0: gap v / 8 - 1, and u8 count.

const GRANULE_BYTES = 4;

/** Writes the runs of `delta` into `state`; false, and `state` partly written, if it is no such stream. */
export function applyStoredRuns(state: Uint8Array, delta: Uint8Array): boolean {
  let at = 0;
  let granule = 0;
  for (;;) {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = delta[at++];
      if (byte === undefined) return false;
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    if (value === 0) return at === delta.length;
    let count = value % 8;
    let gap = Math.floor(value / 8);
    if (count === 0) {
      gap -= 1;
      count = delta[at++] ?? 0;
      if (count === 0) return false;
    }
    const offset = (granule + gap) * GRANULE_BYTES;
    const end = at + count * GRANULE_BYTES;
    const kept = Math.min(count * GRANULE_BYTES, state.length - offset);
    if (end > delta.length || kept <= 0) return false;
    state.set(delta.subarray(at, at + kept), offset);
    at = end;
    granule += gap + count;
  }
}
