import { PAGE_BYTES } from '../memory/constants.js';

/** A page that a delta changes. */
export class DirtyPage {
  readonly index: number;
  /** Bytes of the state in this page: 256, or less in the last one. */
  readonly sizeBytes: number;
  /** Bytes of it that the delta carries. */
  changedBytes = 0;

  constructor(index: number, stateBytes: number) {
    this.index = index;
    this.sizeBytes = Math.min(PAGE_BYTES, stateBytes - index * PAGE_BYTES);
  }

  /** Where the page lies in the state, in bytes. */
  get offset(): number {
    return this.index * PAGE_BYTES;
  }
}
