import type { Context, Hono } from 'hono';
import * as v from 'valibot';
import { type Operations, Refusal } from '../operations.js';
import { agentOf } from './agent-parameter.js';
import { API_PREFIX } from './prefix.js';

const DOWNTIME_MS_MAX = 3_600_000;

const BoardName = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const Sequence = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const RestoreBody = v.strictObject({ board: BoardName, atSequence: v.optional(Sequence), isConfirmed: v.optional(v.boolean()) });
const MigrateBody = v.strictObject({
  board: v.optional(BoardName),
  maxDowntimeMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(1), v.maxValue(DOWNTIME_MS_MAX))),
});

/** The requests that bring agents to other boards. */
export function addMoveRoutes(app: Hono, operations: Operations): void {
  const agent = `${API_PREFIX}/agents/:agent`;
  app.get(`${API_PREFIX}/boards`, async (context) => context.json(await operations.boards()));
  app.get(`${API_PREFIX}/stats`, async (context) => context.json(await operations.stats()));
  app.get(`${agent}/move`, async (context) => context.json(await operations.move(agentOf(context))));
  app.get(`${agent}/states/:sequence`, async (context) => {
    return context.json(await operations.stateAt(agentOf(context), sequenceOf(context)));
  });
  app.get(`${agent}/states/:sequence/restore`, async (context) => {
    return context.json(await operations.previewRestore(agentOf(context), sequenceOf(context)));
  });
  app.post(`${agent}/restore`, async (context) => {
    const { board, atSequence, isConfirmed } = await bodyOf(context, RestoreBody, '{"board": "...", "atSequence": 7, "isConfirmed": true}');
    const at = atSequence === undefined ? {} : { atSequence };
    return context.json(await operations.restore(agentOf(context), board, { ...at, isConfirmed: isConfirmed === true }));
  });
  app.post(`${agent}/migrate`, async (context) => {
    const { board, maxDowntimeMs } = await bodyOf(context, MigrateBody, '{"board": "...", "maxDowntimeMs": 100}');
    return context.json(await operations.migrate(agentOf(context), board, maxDowntimeMs === undefined ? {} : { maxDowntimeMs }));
  });
  app.post(`${agent}/rollback`, async (context) => context.json(await operations.rollback(agentOf(context))));
}

function sequenceOf(context: Context): number {
  const text = context.req.param('sequence') ?? '';
  const parsed = v.safeParse(Sequence, /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN);
  if (!parsed.success) throw new Refusal('invalid', 'a sequence is a whole number of 1 to 2^53 - 1');
  return parsed.output;
}

async function bodyOf<Body>(context: Context, schema: v.GenericSchema<unknown, Body>, example: string): Promise<Body> {
  const body: unknown = await context.req.json().catch(() => undefined);
  const parsed = v.safeParse(schema, body);
  if (!parsed.success)
    throw new Refusal('invalid', `the body is ${example}, and nothing else: ${v.summarize(parsed.issues).split('\n')[0]}`);
  return parsed.output;
}
