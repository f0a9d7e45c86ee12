const NAMES = ['System Free Memory', 'XS Slot Heap Used', 'XS Chunk Heap Used', 'XS Stack Used'];
const READINGS = [123_456, 20_480, 40_960, 2048];

/** Of an instrumented build. */
export default {
  map: (name: string): number => NAMES.indexOf(name),
  get: (index: number): number | undefined => READINGS[index],
};
