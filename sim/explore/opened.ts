/**
 * A digest of a state must see all of it, and most of it is in private fields. So modules are explored with these opened: `#field` becomes
 * `__field` as the module is loaded, in a thread of its own. No code says what is done with its fields by any other code.
 */
export const OPENED = '__';

const PRIVATE_NAME = /#(?=[A-Za-z_])/g;

/** The source of a module with its private fields opened. */
export function openFields(source: string): string {
  return source.replace(PRIVATE_NAME, OPENED);
}

/** For a thread that loads modules from this folder (a URL) on its own: what to `--import` to open their fields. */
export function openingImport(folder: string): string {
  const hooks = `
    export async function load(url, context, nextLoad) {
      const loaded = await nextLoad(url, context);
      const isOurs = url.startsWith(${JSON.stringify(folder)}) && !url.startsWith(${JSON.stringify(`${folder}node_modules/`)});
      if (!isOurs || loaded.format !== 'module') return loaded;
      const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
      return { ...loaded, source: text.replace(${PRIVATE_NAME}, ${JSON.stringify(OPENED)}) };
    }`;
  return toUrl(`import { register } from 'node:module'; register(${JSON.stringify(toUrl(hooks))});`);
}

const toUrl = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;
