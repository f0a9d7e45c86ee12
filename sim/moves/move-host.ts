import type { MigrationView } from '../../host/migration/report.js';
import { peekFrame } from '../checker/frame-peek.js';
import { type FrameWatch, refusals } from '../checker/frame-watch.js';
import type { OwnershipHistory } from '../checker/ownership.js';
import type { Clock } from '../clock.js';
import type { SimLink } from '../links/port.js';
import { type HostWatch, SimHost } from '../sim-host.js';
import { simDiskDefaults } from '../store/sim-store.js';
import { numberOf } from './counting-agent.js';
import { type SharedDisk, SharedStore } from './shared-disk.js';
import type { Steps } from './steps.js';

const ACK_DONE = 1;
const ACTION_PREPARE = 6;
const POOL_PAGES = 64;

export interface HostWorld {
  readonly clock: Clock;
  readonly steps: Steps;
  historyOf(agentId: string): OwnershipHistory | undefined;
  readonly disk: SharedDisk;
  readonly frames: FrameWatch;
  /** An event of an agent. */
  note(agentId: string, kind: string): void;
  /** A move has come to another phase. */
  onMove(view: MigrationView): void;
}

/** A host on the shared disk, with a watch on what it says and releases. No two lives of hosts have a number of guest sessions in common. */
export function moveHost(world: HostWorld, name: string, links: readonly SimLink[], guestSessionBase: number): SimHost {
  const { clock, disk, steps } = world;
  const watch: HostWatch = {
    hostSends: (link, bytes, count) => {
      steps.at(name, 'send');
      const agentId = host.agentOn(link);
      if (agentId !== undefined) judgePromise(world.historyOf(agentId)!, bytes, count);
    },
    hostReceives: (_link, bytes, _at, _count, deliver) => {
      steps.at(name, 'receive');
      world.frames.deliver(bytes, receiver, deliver);
    },
    onEvent: (agentId, kind) => world.note(agentId, kind),
    onOutput: (agentId, output) => {
      if (output.committed) world.historyOf(agentId)!.released(output.sequence, output.index, numberOf(output.bytes));
    },
    onMove: (view) => world.onMove(view),
    inputAccepted: () => {},
    hostCrashed: () => {},
  };
  const options = { poolPages: POOL_PAGES, disk: simDiskDefaults, guestSessionBase };
  const host: SimHost = new SimHost(clock, 0, options, links, watch, () => new SharedStore(disk, name));
  const receiver = {
    name,
    describe: () => describeHost(host),
    get refused() {
      return host.sessions && refusals(host.sessions.counters);
    },
  };
  return host;
}

/** What a frame can change of a host's mind. */
function describeHost({ sessions, pool }: SimHost): string {
  const agents = sessions?.agents();
  const moves = sessions?.migrations().map(({ agentId, phase, rounds }) => ({ agentId, phase, rounds }));
  return JSON.stringify([agents, moves, sessions?.vacantBoards(), pool?.freeCount]);
}

/** A guest is told of content that is not durable yet; nobody else is. */
function judgePromise(history: OwnershipHistory, bytes: Uint8Array, count: number): void {
  const peeked = peekFrame(bytes, 0, count);
  if (peeked.kind === 'ack' && peeked.state === ACK_DONE) history.acknowledged(peeked.sequence);
  else if (peeked.kind === 'welcome' && peeked.action !== ACTION_PREPARE) history.acknowledged(peeked.sequence);
}
