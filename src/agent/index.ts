export type { AgentCounters } from './agent-counters.js';
export { CHECKPOINT_HEADER_BYTES, type CheckpointSlots } from './checkpoint.js';
export { AgentDefinition, type AgentOptions, defineAgent, type OutputKind } from './definition.js';
export { type AgentDescription, describeAgent, readRecord } from './describe-agent.js';
export { MemorySlots } from './memory-slots.js';
export type { Message } from './message.js';
export type { OwnershipStore } from './ownership-store.js';
export {
  AGENT_CREATED,
  AGENT_FAILED,
  AGENT_FROZEN,
  AGENT_RUNNING,
  AGENT_VACANT,
  AgentRunner,
  type AgentRunnerOptions,
} from './runner.js';
export { RuntimeReader } from './runtime-reader.js';
export type { Turn } from './turn.js';
