/** What happened to an agent on this board. Plain numbers in a sealed object. */
export interface AgentCounters {
  /** Turns that were committed. */
  turns: number;
  turnsThrown: number;
  reloads: number;
  inputsSetAside: number;
  timersSetAside: number;
  /** Inputs that came before the one they follow. */
  inputGaps: number;
  outputsRefused: number;
  checkpoints: number;
  /** Checkpoints that the flash refused; the older one is whole. */
  checkpointsFailed: number;
  /** Times it went on from its checkpoint, without the host. */
  startsAlone: number;
  /** Times it became another agent's board, and times it gave one up. */
  activations: number;
  retirements: number;
  refusals: number;
  hostErrors: number;
}

export function createAgentCounters(): AgentCounters {
  return Object.seal({
    turns: 0,
    turnsThrown: 0,
    reloads: 0,
    inputsSetAside: 0,
    timersSetAside: 0,
    inputGaps: 0,
    outputsRefused: 0,
    checkpoints: 0,
    checkpointsFailed: 0,
    startsAlone: 0,
    activations: 0,
    retirements: 0,
    refusals: 0,
    hostErrors: 0,
  });
}
