import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as v from 'valibot';
import { MESSAGE_BYTES_MAX } from '../../src/wire/constants.js';
import { type Operations, Refusal, type RefusalReason } from '../operations.js';
import { agentOf } from './agent-parameter.js';
import { onlyOwner } from './guard.js';
import { addMoveRoutes } from './move-routes.js';
import { API_PREFIX } from './prefix.js';

export const REQUEST_BYTES_MAX = 4096;
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const BASE64_CHARACTERS_MAX = Math.ceil(MESSAGE_BYTES_MAX / 3) * 4;

const MessageBody = v.strictObject({
  base64: v.pipe(
    v.string(),
    v.maxLength(BASE64_CHARACTERS_MAX),
    v.regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
  ),
});

const STATUS: Record<RefusalReason, 400 | 404 | 409 | 429 | 500> = {
  unknown: 404,
  ambiguous: 409,
  busy: 409,
  full: 429,
  invalid: 400,
  damaged: 500,
  absent: 409,
  occupied: 409,
  incompatible: 409,
  moving: 409,
  alive: 409,
  late: 409,
  nothing: 409,
  offline: 409,
  unconfirmed: 409,
};

export interface ApiOptions {
  readonly operations: Operations;
  readonly token: string;
  readonly port: () => number;
  /** The host's own state: transports, counters. */
  readonly status: () => unknown;
  /** In Prometheus text format. */
  readonly metrics: () => Promise<string>;
  readonly refused: () => void;
}

/** The API's requests; SPEC.md lists them. Answers are JSON; a refusal has `error` and `reason`. */
export function apiRoutes(options: ApiOptions): Hono {
  const { operations } = options;
  const app = new Hono();
  const refusal = (context: Context, reason: RefusalReason, error: string): Response => {
    options.refused();
    return context.json({ error, reason }, STATUS[reason]);
  };

  app.use(async (context, next) => {
    await next();
    if (context.res.status === 401 || context.res.status === 403) options.refused();
  });
  app.use(onlyOwner(options.token, options.port));
  app.use(
    bodyLimit({
      maxSize: REQUEST_BYTES_MAX,
      onError: (context) => refusal(context, 'invalid', `a body has ${REQUEST_BYTES_MAX} bytes at most`),
    }),
  );

  app.get(`${API_PREFIX}/host`, (context) => context.json(options.status()));
  app.get(`${API_PREFIX}/agents`, async (context) => context.json(await operations.list()));
  app.get(`${API_PREFIX}/agents/:agent`, async (context) => context.json(await operations.show(agentOf(context))));
  app.post(`${API_PREFIX}/verify`, async (context) => context.json(await operations.verify()));
  app.post(`${API_PREFIX}/agents/:agent/verify`, async (context) => context.json(await operations.verify(agentOf(context))));
  app.post(`${API_PREFIX}/agents/:agent/messages`, async (context) => {
    const message = await messageOf(context);
    return context.json(await operations.send(agentOf(context), message));
  });
  app.delete(`${API_PREFIX}/agents/:agent`, async (context) => context.json(await operations.forget(agentOf(context))));

  addMoveRoutes(app, operations);
  app.get('/metrics', async (context) => context.text(await options.metrics(), 200, { 'content-type': METRICS_TYPE }));

  app.notFound((context) => refusal(context, 'unknown', 'no such request'));
  app.onError((error, context) => {
    if (error instanceof Refusal) return refusal(context, error.reason, error.message);
    return refusal(context, 'damaged', `the host could not do it: ${error.message}`);
  });
  return app;
}

async function messageOf(context: Context): Promise<Uint8Array> {
  const body: unknown = await context.req.json().catch(() => undefined);
  const parsed = v.safeParse(MessageBody, body);
  const message = parsed.success ? Buffer.from(parsed.output.base64, 'base64') : undefined;
  if (message === undefined || message.length > MESSAGE_BYTES_MAX) {
    throw new Refusal('invalid', `a message is {"base64": "..."} of ${MESSAGE_BYTES_MAX} bytes at most`);
  }
  return message;
}
