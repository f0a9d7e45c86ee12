// ts-node's hooks, in the loader's own thread. Newer Nodes deprecate something ts-node calls there; users can do nothing about it.
process.noDeprecation = true;
export const { resolve, load } = await import('ts-node/esm');
