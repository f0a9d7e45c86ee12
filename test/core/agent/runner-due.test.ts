import { expect, it } from 'vitest';
import { CHECKPOINT_HEADER_BYTES } from '../../../src/agent/checkpoint.js';
import { defineAgent } from '../../../src/agent/definition.js';
import { MemorySlots } from '../../../src/agent/memory-slots.js';
import { AgentRunner } from '../../../src/agent/runner.js';
import { u32 } from '../../../src/state/types.js';

it('an agent that runs without its host knows when, before anything else was asked of it and without a link', () => {
  const agent = defineAgent({ name: 'alone', state: { count: u32 }, whenHostAway: 'run' });
  const runner = new AgentRunner(agent, {
    boardId: new Uint8Array(16).fill(1),
    agentId: new Uint8Array(16).fill(2),
    bootNonce: 1,
    checkpoint: new MemorySlots(CHECKPOINT_HEADER_BYTES + agent.sizeBytes),
    hostAwayMs: 5_000,
  });
  expect(runner.dueMs(100)).toBe(5_100);
  expect(runner.dueMs(3_000)).toBe(5_100);
});
