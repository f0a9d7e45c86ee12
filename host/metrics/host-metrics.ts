import { Counter, Gauge, Registry } from 'prom-client';
import type { Host } from '../host.js';

const MS_PER_S = 1000;

/** What a host has counted, for Prometheus: read when it is asked for, so that counting costs the sessions nothing. */
export class HostMetrics {
  readonly #registry = new Registry();
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
    this.#agents();
    this.#boards();
    this.#transports();
    this.#moves();
    const { sessions, store } = host;
    this.#counts('host', () => host.counters, 'what the host told its listeners');
    this.#counts('link', () => sessions.counters, 'of all sessions');
    this.#counts('store', () => store.counters, 'of the store');
  }

  /** Prometheus text format 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #agents(): void {
    const { sessions } = this.#host;
    const perAgent = (name: string, help: string, value: (agent: ReturnType<typeof sessions.agents>[number]) => number): void =>
      this.#gauge(name, help, ['agent', 'name'], (gauge) => {
        for (const agent of sessions.agents()) gauge.set({ agent: agent.agentId, name: agent.agentName }, value(agent));
      });
    perAgent('agent_connected', 'The agent has an open session', ({ linkId }) => (linkId >= 0 ? 1 : 0));
    perAgent('agent_epoch', 'Epoch of the agent', ({ epoch }) => epoch);
    perAgent('agent_head_sequence', 'The newest durable sequence', ({ sequence }) => sequence);
    perAgent('agent_inputs_waiting', 'Messages that no durable commit has consumed', ({ inputsWaiting }) => inputsWaiting);
    perAgent('agent_state_bytes', 'Size of the state', ({ sizeBytes }) => sizeBytes);
  }

  #boards(): void {
    this.#gauge('boards_vacant', 'Boards that wait for an agent', [], (gauge) => gauge.set(this.#host.sessions.vacantBoards().length));
  }

  #transports(): void {
    const { transports } = this.#host;
    this.#gauge('transport_up', 'The transport is open', ['transport'], (gauge) => {
      for (const { name, up } of transports) gauge.set({ transport: name }, up ? 1 : 0);
    });
  }

  #moves(): void {
    const { sessions } = this.#host;
    const stats = (): { readonly [name: string]: number } => {
      const { fullCount, fullBytes, incrementalCount, incrementalBytes, uncompressedBytes, compressedBytes } = sessions.migrationStats;
      return { fullCount, fullBytes, incrementalCount, incrementalBytes, uncompressedBytes, compressedBytes };
    };
    this.#counts('migration', stats, 'MigrationStats of all moves');
    this.#gauge('moves', "Newest moves of the host's agents", ['kind', 'phase'], (gauge) => {
      for (const { kind, phase } of sessions.migrations()) gauge.inc({ kind, phase });
    });
    const perMove = (name: string, help: string, value: (move: ReturnType<typeof sessions.migrations>[number]) => number): void =>
      this.#gauge(name, help, ['agent', 'kind'], (gauge) => {
        for (const move of sessions.migrations()) gauge.set({ agent: move.agentId, kind: move.kind }, value(move));
      });
    perMove('move_downtime_seconds', 'From the freeze until the target ran', ({ downtimeMs }) => downtimeMs / MS_PER_S);
    perMove(
      'move_downtime_lower_bound_seconds',
      'The last delta over both links, two round trips, two syncs',
      (m) => m.lowerBoundMs / MS_PER_S,
    );
    perMove('move_seconds', 'How long the newest move took, or takes', ({ totalMs }) => totalMs / MS_PER_S);
    perMove('move_target_bytes', 'Frames to and from the target', ({ bytesDown, bytesUp }) => bytesDown + bytesUp);
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: Label[], read: (gauge: Gauge<Label>) => void): void {
    new Gauge<Label>({
      name: `godwit_${name}`,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        this.reset();
        read(this);
      },
    });
  }

  /** One counter for each number, under its own name. */
  #counts(room: string, read: () => object, help: string): void {
    const values = (): [string, number][] =>
      Object.entries(read()).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
    for (const [key] of values()) {
      new Counter({
        name: `godwit_${room}_${snakeCase(key)}_total`,
        help: `${key}, ${help}`,
        registers: [this.#registry],
        collect() {
          this.reset();
          this.inc(values().find(([name]) => name === key)?.[1] ?? 0);
        },
      });
    }
  }
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
