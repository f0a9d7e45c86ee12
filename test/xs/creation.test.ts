// The firmware asks for the memory that the boards' figures are measured in, and its arithmetic is right.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Memory, PROFILES, SLOT_BYTES } from '../../sim/xs/profiles.js';

type Creation = {
  readonly static: number;
  readonly chunk: { readonly initial: number; readonly incremental: number };
  readonly heap: { readonly initial: number; readonly incremental: number };
  readonly stack: number;
};
type Section = { readonly '//'?: readonly string[]; readonly creation?: Creation };

const { platforms } = JSON.parse(readFileSync('firmware/manifest.json', 'utf8')) as { platforms: Record<string, Section> };

function creationOf({ chunkBytes, slotCount, stackCount }: Memory, staticBytes: number): Creation {
  return {
    static: staticBytes,
    chunk: { initial: chunkBytes[0], incremental: chunkBytes[1] },
    heap: { initial: slotCount[0], incremental: slotCount[1] },
    stack: stackCount,
  };
}

const boards = Object.entries(platforms).filter(([name]) => name.startsWith('esp32'));

describe('creation values of the firmware', () => {
  it('are those of the profiles', () => {
    const { esp32, nodemcu, esp32c3 } = PROFILES;
    expect(Object.fromEntries(boards.map(([name, section]) => [name, section.creation]))).toEqual({
      esp32: creationOf(esp32, 0),
      'esp32/nodemcu': creationOf(nodemcu, 0),
      'esp32/esp32s3': creationOf(nodemcu, 0),
      'esp32/esp32c3': creationOf(esp32c3, esp32c3.arenaBytes),
    });
  });

  it.each(boards)('have their sum beside them: %s', (_name, { creation, '//': comments }) => {
    const { chunk, heap, stack } = creation!;
    const sums = comments!.join(' ').matchAll(/([\d,]+(?: [+*] [\d,(]+\)?)+) = ([\d,]+)/g);
    const found = [...sums].map(([, terms, sum]) => ({ terms: terms!.replaceAll(',', ''), sum: Number(sum!.replaceAll(',', '')) }));
    expect(found.map(({ sum }) => sum)).toContain(chunk.initial + (heap.initial + stack) * SLOT_BYTES);
    for (const { terms, sum } of found) expect(Function(`return ${terms}`)()).toBe(sum);
  });

  it('of fixed heaps fill their arena to the last byte, but for what XS writes in front of the chunks', () => {
    const { arenaBytes, chunkBytes, slotCount, stackCount } = PROFILES.nodemcu;
    expect(arenaBytes).toBe(chunkBytes[0] + (slotCount[0] + stackCount) * SLOT_BYTES + 16);
  });
});
