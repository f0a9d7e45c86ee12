/** What happened on a link, and everything it refused. Plain numbers in a sealed object, the same at both ends. */
export interface LinkCounters {
  framesIn: number;
  framesOut: number;
  bytesIn: number;
  bytesOut: number;
  /** Refused frames: bad length, version, reserved bit, or a kind that is no link's. */
  badHeads: number;
  /** Refused frames: the check does not fit, so damaged, or of another session or direction. */
  badChecks: number;
  /** Refused frames: of a session, where there is none. */
  sessionless: number;
  /** Refused frames: fields missing, out of range or too many. */
  badFields: number;
  /** Refused frames: well-formed, but nothing that may come now. */
  unexpected: number;
  duplicates: number;
  staleAcks: number;
  staleAnswers: number;
  hellos: number;
  sessions: number;
  refusals: number;
  /** Welcomes of a host whose store is older than what this board knows of. */
  oldStores: number;
  silences: number;
  heartbeats: number;
  deltasBegun: number;
  deltasDone: number;
  deltasAborted: number;
  deltasUndecidedKept: number;
  deltasUndecidedBroughtBack: number;
  mismatches: number;
  noRoom: number;
  timeouts: number;
  fastResends: number;
  resyncs: number;
  refills: number;
  refillsResumed: number;
  stagedPagesKept: number;
  scrubFaults: number;
  scrubDifferences: number;
  turnsDelayed: number;
  /** Sessions in which a vacant board was prepared with an agent. */
  prepares: number;
  activations: number;
  /** Activations that the board could not store. */
  activationsFailed: number;
  freezes: number;
  thaws: number;
  retirements: number;
  /** Turns that waited because the lease had ended. */
  turnsUnleased: number;
  inputsRefused: number;
  outputsRefused: number;
}

export function createLinkCounters(): LinkCounters {
  return Object.seal({
    framesIn: 0,
    framesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    badHeads: 0,
    badChecks: 0,
    sessionless: 0,
    badFields: 0,
    unexpected: 0,
    duplicates: 0,
    staleAcks: 0,
    staleAnswers: 0,
    hellos: 0,
    sessions: 0,
    refusals: 0,
    oldStores: 0,
    silences: 0,
    heartbeats: 0,
    deltasBegun: 0,
    deltasDone: 0,
    deltasAborted: 0,
    deltasUndecidedKept: 0,
    deltasUndecidedBroughtBack: 0,
    mismatches: 0,
    noRoom: 0,
    timeouts: 0,
    fastResends: 0,
    resyncs: 0,
    refills: 0,
    refillsResumed: 0,
    stagedPagesKept: 0,
    scrubFaults: 0,
    scrubDifferences: 0,
    turnsDelayed: 0,
    prepares: 0,
    activations: 0,
    activationsFailed: 0,
    freezes: 0,
    thaws: 0,
    retirements: 0,
    turnsUnleased: 0,
    inputsRefused: 0,
    outputsRefused: 0,
  });
}
