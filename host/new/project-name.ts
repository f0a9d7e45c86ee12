import { isBuiltin } from 'node:module';
import { AGENT_NAME_BYTES_MAX } from '../../src/wire/constants.js';

/** Why this cannot be a project: it names an npm package, an agent and a folder at once. Undefined if it can. */
export function refuseName(name: string): string | undefined {
  if (name.length > AGENT_NAME_BYTES_MAX)
    return `"${name}" has ${name.length} characters; the name of an agent has ${AGENT_NAME_BYTES_MAX} at most`;
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return `"${name}" is no name for a project: give small letters, digits and hyphens, a letter first`;
  if (name === 'godwit' || isBuiltin(name)) return `"${name}" is taken: a project cannot have the name of a package that it uses`;
  return undefined;
}
