import { PAGE_BYTES } from '../memory/constants.js';
import { OK } from './codes.js';
import type { DeltaTarget } from './delta-target.js';
import { DirtyPage } from './dirty-page.js';
import { checkRun } from './run-check.js';

/** Reads a delta through without a state: notes which pages it changes, and believes the digest that it names. */
export class SnapshotTarget implements DeltaTarget {
  refusal = OK;
  readonly digest: number;
  readonly pages: DirtyPage[] = [];
  readonly #sizeBytes: number;
  #runEnd = 0;

  constructor(sizeBytes: number, digest: number) {
    this.#sizeBytes = sizeBytes;
    this.digest = digest;
  }

  begin(): void {
    this.#runEnd = 0;
  }

  open(offset: number, length: number): boolean {
    this.refusal = checkRun(offset, length, this.#runEnd, this.#sizeBytes);
    if (this.refusal !== OK) return false;
    this.#runEnd = offset + length;
    const index = Math.floor(offset / PAGE_BYTES);
    if (this.pages.at(-1)?.index !== index) this.pages.push(new DirtyPage(index, this.#sizeBytes));
    this.pages.at(-1)!.changedBytes += Math.min(length, this.#sizeBytes - offset);
    return true;
  }

  put(): void {}

  oldByte(): number {
    return 0;
  }

  oldWord(): number {
    return 0;
  }

  finish(): number {
    return OK;
  }

  apply(): void {}

  suspend(): void {}

  drop(): void {}
}
