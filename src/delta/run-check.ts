import { PAGE_BYTES } from '../memory/constants.js';
import { BAD_RUN, OK, OUT_OF_RANGE } from './codes.js';

/** 0 if a run is whole granules inside one page and inside the state, and does not start before `runEnd`, the last run's end. */
export function checkRun(offset: number, length: number, runEnd: number, sizeBytes: number): number {
  if (length <= 0 || ((offset | length) & 3) !== 0 || offset < runEnd) return BAD_RUN;
  if (offset + length > ((sizeBytes + 3) & ~3)) return OUT_OF_RANGE;
  return (offset & (PAGE_BYTES - 1)) + length > PAGE_BYTES ? BAD_RUN : OK;
}
