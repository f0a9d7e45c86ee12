// Appends to a store as fast as it acknowledges, and says so: "ACK agent sequence" for each. Runs until it is killed, or for `count` rounds.
//   store-child FOLDER AGENTS ROUNDS [unsynced]
import { writeSync } from 'node:fs';
import { ClassicLevel } from 'classic-level';
import { LevelStore } from '../../../host/store/level-store.js';
import type { StoredAgent } from '../../../host/store/store.js';
import { asked, firstGrant } from './line-writer.js';
import { NUMBERED_BYTES, NumberedLine } from './numbered-line.js';

const RETENTION = { checkpointDeltas: 40, checkpointDeltaBytesMin: 2048, checkpointsKept: 3 };
const [folder, agents, rounds, mode] = process.argv.slice(2);

if (mode === 'unsynced') {
  // What the test of the test needs: a store that acknowledges what only the page cache has.
  const batch = ClassicLevel.prototype.batch as (operations: unknown, options: object) => unknown;
  Object.assign(ClassicLevel.prototype, {
    batch(this: unknown, operations: unknown, options: object) {
      return batch.call(this, operations, { ...options, sync: false });
    },
  });
}

const store = await LevelStore.open(folder!, RETENTION);

async function run(index: number): Promise<void> {
  const agentId = index.toString(16).padStart(32, '0');
  const stored = await asked<StoredAgent | undefined>((done) => store.load(agentId, done));
  const line = new NumberedLine(index);
  if (stored === undefined) await asked<void>((done) => store.grant(agentId, firstGrant(NUMBERED_BYTES), done));
  else line.resume(stored.sequence, stored.state);
  for (let round = 0; round < Number(rounds); round++) {
    const append = line.next();
    await asked<void>((done) => store.append(agentId, append, done));
    writeSync(1, `ACK ${index} ${append.sequence}\n`);
  }
}

await Promise.all(Array.from({ length: Number(agents) }, (_, index) => run(index)));
await asked<void>((done) => store.close(done));
