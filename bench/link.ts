import { type HostileLinkFigures, measureHostileLink } from '../sim/measure/hostile-link.js';
import { measureOutputCommit, type OutputCommitFigures } from '../sim/measure/output-commit.js';
import { measureRefill, type RefillFigures } from '../sim/measure/refill.js';

/** What the link costs, in the simulator: virtual time, the real core on both ends. */
export interface LinkFigures {
  readonly hostile: { readonly long: HostileLinkFigures; readonly single: HostileLinkFigures };
  readonly refill: readonly RefillFigures[];
  readonly outputCommit: readonly OutputCommitFigures[];
}

export function measureLink(): LinkFigures {
  return { hostile: measureHostileLink(), refill: measureRefill(), outputCommit: measureOutputCommit() };
}
