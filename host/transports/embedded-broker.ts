import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type AedesPublishPacket } from 'aedes';
import { linkNameOfDown, linkNameOfUp } from '../../src/wire/topics.js';
import { guardPackets } from './packet-guard.js';

export const MQTT_PAYLOAD_BYTES_MAX = 1024;
const LOOPBACK = '127.0.0.1';
const CONNECTIONS_MAX = 1024;
const QUEUE_PACKETS_MAX = 256;

export interface EmbeddedBroker {
  /** mqtt://127.0.0.1:PORT */
  readonly url: string;
  readonly port: number;
  readonly counters: { connections: number; refusedPackets: number; refusedPublishes: number };
  close(): Promise<void>;
}

function isGodwitTopic(topic: string): boolean {
  return linkNameOfUp(topic) !== undefined || linkNameOfDown(topic) !== undefined;
}

/**
 * An MQTT 3.1.1 broker inside this process, for boards and hosts on this machine.
 * It carries Godwit's topics only, up to MQTT_PAYLOAD_BYTES_MAX bytes a message, and retains nothing.
 *
 * @param port TCP port on loopback; 0 takes a free one
 * @throws Error with `code` EADDRINUSE or EACCES when the port cannot be opened
 */
export async function startEmbeddedBroker(port = 0): Promise<EmbeddedBroker> {
  const counters = { connections: 0, refusedPackets: 0, refusedPublishes: 0 };
  const broker = await Aedes.createBroker({ queueLimit: QUEUE_PACKETS_MAX });
  broker.authorizePublish = (_client, packet, done) => {
    packet.retain = false;
    if (isGodwitTopic(packet.topic) && packet.payload.length <= MQTT_PAYLOAD_BYTES_MAX) return done(null);
    counters.refusedPublishes++;
    done(new Error('refused: not a Godwit message'));
  };
  broker.authorizeForward = (_client, packet: AedesPublishPacket) => (isGodwitTopic(packet.topic) ? packet : null);

  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    counters.connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    guardPackets(socket, () => counters.refusedPackets++);
    broker.handle(socket);
  });
  server.maxConnections = CONNECTIONS_MAX;
  const openPort = await listen(server, port).catch((error) => {
    broker.close();
    throw error;
  });

  return {
    url: `mqtt://${LOOPBACK}:${openPort}`,
    port: openPort,
    counters,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
