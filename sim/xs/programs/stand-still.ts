// I5: after start-up nothing is allocated. Slots, raw chunk bytes and collections must stand still over all commits.
import { host } from '../host-api.js';

export type Agent = { readonly turnAndCommit: () => void; readonly sequence: number };

/** Runs as many turns and commits as the program's first argument says and prints what moved. A first commit comes before the readings. */
export function reportStandStill(agent: Agent): void {
  const count = Number(host.args()[0]);
  agent.turnAndCommit();
  host.gc();
  const firstSequence = agent.sequence;
  const slots = host.slots();
  const chunks = host.chunks();
  const collections = host.collections();
  const meter = host.meter();
  for (let index = 0; index < count; index++) agent.turnAndCommit();
  const meterAfter = host.meter();
  const slotsAfter = host.slots();
  const chunksAfter = host.chunks();
  const collectionsAfter = host.collections();
  const commits = agent.sequence - firstSequence;
  host.print(
    JSON.stringify({
      commits,
      slots: slotsAfter - slots,
      chunkBytes: chunksAfter - chunks,
      collections: collectionsAfter - collections,
      computronsPerCommit: (meterAfter - meter) / commits,
    }),
  );
}
