import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlashSlots } from '../../firmware/flash-slots.js';
import type { Flash } from '../../firmware/platform.js';
import { NorFlash, PowerCut } from '../../sim/esp/nor-flash.js';
import { CHECKPOINT_HEADER_BYTES, Checkpoints } from '../../src/agent/checkpoint.js';
import { PageMemory } from '../../src/memory/page-memory.js';

const STATE_BYTES = 9000;
const BLOCK_BYTES = 4096;
const BLOCKS = 6;
const NEEDED_BYTES = CHECKPOINT_HEADER_BYTES + STATE_BYTES;
const FINGERPRINT = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const BOARD = new Uint8Array(16).fill(0xb1);
const AGENT = new Uint8Array(16).fill(0xa1);

const point = (sequence: number) => ({ epoch: 2, sequence, acknowledgedSequence: sequence - 1, acknowledgedDigest: 0xfedcba98 });
const content = (memory: PageMemory) => memory.bytes.slice(0, STATE_BYTES);

function filled(seed: number): PageMemory {
  const memory = new PageMemory({ sizeBytes: STATE_BYTES });
  for (let offset = 0; offset < STATE_BYTES; offset += 4) memory.setU32(offset, Math.imul(seed, 2654435761) + offset);
  return memory;
}

const save = (flash: Flash, sequence: number) =>
  new Checkpoints(new FlashSlots(flash, NEEDED_BYTES), filled(sequence), FINGERPRINT, BOARD, AGENT).save(point(sequence));

/** Refuses what is not aligned, as chips do that write in words. */
class AlignedFlash extends NorFlash {
  override status() {
    return { ...super.status(), writeAlign: 16 };
  }

  override write(buffer: Uint8Array, offset: number): void {
    if (buffer.length % 16 !== 0 || offset % 16 !== 0) throw new Error('write failed');
    super.write(buffer, offset);
  }
}

describe('checkpoints in NOR flash', () => {
  it.each([
    ['any bytes', NorFlash],
    ['16 bytes', AlignedFlash],
  ] as const)('come back, from either half, where the flash is written by %s', (_name, FlashClass) => {
    const flash = new FlashClass(BLOCKS, BLOCK_BYTES);
    for (let sequence = 1; sequence <= 5; sequence++) {
      save(flash, sequence);
      const restored = new PageMemory({ sizeBytes: STATE_BYTES });
      const checkpoints = new Checkpoints(new FlashSlots(flash, NEEDED_BYTES), restored, FINGERPRINT, BOARD, AGENT);
      expect([checkpoints.restore(), checkpoints.sequence]).toEqual([true, sequence]);
      expect(content(restored)).toEqual(content(filled(sequence)));
    }
    expect([...flash.erases]).toEqual([3, 3, 3, 2, 2, 2]);
  });

  it('I1: power cut after any byte of an erase or a write leaves the one before or the new one, whole', () => {
    const whole = 3 * BLOCK_BYTES + 40 * 256;
    fc.assert(
      fc.property(fc.nat(whole), fc.integer({ min: 1, max: 3 }), (cutAt, earlier) => {
        const flash = new NorFlash(BLOCKS, BLOCK_BYTES);
        for (let sequence = 1; sequence <= earlier; sequence++) save(flash, sequence);
        flash.bytesLeft = cutAt;
        let isCut = false;
        try {
          save(flash, earlier + 1);
        } catch (error) {
          expect(error).toBeInstanceOf(PowerCut);
          isCut = true;
        }
        flash.bytesLeft = Number.POSITIVE_INFINITY;
        const restored = new PageMemory({ sizeBytes: STATE_BYTES });
        const checkpoints = new Checkpoints(new FlashSlots(flash, NEEDED_BYTES), restored, FINGERPRINT, BOARD, AGENT);
        expect(checkpoints.restore()).toBe(true);
        expect([earlier, earlier + 1].slice(isCut ? 0 : 1)).toContain(checkpoints.sequence);
        expect(content(restored)).toEqual(content(filled(checkpoints.sequence)));
        save(flash, 9);
        expect([
          new Checkpoints(new FlashSlots(flash, NEEDED_BYTES), restored, FINGERPRINT, BOARD, AGENT).restore(),
          content(restored),
        ]).toEqual([true, content(filled(9))]);
      }),
      { numRuns: 40 },
    );
  });

  it('what was not erased cannot be written: the check finds it', () => {
    const flash = new NorFlash(BLOCKS, BLOCK_BYTES);
    save(flash, 1);
    flash.eraseBlock = () => undefined;
    save(flash, 2);
    save(flash, 3);
    const restored = new PageMemory({ sizeBytes: STATE_BYTES });
    expect(new Checkpoints(new FlashSlots(flash, NEEDED_BYTES), restored, FINGERPRINT, BOARD, AGENT).restore()).toBe(true);
    expect(content(restored)).toEqual(content(filled(2)));
  });

  it('a partition that is too small is refused with what it takes', () => {
    expect(() => new FlashSlots(new NorFlash(4, BLOCK_BYTES), NEEDED_BYTES)).toThrow(
      /two slots of 9064 bytes need more than 4 blocks of 4096/,
    );
  });
});
