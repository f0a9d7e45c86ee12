import type { SimHost } from '../sim-host.js';
import type { Unit } from '../unit.js';
import { firstDifference } from './violation.js';

const PHASE_LIVE = 5;

/** What is still missing: one owner, whose state is acknowledged, durable and equal byte for byte. */
export function whyNotConverged(unit: Unit, host: SimHost): string | undefined {
  const owners = unit.devices.filter((device) => unit.owns(device));
  const { program } = owners[0]?.board ?? {};
  if (owners.length !== 1 || program === undefined) return `agent ${unit.index} has ${owners.length} owners`;
  const { link, memory } = program;
  const head = host.disk.image.peek(unit.agentId)!;
  if (link.phase !== PHASE_LIVE) return `agent ${unit.index}: its board is in phase ${link.phase}`;
  // After a reload the numbers of the commits that were given up stay used.
  if (memory.captureActive || memory.dirtyPageCount > 0) {
    return `agent ${unit.index}: sequence ${link.acknowledgedSequence} of ${link.sequence} is acknowledged, ${memory.dirtyPageCount} pages are dirty`;
  }
  if (unit.watch(owners[0]!)!.poked.size > 0) return `agent ${unit.index}: a page changed behind the barrier was not found`;
  const waiting = host.sessions?.agent(unit.agentId)?.inputsWaiting ?? 0;
  if (waiting > 0) return `agent ${unit.index}: ${waiting} inputs wait`;
  const at = firstDifference(memory.bytes, head.state, memory.sizeBytes);
  return at < 0 ? undefined : `agent ${unit.index}: byte ${at} of the head at sequence ${head.record.sequence} is not the board's`;
}
