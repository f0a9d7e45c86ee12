import type { AgentOutput } from '../../host/sessions/types.js';
import { peekFrame } from '../checker/frame-peek.js';
import type { OwnershipHistory } from '../checker/ownership.js';
import type { Clock } from '../clock.js';
import type { SimLink } from '../links/port.js';
import { type HostWatch, SimHost } from '../sim-host.js';
import { simDiskDefaults } from '../store/sim-store.js';
import { type SharedDisk, SharedStore } from './shared-disk.js';
import type { Steps } from './steps.js';

const ACK_DONE = 1;
const ACTION_PREPARE = 6;
const POOL_PAGES = 64;

export interface HostWorld {
  readonly clock: Clock;
  readonly steps: Steps;
  readonly history: OwnershipHistory;
  readonly disk: SharedDisk;
  note(what: string): void;
}

/** A host on the shared disk, with a watch on what it says and releases. */
export function moveHost(world: HostWorld, name: string, links: readonly SimLink[]): SimHost {
  const { clock, disk, history, steps } = world;
  const watch: HostWatch = {
    hostSends: (_link, bytes, count) => {
      steps.at(name, 'send');
      judgePromise(history, bytes, count);
    },
    hostReceives: (_link, _bytes, _at, _count, deliver) => {
      steps.at(name, 'receive');
      deliver();
    },
    onEvent: (_agentId, kind) => world.note(`${name}: ${kind}`),
    onOutput: (_agentId, output) => {
      if (output.committed) history.released(output.sequence, output.index, numberOf(output));
    },
    inputAccepted: () => {},
    hostCrashed: () => {},
  };
  const options = { poolPages: POOL_PAGES, disk: simDiskDefaults };
  return new SimHost(clock, 0, options, links, watch, () => new SharedStore(disk, name));
}

/** A guest is told of content that is not durable yet; nobody else is. */
function judgePromise(history: OwnershipHistory, bytes: Uint8Array, count: number): void {
  const peeked = peekFrame(bytes, 0, count);
  if (peeked.kind === 'ack' && peeked.state === ACK_DONE) history.acknowledged(peeked.sequence);
  else if (peeked.kind === 'welcome' && peeked.action !== ACTION_PREPARE) history.acknowledged(peeked.sequence);
}

/** A record is the output's name, with its length before it, and what was put out. */
function numberOf({ bytes }: AgentOutput): number {
  return Number(Buffer.from(bytes.subarray(1 + bytes[0]!)).toString());
}
