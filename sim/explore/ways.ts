export const REVIVE = 'revive ';
const DOWN = ' down';
const HOST = 'host';

/** Whose input a lane is: a board's, or the host's. */
export function inputsOf(lane: string): string {
  if (lane.startsWith(REVIVE)) return lane.slice(REVIVE.length);
  return lane.endsWith(DOWN) ? lane.slice(0, -DOWN.length) : HOST;
}

/**
 * Which lanes to choose among, of all that have something in them: enough that every run is, but for the order of steps that do not
 * concern each other, one of those that are chosen (persistent sets, Godefroid 1996).
 *
 * A step of a board reads and changes that board, and adds to the end of its lane up. While something is on its way down to it, the first
 * of these comes next, or its revival; nothing that others do changes which. So these are chosen among, and all others wait. A board that
 * is to be revived, and that nothing is on its way to yet, may lose what others send it before: then they are chosen among as well.
 *
 * `isOneClock`: what boards do is judged in one order, as under a lease: then they are one party.
 */
export function waysOf(waiting: readonly string[], isOneClock: boolean): string[] {
  const down = waiting.filter((lane) => lane.endsWith(DOWN));
  if (down.length === 0) return [...waiting];
  const board = inputsOf(down[0]!);
  if (!isOneClock) return waiting.filter((lane) => inputsOf(lane) === board);
  const ofBoards = waiting.filter((lane) => inputsOf(lane) !== HOST);
  return ofBoards.every((lane) => down.includes(inputsOf(lane) + DOWN)) ? ofBoards : [...waiting];
}
