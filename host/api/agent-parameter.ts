import type { Context } from 'hono';
import * as v from 'valibot';
import { Refusal } from '../operations.js';

const AgentParameter = v.pipe(v.string(), v.minLength(1), v.maxLength(64));

/** The agent that a request's path names. @throws Refusal */
export function agentOf(context: Context): string {
  const parsed = v.safeParse(AgentParameter, context.req.param('agent'));
  if (!parsed.success) throw new Refusal('invalid', 'an agent is named by its name or its id, 1 to 64 characters');
  return parsed.output;
}
