// Keys are ASCII, so that LevelDB's order of bytes is the order of numbers:
//   format                       the folder's format
//   schema/FINGERPRINT           schema bytes
//   agent/ID                     an agent's record
//   line/ID/c/SEQUENCE           a checkpoint      line/ID/d/SEQUENCE   the delta that led to SEQUENCE
//   line/ID/e/NUMBER             an event          line/ID/i/NUMBER     an input      line/ID/m   the input mark
//   line/ID/p                    what is under way with the agent
// ID: 32 hex digits. FINGERPRINT: 16. SEQUENCE and NUMBER: 14 (2^53 - 1 is 1fffffffffffff).

const NUMBER_DIGITS = 14;
/** The first character after "/": ends a range of everything under a prefix. */
const AFTER_SLASH = '0';

export type Series = 'c' | 'd' | 'e' | 'i';

export interface Range {
  readonly gte: string;
  readonly lt: string;
}

export const FORMAT_KEY = 'format';
export const AGENTS: Range = { gte: 'agent/', lt: `agent${AFTER_SLASH}` };
export const SCHEMAS: Range = { gte: 'schema/', lt: `schema${AFTER_SLASH}` };

export function agentKey(agentId: string): string {
  return `agent/${agentId}`;
}

export function schemaKey(fingerprint: string): string {
  return `schema/${fingerprint}`;
}

export function inputMarkKey(agentId: string): string {
  return `line/${agentId}/m`;
}

export function planKey(agentId: string): string {
  return `line/${agentId}/p`;
}

export function numberedKey(agentId: string, series: Series, number: number): string {
  return `line/${agentId}/${series}/${number.toString(16).padStart(NUMBER_DIGITS, '0')}`;
}

export function numberOfKey(key: string): number {
  return Number.parseInt(key.slice(-NUMBER_DIGITS), 16);
}

export function seriesRange(agentId: string, series: Series): Range {
  return { gte: `line/${agentId}/${series}/`, lt: `line/${agentId}/${series}${AFTER_SLASH}` };
}

/** Numbers above `after`, up to and including `through`. */
export function numberRange(agentId: string, series: Series, after: number, through = Number.MAX_SAFE_INTEGER - 1): Range {
  return { gte: numberedKey(agentId, series, after + 1), lt: numberedKey(agentId, series, through + 1) };
}

/** Everything of an agent but its record. */
export function lineRange(agentId: string): Range {
  return { gte: `line/${agentId}/`, lt: `line/${agentId}${AFTER_SLASH}` };
}
