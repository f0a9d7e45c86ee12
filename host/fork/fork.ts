import { SimulatedBoard } from '../../sim/board.js';
import { AgentProgram } from '../../sim/boards/agent-program.js';
import { VirtualClock } from '../../sim/clock.js';
import type { Damage } from '../../sim/links/damage.js';
import { MessageLink, messageLinkDefaults } from '../../sim/links/message-link.js';
import { derive } from '../../sim/random.js';
import { type HostWatch, SimHost } from '../../sim/sim-host.js';
import { simDiskDefaults } from '../../sim/store/sim-store.js';
import { AGENT_FAILED, AGENT_RUNNING, type AgentDefinition, type AgentDescription, describeAgent } from '../../src/agent/index.js';
import { PageMemory } from '../../src/memory/page-memory.js';
import { deltaBetween } from '../migration/delta-between.js';
import type { AgentOutput } from '../sessions/types.js';

/** A refill over the simulated link takes no longer than this, in the time of the simulator. */
const START_MS_MAX = 600_000;
const OUTPUTS_MAX = 10_000;
const SEED = 1;
const AGENT_ID = 'f0'.repeat(16);
const BOARD_ID = 'fb'.repeat(16);

/** A state of an agent, and the sequence that it has in the agent's line. */
export interface ForkedState {
  readonly sequence: number;
  readonly state: Uint8Array;
}

export interface ForkReport {
  readonly before: AgentDescription;
  readonly after: AgentDescription;
  /** Of the simulator's time. */
  readonly ranMs: number;
  readonly turns: number;
  readonly turnsThrown: number;
  /** The newest sequence that the simulated host holds at the end. */
  readonly endSequence: number;
  readonly outputs: readonly AgentOutput[];
  /** Outputs beyond those that are kept. */
  readonly outputsLeftOut: number;
}

/** Why a state does not run. */
export class ForkError extends Error {
  override readonly name = 'ForkError';
}

/** Fair weather changes nothing. */
const UNDAMAGED: Damage = { sent() {}, corrupt: (_direction, frame) => frame, reseal: (_direction, frame) => frame };

/**
 * Runs a copy of a state as an agent of its own: a simulated board is refilled with it by the real sessions over a simulated disk, and goes
 * on from there, in virtual time. No id, store or link of the fleet is in it.
 *
 * @param messages sent to it one after the other, once it runs
 * @throws ForkError when the program cannot go on from this state
 */
export function runFork(definition: AgentDefinition, from: ForkedState, forMs: number, messages: readonly Uint8Array[]): ForkReport {
  const clock = new VirtualClock();
  const link = new MessageLink(clock, SEED, messageLinkDefaults, UNDAMAGED);
  const watch = new OutputWatch();
  const pages = new PageMemory({ sizeBytes: definition.sizeBytes }).pageCount;
  const host = new SimHost(clock, SEED, { poolPages: 2 * pages, disk: simDiskDefaults }, [link], watch);
  keep(host, definition, from);
  const ids = { boardId: bytesOf(BOARD_ID), agentId: bytesOf(AGENT_ID) };
  const board = new SimulatedBoard({
    clock,
    random: derive(SEED, 'fork'),
    makeProgram: (boot) => new AgentProgram(boot, definition, ids),
  });
  board.plug(link.board);
  link.boardPowered(true);
  host.start();
  board.powerOn();

  const { runner } = board.program as AgentProgram;
  while (runner.phase !== AGENT_RUNNING && runner.phase !== AGENT_FAILED && clock.step(START_MS_MAX));
  if (runner.phase !== AGENT_RUNNING) throw new ForkError(`the program of ${definition.name} cannot go on from this state`);
  const startedMs = clock.nowMs();
  for (const message of messages) host.sendInput(AGENT_ID, message);
  while (clock.step(startedMs + forMs));

  const { memory, counters, phase } = runner;
  const { schemaBytes } = definition.state;
  // A turn that threw leaves what is no state of the agent: then it is what the host holds.
  const state = phase === AGENT_RUNNING ? memory.bytes.slice(0, memory.sizeBytes) : host.sessions!.state(AGENT_ID)!;
  return {
    before: describeAgent(schemaBytes, from.state),
    after: describeAgent(schemaBytes, state),
    ranMs: clock.nowMs() - startedMs,
    turns: counters.turns,
    turnsThrown: counters.turnsThrown,
    endSequence: host.sessions!.agent(AGENT_ID)!.sequence,
    outputs: watch.outputs,
    outputsLeftOut: watch.leftOut,
  };
}

/** The simulated disk holds the state as the head of an agent whose board is away. */
function keep(host: SimHost, definition: AgentDefinition, { sequence, state }: ForkedState): void {
  const memory = new PageMemory({ sizeBytes: definition.sizeBytes });
  const { image } = host.disk;
  const granted = image.apply({
    kind: 'grant',
    agentId: AGENT_ID,
    grant: {
      expectEpoch: 0,
      expectSession: 0,
      epoch: 1,
      session: 1,
      boardId: BOARD_ID,
      agentName: definition.name,
      sizeBytes: definition.sizeBytes,
      fingerprint: Buffer.from(definition.state.fingerprint).toString('hex'),
      runtimeBlock: true,
    },
  });
  const append = { epoch: 1, baseSequence: 0, sequence, commits: sequence, ...deltaBetween(memory, state) };
  const refused = granted ?? image.apply({ kind: 'append', agentId: AGENT_ID, append });
  if (refused !== undefined) throw new ForkError(refused.message);
}

class OutputWatch implements HostWatch {
  readonly outputs: AgentOutput[] = [];
  leftOut = 0;

  onOutput(_agentId: string, output: AgentOutput): void {
    if (this.outputs.length < OUTPUTS_MAX) this.outputs.push(output);
    else this.leftOut++;
  }

  hostReceives(_link: unknown, _bytes: Uint8Array, _at: number, _count: number, deliver: () => void): void {
    deliver();
  }

  hostSends(): void {}
  onEvent(): void {}
  inputAccepted(): void {}
  hostCrashed(): void {}
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
