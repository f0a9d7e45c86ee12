// What sim/xs/programs/costs.ts prints; apart from it, so that the package has the figures' types without the engines.

/** Computrons, and machine instructions where the engine counts them (the emulated board under -icount). */
export type Cost = { readonly computrons: number; readonly instructions: number | null };

/** One page with one changed word; what each further page with one word adds, and each further changed byte of a page. */
export type Slopes = { readonly once: Cost; readonly perPage: Cost; readonly perByte: Cost };

/** What the parts of a commit cost. */
export type PartCosts = {
  /** Of a u32, without the loop around it: without a barrier, to a page untouched since the last commit, to a touched one. */
  readonly store: { readonly raw: Cost; readonly first: Cost; readonly later: Cost };
  readonly hash: { readonly perPage: Cost };
  /** Capture, hashes and marks, without coding. */
  readonly commit: Slopes;
  /** Whole deltas, with all of the above but the stores. */
  readonly stored: Slopes;
  readonly modelled: Slopes;
  /** A frame of 16 bytes, with head, check and COBS; each further byte. */
  readonly frame: { readonly once: Cost; readonly perByte: Cost };
  /** The same change of 8 pages in twice the state: how much more it costs, as a share. */
  readonly doubled: { readonly commit: Cost; readonly stored: Cost; readonly modelled: Cost };
};
