/** Time of a board that runs in step with its peer: so much passes from one of its turns on the line to the next. */
export const STEP_MS = 10;
/** Frames that either end sends in a step at most: as on a line, a long delta takes several, and the agent goes on meanwhile. */
export const FRAMES_PER_STEP = 4;
/** Bytes of a serial line in a step: 115200 baud. */
export const LINE_BYTES_PER_STEP = 115;
