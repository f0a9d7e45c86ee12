import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulateAgent } from 'godwit/sim';
import { rebuildAndCompare } from 'godwit/testing';
import { agent } from '../firmware/agent.js';

const messages = ['every 250', 'every 5', 'hello'];

test('beats twice a second, and as often as it is told', () => {
  const [left] = simulateAgent(agent, { boards: 1, forMs: 10_000, faults: 'none' }).states;
  assert.equal(left?.periodMs, 500);
  assert.ok(Number(left?.beats) >= 18);
  const [told] = simulateAgent(agent, { boards: 1, forMs: 10_000, faults: 'none', messages: ['every 250'] }).states;
  assert.equal(told?.periodMs, 250);
});

test('keeps nothing outside its state', () => {
  const { rebuilds } = rebuildAndCompare(() => agent, { messages });
  assert.equal(rebuilds, 20);
});

test('survives lost frames, dead boards and crashed hosts: host and boards end equal', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { commits, faults } = simulateAgent(agent, { seed, boards: 3, messages });
    assert.ok(commits > 0 && faults.length > 0, `seed ${seed}`);
  }
});
