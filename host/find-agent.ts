import { Refusal } from './operations.js';

export const SHORTEST_ID_PREFIX = 4;

/** The agent of this name or id, or whose id alone begins so. @throws Refusal */
export function findAgent<Row extends { readonly agentId: string; readonly agentName: string }>(rows: readonly Row[], agent: string): Row {
  const id = agent.toLowerCase();
  const exact = rows.find((row) => row.agentId === id);
  if (exact !== undefined) return exact;
  const named = rows.filter((row) => row.agentName === agent);
  const matching = named.length > 0 || agent.length < SHORTEST_ID_PREFIX ? named : rows.filter((row) => row.agentId.startsWith(id));
  if (matching.length === 0) throw unknownAgent(agent);
  if (matching.length > 1) {
    const ids = matching.map((row) => row.agentId).slice(0, 4);
    throw new Refusal('ambiguous', `${matching.length} agents are called "${agent}": give the id of one (${ids.join(', ')})`);
  }
  return matching[0]!;
}

export function unknownAgent(agent: string): Refusal {
  return new Refusal('unknown', `there is no agent "${agent}": "godwit ls" lists those that are there`);
}
