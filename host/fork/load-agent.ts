import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { examples } from '../../examples/index.js';
import type { AgentDefinition } from '../../src/agent/index.js';
import { ForkError } from './fork.js';

/**
 * The program of an agent: an example's by its name, or what a module exports.
 * @throws ForkError naming the way out
 */
export async function loadAgent(name: string, file: string | undefined): Promise<AgentDefinition> {
  if (file === undefined) {
    if (Object.hasOwn(examples, name)) return examples[name]!;
    throw new ForkError(`"${name}" is none of the example agents: name the module that exports its definition with --agent FILE`);
  }
  const exported = Object.values(await load(file)).filter(isDefinition);
  const found = exported.find((each) => each.name === name);
  if (found !== undefined) return found;
  const others = exported.map((each) => `"${each.name}"`).join(', ');
  throw new ForkError(
    `${file} exports ${others === '' ? 'no agent' : `${others}`}: export the definition of "${name}" that its board runs`,
  );
}

async function load(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
      throw new ForkError(`${file}: this Node reads JavaScript only: compile it, and name the .js file`);
    throw new ForkError(`${file} cannot be loaded: ${message}`);
  }
}

/** By its shape: a module of its own brings a class of its own. */
function isDefinition(value: unknown): value is AgentDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { name, sizeBytes, timerHandlers, state } = value as Partial<AgentDefinition>;
  return (
    typeof name === 'string' && typeof sizeBytes === 'number' && Array.isArray(timerHandlers) && state?.schemaBytes instanceof Uint8Array
  );
}
