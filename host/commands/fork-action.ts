import { readRecord } from '../../src/agent/describe-agent.js';
import type { AgentDefinition } from '../../src/agent/index.js';
import { ForkError, type ForkReport, runFork } from '../fork/fork.js';
import { loadAgent } from '../fork/load-agent.js';
import type { RetainedState } from '../operations-moves.js';
import type { AgentOutput } from '../sessions/types.js';
import { CommandFailed } from './failure.js';
import type { ForkFlags } from './fork.js';
import { printable, printJson, printTable } from './output.js';
import { durationText } from './units.js';

const VALUE_CHARACTERS_MAX = 48;
const OUTPUTS_SHOWN_MAX = 20;

export async function fork(retained: RetainedState, flags: ForkFlags): Promise<void> {
  try {
    const definition = await loadAgent(retained.agentName, flags.agent);
    checkSame(definition, retained);
    const messages = (flags.send ?? []).map((text) => Buffer.from(text, 'utf8'));
    const from = { sequence: retained.sequence, state: Uint8Array.from(Buffer.from(retained.base64, 'base64')) };
    const report = runFork(definition, from, flags.for, messages);
    if (flags.json) printJson(asJson(retained, report));
    else print(retained, report, flags.at);
  } catch (error) {
    if (error instanceof ForkError) throw new CommandFailed(error.message);
    throw error;
  }
}

function checkSame({ name, state, sizeBytes }: AgentDefinition, retained: RetainedState): void {
  const fingerprint = Buffer.from(state.fingerprint).toString('hex');
  if (fingerprint === retained.fingerprint && sizeBytes === Buffer.byteLength(retained.base64, 'base64')) return;
  throw new ForkError(
    `this program of ${name} has schema ${fingerprint}, the state ${retained.fingerprint}: name the one that its board runs with --agent FILE`,
  );
}

function asJson({ base64: _base64, ...retained }: RetainedState, { outputs, ...report }: ForkReport): unknown {
  return {
    ...retained,
    ...report,
    outputs: outputs.map((output) => ({ ...outputOf(output), sequence: output.sequence, index: output.index })),
  };
}

function outputOf({ bytes, committed }: AgentOutput) {
  const { name, data } = readRecord(bytes, bytes.length);
  return { name, text: Buffer.from(data).toString('utf8'), committed };
}

function print(retained: RetainedState, report: ForkReport, asked: number): void {
  const { agentName, sequence, headSequence } = retained;
  const nearest = sequence === asked ? '' : ` (the nearest that is retained to ${asked})`;
  const { ranMs, turns, turnsThrown, outputs } = report;
  const thrown = turnsThrown === 0 ? '' : `, ${turnsThrown} turns threw`;
  process.stdout.write(
    `${printable(agentName)} at sequence ${sequence}${nearest} of ${headSequence}, apart from the fleet: ` +
      `${durationText(ranMs)} of the simulator, ${turns} turns, ${outputs.length + report.outputsLeftOut} outputs${thrown}\n\n`,
  );
  const after = new Map(leaves(report.after.state));
  const rows = leaves(report.before.state).filter(([path, value]) => after.get(path) !== value);
  if (rows.length === 0) process.stdout.write('no field has changed\n');
  else {
    printTable(
      [
        { title: 'FIELD', value: ([path]) => path },
        { title: `AT ${sequence}`, value: ([, value]) => shortened(value) },
        { title: `${durationText(ranMs)} LATER`, value: ([path]) => shortened(after.get(path) ?? '') },
      ],
      rows,
    );
  }
  if (outputs.length > 0) process.stdout.write('\noutputs\n');
  for (const output of outputs.slice(0, OUTPUTS_SHOWN_MAX)) {
    const { name, text } = outputOf(output);
    process.stdout.write(`  ${printable(`${name}: ${text}`)}\n`);
  }
  const hidden = outputs.length - OUTPUTS_SHOWN_MAX + report.outputsLeftOut;
  if (hidden > 0) process.stdout.write(`  and ${hidden} more (--json shows them)\n`);
}

/** Every value with its path; a list is one value. */
function leaves(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, path === '' ? name : `${path}.${name}`));
}

function shortened(text: string): string {
  return text.length <= VALUE_CHARACTERS_MAX ? text : `${text.slice(0, VALUE_CHARACTERS_MAX - 3)}...`;
}
