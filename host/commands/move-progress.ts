import type { DowntimeBound } from '../migration/report.js';
import { type Operations, Refusal } from '../operations.js';
import type { MoveStarted, MoveView } from '../operations-moves.js';
import { CommandFailed } from './failure.js';
import { printable } from './output.js';
import { byteText, durationText } from './units.js';

const LOOK_EVERY_MS = 100;
/** Where there is no terminal to redraw a line on, progress is printed so often. */
const PRINT_EVERY_MS = 1000;

/** Where progress goes; JSON goes alone to standard output. */
export interface Progress {
  /** In front of each line, where several agents move at once. */
  readonly prefix: string;
  readonly stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;
}

/**
 * Looks at an agent's move until it is over, and shows its phases. What is under way goes on if nobody looks.
 * @throws CommandFailed when the host is gone
 */
export async function followMove(operations: Operations, started: MoveStarted, progress: Progress | undefined): Promise<MoveView> {
  const shown = progress && new ShownMove(progress);
  for (;;) {
    const view = await look(operations, started);
    shown?.show(view);
    if (view.phase === 'done' || view.phase === 'aborted') return view;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function look(operations: Operations, { agentId, agentName }: MoveStarted): Promise<MoveView> {
  try {
    return await operations.move(agentId);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new CommandFailed(`the host is gone; the move of ${agentName} is in its store, and goes on when it runs again ("godwit up")`);
  }
}

class ShownMove {
  readonly #progress: Progress;
  #phases = 0;
  #reason = '';
  #printedMs = performance.now();
  #isLineOpen = false;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  show(view: MoveView): void {
    const { phases } = view;
    for (; this.#phases < phases.length; this.#phases++) {
      const { phase, atMs } = phases[this.#phases]!;
      this.#print(`${phase.padEnd(10)} ${durationText(atMs).padStart(9)}`);
    }
    if (view.reason !== '' && view.reason !== this.#reason) this.#print(printable(view.reason));
    this.#reason = view.reason;
    this.#showBytes(view);
  }

  #showBytes(view: MoveView): void {
    if (view.phase !== 'filling' && view.phase !== 'prepared') return;
    if (this.#progress.stream.isTTY) {
      this.#progress.stream.write(`\r${this.#progress.prefix}${fillText(view)}\u001b[K`);
      this.#isLineOpen = true;
    } else if (performance.now() >= this.#printedMs + PRINT_EVERY_MS) {
      this.#print(fillText(view));
    }
  }

  #print(text: string): void {
    const { prefix, stream } = this.#progress;
    stream.write(`${this.#isLineOpen ? '\r' : ''}${prefix}${text}${this.#isLineOpen ? '\u001b[K' : ''}\n`);
    this.#isLineOpen = false;
    this.#printedMs = performance.now();
  }
}

/** Until the first round is over nobody knows how well the state compresses: then the time is the longest that it takes. */
function fillText({ rounds, bytesDown, stateBytes, leftBytes, leftMs, totalMs }: MoveView): string {
  const bytesPerMs = totalMs > 0 ? bytesDown / totalMs : 0;
  const isFirst = rounds === 0;
  const restMs = isFirst ? (bytesPerMs > 0 ? Math.max(0, stateBytes - bytesDown) / bytesPerMs : -1) : leftMs;
  const done = isFirst ? `${byteText(bytesDown)} for ${byteText(stateBytes)}` : `${byteText(bytesDown)}, ${byteText(leftBytes)} left`;
  const rest = restMs < 0 ? '' : `, ${isFirst ? 'at most ' : ''}${durationText(restMs)} left`;
  return `  round ${rounds + 1}: ${done}, ${byteText(bytesPerMs * 1000)}/s${rest}`;
}

/** How a move went, in lines that are safe for a terminal. */
export function moveReport(view: MoveView): string[] {
  return reportLines(view).map(printable);
}

function reportLines(view: MoveView): string[] {
  const bytes = `${byteText(view.bytesDown)} to the target, ${byteText(view.bytesUp)} from it, ${view.rounds} ${view.rounds === 1 ? 'round' : 'rounds'}`;
  const total = `${bytes}, ${durationText(view.totalMs)} in all`;
  if (view.phase === 'aborted') return [`${view.agentName} stays on board ${view.source}: ${view.reason}`, `  ${total}`];
  const lines = [`${view.agentName} runs on board ${view.target}`, `  ${total}`];
  if (view.downtimeMs > 0) {
    lines.push(`  stood still for ${durationText(view.downtimeMs)}${view.freezes > 1 ? `; frozen ${view.freezes} times` : ''}`);
    if (view.lowerBoundMs > 0) lines.push(`  of which ${durationText(view.lowerBoundMs)} are the least: ${boundText(view.lowerBound)}`);
  }
  if (view.kind === 'migrate' && !view.converges)
    lines.push('  its state changes as fast as the link, and more rounds do not help: it was stopped, and the rest copied');
  if (view.kind === 'migrate' && !view.isRetired)
    lines.push(`  board ${view.source} has not said yet that it is vacant: it is told when it comes back`);
  return lines;
}

function boundText({ sourceMs, deltaMs, grantMs, targetMs }: DowntimeBound): string {
  const parts: [string, number][] = [
    ['freeze, its answer and the last delta', sourceMs],
    ['its way to the target', deltaMs],
    ['grant', grantMs],
    ['activation and its answer', targetMs],
  ];
  return parts.map(([name, ms]) => `${name} ${durationText(ms)}`).join(', ');
}
