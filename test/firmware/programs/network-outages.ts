// Outages over and over: what is left in memory after a collection must not grow with their number.
import { host } from '../../../sim/xs/host-api.js';
import { NetworkRig } from '../support/network-rig.js';

const OUTAGE_MS = 600_000;
const UP_MS = 60_000;

const cycles = Number(host.args()[0]);
const rig = new NetworkRig(1, { wifi: true });
rig.keepsClients = false;
const board = rig.drive();
const point = rig.point!;
rig.run(UP_MS);

/** The broker, the network and the access point are away in turn; afterwards the board is back. */
function outage(cycle: number): void {
  if (cycle % 3 === 0) rig.network.refuses = true;
  else if (cycle % 3 === 1) rig.network.fallSilent();
  else point.isThere = false;
  if (cycle % 3 === 2) point.drop();
  rig.network.reset();
  rig.runFor(OUTAGE_MS);
  rig.network.refuses = false;
  rig.network.speak(true);
  point.isThere = true;
  rig.runFor(2 * UP_MS);
  if (!board.transport.isOpen) throw new Error(`not back after outage ${cycle}`);
  board.openedMs.length = 0;
  board.closedMs.length = 0;
  point.attemptsMs.length = 0;
  rig.broker.clientIds.length = 0;
}

function use(): { slots: number; chunkBytes: number } {
  host.gc();
  const slots = host.slots();
  return { slots, chunkBytes: host.chunks() };
}

for (let cycle = 0; cycle < 6; cycle++) outage(cycle);
const before = use();
for (let cycle = 0; cycle < cycles; cycle++) outage(cycle);
const after = use();
const { attempts, wifiAttempts } = board.transport.counters;
host.print(JSON.stringify({ slots: after.slots - before.slots, chunkBytes: after.chunkBytes - before.chunkBytes, attempts, wifiAttempts }));
