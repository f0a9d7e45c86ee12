import { randomBytes } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { MqttClient } from 'mqtt';
import { Backoff } from './backoff.js';
import { BROKER_PORTS } from './broker-url.js';
import { guardPackets } from './packet-guard.js';

const KEEPALIVE_SECONDS = 15;
const CONNECT_TIMEOUT_MS = 10_000;

function openSocket(url: URL): Socket {
  const port = url.port === '' ? BROKER_PORTS[url.protocol]! : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return url.protocol === 'mqtts:' ? connectTls({ host, port, servername: host }) : connectTcp({ host, port, noDelay: true });
}

/**
 * An MQTT 3.1.1 client: clean session, an id that no earlier start of it had, nothing queued while the broker is away,
 * and attempts to come back that double their wait up to RETRY_MAX_MS.
 *
 * @param role first part of the client id: "host", or a board's name
 * @param oversized called when the broker announces a packet that is too large; the connection is then dropped
 */
export function connectMqtt(url: URL, role: string, oversized: () => void): MqttClient {
  const backoff = new Backoff();
  const openGuarded = (): Socket => {
    const socket = openSocket(url);
    guardPackets(socket, oversized);
    return socket;
  };
  const client = new MqttClient(openGuarded as never, {
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: `godwit-${role}-${randomBytes(4).toString('hex')}`,
    keepalive: KEEPALIVE_SECONDS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: backoff.delayMs(),
    resubscribe: false,
    queueQoSZero: false,
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }),
  });
  client.on('connect', () => backoff.reset());
  // mqtt.js reads the period when it plans the attempt after this one.
  client.on('reconnect', () => {
    client.options.reconnectPeriod = backoff.delayMs();
  });
  return client;
}
