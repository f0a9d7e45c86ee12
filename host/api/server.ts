import type { AddressInfo } from 'node:net';
import { createAdaptorServer, upgradeWebSocket } from '@hono/node-server';
import { type WebSocket, WebSocketServer } from 'ws';
import { API_PREFIX } from './prefix.js';
import { type ApiOptions, apiRoutes, REQUEST_BYTES_MAX } from './routes.js';

export const EVENT_SOCKETS_MAX = 32;
const EVENT_BYTES_WAITING_MAX = 1024 * 1024;
const HEADER_BYTES_MAX = 8 * 1024;
const CONNECTIONS_MAX = 128;
const REQUEST_TIMEOUT_MS = 10_000;
const LOOPBACK = '127.0.0.1';

export interface ApiServer {
  /** http://127.0.0.1:PORT */
  readonly address: string;
  readonly counters: { readonly refused: number; readonly eventsDropped: number };
  /** Sends an event to everybody who listens at /v1/events. */
  publish(event: unknown): void;
  close(): Promise<void>;
}

/**
 * The host's API on loopback: requests over HTTP, live events over a WebSocket.
 *
 * @param port TCP port; 0 takes a free one
 */
export async function startApi(options: Omit<ApiOptions, 'port' | 'refused'>, port = 0): Promise<ApiServer> {
  const counters = { refused: 0, eventsDropped: 0 };
  let openPort = port;
  const app = apiRoutes({ ...options, port: () => openPort, refused: () => counters.refused++ });
  const listeners = new Set<WebSocket>();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: REQUEST_BYTES_MAX });

  app.get(
    `${API_PREFIX}/events`,
    async (context, next) => {
      if (listeners.size < EVENT_SOCKETS_MAX) return next();
      counters.refused++;
      return context.json({ reason: 'full', error: `${EVENT_SOCKETS_MAX} listeners are connected already` }, 429);
    },
    upgradeWebSocket(() => ({
      onOpen: (_event, socket) => void listeners.add(socket.raw as WebSocket),
      onClose: (_event, socket) => void listeners.delete(socket.raw as WebSocket),
    })),
  );

  const server = createAdaptorServer({
    fetch: app.fetch,
    hostname: LOOPBACK,
    websocket: { server: sockets as never },
    serverOptions: { maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
  });
  if ('maxConnections' in server || 'closeAllConnections' in server)
    (server as import('node:http').Server).maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => resolve());
  });
  openPort = (server.address() as AddressInfo).port;

  return {
    address: `http://${LOOPBACK}:${openPort}`,
    counters,
    publish(event) {
      if (listeners.size === 0) return;
      const text = JSON.stringify(event);
      for (const socket of listeners) {
        // A listener that does not read must not fill the host's memory.
        if (socket.bufferedAmount > EVENT_BYTES_WAITING_MAX) {
          counters.eventsDropped++;
          socket.terminate();
        } else socket.send(text);
      }
    },
    async close() {
      for (const socket of listeners) socket.terminate();
      sockets.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      (server as import('node:http').Server).closeAllConnections();
      await closed;
    },
  };
}
