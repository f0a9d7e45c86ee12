import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import { PagePool } from '../src/delta/page-pool.js';
import { type ApiServer, startApi } from './api/server.js';
import { DataFolder } from './data-folder.js';
import { HostMetrics } from './metrics/host-metrics.js';
import type { MigrationView } from './migration/report.js';
import { MoveLog } from './move-log.js';
import type { Operations } from './operations.js';
import { Pump } from './pump.js';
import { SessionOperations } from './session-operations.js';
import { HostSessions } from './sessions/host-sessions.js';
import type { AgentOutput, HostListener } from './sessions/types.js';
import { LevelStore } from './store/level-store.js';
import { type EmbeddedBroker, startEmbeddedBroker } from './transports/embedded-broker.js';
import type { Transport } from './transports/frame-link.js';
import { MqttTransport } from './transports/mqtt.js';
import { SerialTransport } from './transports/serial.js';
import { serialPort } from './transports/serial-port.js';

/** Pages for deltas that are on their way, of all agents together: 16 MiB, room for the largest state changed wholly. */
export const POOL_PAGES = 65_536;
/** Lives of a host draw the base of their guest sessions from so many, each with room for so many sessions: 2^48 to 2^51 in all. */
const GUEST_BASES = 2 ** 32;
const GUEST_SESSIONS = 2 ** 18;

export interface HostOptions {
  /** The data folder; it is made if it is not there. */
  readonly data: string;
  /** mqtt://HOST[:PORT] or mqtts://...; without it the host starts a broker of its own on loopback. */
  readonly mqttUrl?: string;
  /** TCP port of the host's own broker; 0, the default, takes a free one. */
  readonly brokerPort?: number;
  readonly serial?: readonly { readonly path: string; readonly baud: number }[];
  /** Further transports. */
  readonly transports?: readonly Transport[];
  /** TCP port of the API on loopback; 0, the default, takes a free one. */
  readonly apiPort?: number;
  readonly log?: Logger;
}

/** What happens on a host, as the API's listeners hear it; output bytes in base64. */
export type HostEvent =
  | { readonly type: 'session'; readonly agentId: string; readonly link: string }
  | { readonly type: 'head'; readonly agentId: string; readonly sequence: number }
  | {
      readonly type: 'output';
      readonly agentId: string;
      readonly sequence: number;
      readonly index: number;
      readonly committed: boolean;
      readonly base64: string;
    }
  | { readonly type: 'move'; readonly agentId: string; readonly view: MigrationView }
  | { readonly type: 'event'; readonly agentId: string; readonly kind: string; readonly detail: unknown };

/** A running host: broker, transports, sessions, store and API. */
export class Host implements HostListener {
  readonly folder: DataFolder;
  readonly store: LevelStore;
  readonly sessions: HostSessions;
  readonly operations: Operations;
  readonly transports: Transport[] = [];
  readonly counters = { heads: 0, sessions: 0, outputs: 0, events: 0, moves: 0 };
  broker: EmbeddedBroker | undefined;
  readonly #log: Logger | undefined;
  readonly #pump: Pump;
  readonly #moves = new MoveLog();
  readonly #metrics: HostMetrics;
  readonly #listeners = new Set<(event: HostEvent) => void>();
  /** Resolves when the store cannot be written any more: the host is of no use then. */
  readonly failed: Promise<Error>;
  #api: ApiServer | undefined;
  #token = '';
  readonly #startedMs = Date.now();

  private constructor(options: HostOptions, folder: DataFolder, store: LevelStore) {
    this.folder = folder;
    this.store = store;
    this.#log = options.log;
    const guestSessionBase = 2 ** 48 + randomInt(GUEST_BASES) * GUEST_SESSIONS;
    this.sessions = new HostSessions({ store, pool: new PagePool(POOL_PAGES), listener: this, guestSessionBase, clock: Pump.nowMs });
    this.#pump = new Pump(this.sessions);
    this.operations = new SessionOperations(store, this.sessions, { running: { nowMs: Pump.nowMs, log: this.#moves } });
    this.#metrics = new HostMetrics(this);
    this.failed = new Promise((resolve) => {
      store.onFailure = resolve;
    });
  }

  /**
   * Opens the data folder, then starts transports and API.
   *
   * @throws TypeError for a wrong broker URL; StoreError when the store cannot be opened; Error of node:net for a port that is taken
   */
  static async start(options: HostOptions): Promise<Host> {
    const folder = new DataFolder(options.data);
    folder.create();
    const store = await LevelStore.open(folder.storePath);
    const host = new Host(options, folder, store);
    try {
      await host.#start(options);
      return host;
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  /** http://127.0.0.1:PORT of the API. */
  get address(): string {
    return this.#api?.address ?? '';
  }

  /** mqtt://... that boards use, with no password in it. */
  get brokerUrl(): string {
    return this.broker?.url ?? this.transports[0]!.name;
  }

  status(): unknown {
    return {
      startedMs: this.#startedMs,
      pid: process.pid,
      transports: this.transports.map(({ name, up, counters, lastError }) => ({ name, up, counters, lastError })),
      broker: this.broker && { url: this.broker.url, counters: this.broker.counters },
      counters: { ...this.counters, link: this.sessions.counters, store: this.store.counters, api: this.#api?.counters },
    };
  }

  subscribe(listener: (event: HostEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Adds a transport while the host runs. */
  addTransport(transport: Transport): void {
    this.transports.push(transport);
    transport.start(this.#pump);
  }

  /** Stops taking frames, writes what is to be written, closes. */
  async close(): Promise<void> {
    await Promise.all(this.transports.map((transport) => transport.close()));
    this.#pump.stop();
    await this.#api?.close();
    await new Promise<void>((resolve) => this.store.close(() => resolve()));
    this.folder.withdraw();
    await this.broker?.close();
  }

  onWake(linkId: number): void {
    this.#pump.wake(linkId);
  }

  onSession(agentId: string, linkId: number): void {
    const link = linkId < 0 ? '' : (this.sessions.agent(agentId)?.linkName ?? '');
    this.counters.sessions++;
    this.#publish({ type: 'session', agentId, link });
  }

  onHead(agentId: string, sequence: number): void {
    this.counters.heads++;
    this.#publish({ type: 'head', agentId, sequence });
  }

  onOutput(agentId: string, { sequence, index, committed, bytes }: AgentOutput): void {
    this.counters.outputs++;
    this.#publish({ type: 'output', agentId, sequence, index, committed, base64: Buffer.from(bytes).toString('base64') });
  }

  onEvent(agentId: string, kind: string, detail: string): void {
    this.counters.events++;
    this.#publish({ type: 'event', agentId, kind, detail: JSON.parse(detail) });
  }

  onMigration(agentId: string, view: MigrationView): void {
    this.counters.moves++;
    this.#moves.record(view);
    this.#publish({ type: 'move', agentId, view });
  }

  async #start(options: HostOptions): Promise<void> {
    if (options.mqttUrl === undefined) this.broker = await startEmbeddedBroker(options.brokerPort ?? 0);
    this.addTransport(new MqttTransport(options.mqttUrl ?? this.broker!.url));
    for (const { path, baud } of options.serial ?? []) this.addTransport(new SerialTransport(`serial:${path}`, serialPort(path, baud)));
    for (const transport of options.transports ?? []) this.addTransport(transport);
    this.#token = this.folder.newToken();
    const api = { operations: this.operations, token: this.#token, status: () => this.status(), metrics: () => this.#metrics.text() };
    this.#api = await startApi(api, options.apiPort);
    this.folder.announce({ version: 1, pid: process.pid, address: this.#api.address, token: this.#token, startedMs: this.#startedMs });
    this.#log?.info({ api: this.#api.address, broker: this.brokerUrl, data: this.folder.path }, 'host started');
  }

  #publish(event: HostEvent): void {
    this.#log?.debug(event, event.type);
    this.#api?.publish(event);
    for (const listener of this.#listeners) listener(event);
  }
}
