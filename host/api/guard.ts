import { timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';

/**
 * Lets in only who may read the data folder (the token lies there) and nobody sent by a web page: a page of another site
 * can reach loopback through its visitor's browser, under its own origin or under a host name that it points at loopback.
 */
export function onlyOwner(token: string, port: () => number): MiddlewareHandler {
  const expected = Buffer.from(`Bearer ${token}`);
  return async (context, next) => {
    const hosts = [`127.0.0.1:${port()}`, `localhost:${port()}`];
    if (!hosts.includes(context.req.header('host') ?? '')) return context.json({ reason: 'invalid', error: 'wrong Host header' }, 403);
    const origin = context.req.header('origin');
    if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`)) {
      return context.json({ reason: 'invalid', error: 'requests from web pages of other origins are refused' }, 403);
    }
    const given = Buffer.from(context.req.header('authorization') ?? '');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      return context.json({ reason: 'invalid', error: 'the token of host.json in the data folder is needed' }, 401);
    }
    return next();
  };
}
