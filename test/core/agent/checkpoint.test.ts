import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHECKPOINT_HEADER_BYTES, type CheckpointSlots, Checkpoints } from '../../../src/agent/checkpoint.js';
import { MemorySlots } from '../../../src/agent/memory-slots.js';
import { PageMemory } from '../../../src/memory/page-memory.js';

const STATE_BYTES = 300;
const SLOT_BYTES = CHECKPOINT_HEADER_BYTES + STATE_BYTES;
const FINGERPRINT = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const BOARD = new Uint8Array(16).fill(0xb1);
const AGENT = new Uint8Array(16).fill(0xa1);

class PowerCut extends Error {}

/** Slots whose power goes after so many bytes; an erase counts as one. */
class FailingSlots implements CheckpointSlots {
  readonly slotBytes = SLOT_BYTES;
  readonly inner = new MemorySlots(SLOT_BYTES);
  bytesLeft = Number.POSITIVE_INFINITY;

  read(slot: number, offset: number, target: Uint8Array, at: number, count: number): void {
    this.inner.read(slot, offset, target, at, count);
  }

  erase(slot: number): void {
    if (this.bytesLeft-- <= 0) throw new PowerCut();
    this.inner.erase(slot);
  }

  write(slot: number, offset: number, source: Uint8Array, from: number, count: number): void {
    const written = Math.min(count, this.bytesLeft);
    this.inner.write(slot, offset, source, from, written);
    this.bytesLeft -= written;
    if (written < count) throw new PowerCut();
  }
}

function filled(seed: number): PageMemory {
  const memory = new PageMemory({ sizeBytes: STATE_BYTES });
  for (let offset = 0; offset < STATE_BYTES; offset += 4) memory.setU32(offset, Math.imul(seed, 2654435761) + offset);
  return memory;
}

const point = (sequence: number) => ({ epoch: 2, sequence, acknowledgedSequence: sequence - 1, acknowledgedDigest: 0xfedcba98 });
const content = (memory: PageMemory) => memory.bytes.slice(0, STATE_BYTES);

describe('checkpoints', () => {
  it('bring back the newest state and where it lies, without marks', () => {
    const slots = new FailingSlots();
    for (let sequence = 1; sequence <= 5; sequence++) {
      const memory = filled(sequence);
      new Checkpoints(slots, memory, FINGERPRINT, BOARD, AGENT).save(point(sequence + 2 ** 40));
      const restored = new PageMemory({ sizeBytes: STATE_BYTES });
      const checkpoints = new Checkpoints(slots, restored, FINGERPRINT, BOARD, AGENT);
      expect(checkpoints.restore()).toBe(true);
      expect(content(restored)).toEqual(content(memory));
      expect(checkpoints).toMatchObject(point(sequence + 2 ** 40));
      expect(restored.dirtyPageCount).toBe(0);
      expect(restored.hashes[1]).toBe(restored.currentHash(1));
    }
  });

  it('I1: power cut after any byte of a save leaves the one before or the new one, whole', () => {
    fc.assert(
      fc.property(fc.nat(SLOT_BYTES + 2), fc.integer({ min: 1, max: 4 }), (cutAt, earlier) => {
        const slots = new FailingSlots();
        for (let sequence = 1; sequence <= earlier; sequence++)
          new Checkpoints(slots, filled(sequence), FINGERPRINT, BOARD, AGENT).save(point(sequence));
        slots.bytesLeft = cutAt;
        let isCut = false;
        try {
          new Checkpoints(slots, filled(earlier + 1), FINGERPRINT, BOARD, AGENT).save(point(earlier + 1));
        } catch (error) {
          expect(error).toBeInstanceOf(PowerCut);
          isCut = true;
        }
        const restored = new PageMemory({ sizeBytes: STATE_BYTES });
        const checkpoints = new Checkpoints(slots, restored, FINGERPRINT, BOARD, AGENT);
        expect(checkpoints.restore()).toBe(true);
        const sequence = isCut ? earlier : earlier + 1;
        expect(checkpoints.sequence).toBe(sequence);
        expect(content(restored)).toEqual(content(filled(sequence)));
      }),
      { numRuns: 200 },
    );
  });

  it('I6: a damaged slot is never used; the other one is', () => {
    fc.assert(
      fc.property(fc.nat(SLOT_BYTES - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const slots = new FailingSlots();
        for (let sequence = 1; sequence <= 2; sequence++)
          new Checkpoints(slots, filled(sequence), FINGERPRINT, BOARD, AGENT).save(point(sequence));
        const byte = new Uint8Array(1);
        slots.read(1, at, byte, 0, 1);
        byte[0]! ^= flip;
        slots.write(1, at, byte, 0, 1);
        const restored = new PageMemory({ sizeBytes: STATE_BYTES });
        expect(new Checkpoints(slots, restored, FINGERPRINT, BOARD, AGENT).restore()).toBe(true);
        expect(content(restored)).toEqual(content(filled(1)));
      }),
      { numRuns: 200 },
    );
  });

  it('of another agent or another board are none, and are erased before they could be again', () => {
    const OTHER = new Uint8Array(16).fill(0x77);
    for (const [board, agent] of [
      [OTHER, AGENT],
      [BOARD, OTHER],
    ] as const) {
      const slots = new FailingSlots();
      for (let sequence = 1; sequence <= 2; sequence++) {
        new Checkpoints(slots, filled(sequence), FINGERPRINT, BOARD, AGENT).save(point(sequence));
      }
      const memory = filled(9);
      const foreign = new Checkpoints(slots, memory, FINGERPRINT, board, agent);
      expect([foreign.hasAny, foreign.restore(), content(memory)]).toEqual([false, false, content(filled(9))]);
      const own = () => new Checkpoints(slots, filled(9), FINGERPRINT, BOARD, AGENT);
      expect([own().hasAny, own().restore()]).toEqual([true, true]);
      own().dropForeign();
      expect(own().restore()).toBe(true);
      foreign.dropForeign();
      expect(own().restore()).toBe(false);
    }
  });

  it('of an agent that came after them: saved and found under its id, once the board has it', () => {
    const slots = new FailingSlots();
    const agentId = new Uint8Array(16);
    const checkpoints = new Checkpoints(slots, filled(1), FINGERPRINT, BOARD, agentId);
    agentId.set(AGENT);
    checkpoints.save(point(1));
    expect(new Checkpoints(slots, filled(9), FINGERPRINT, BOARD, AGENT).restore()).toBe(true);
    agentId.fill(0);
    expect(checkpoints.restore()).toBe(false);
  });

  it('of another schema, another size or none at all are no checkpoints; the memory stays as it was', () => {
    const slots = new FailingSlots();
    const memory = filled(9);
    expect(new Checkpoints(slots, memory, FINGERPRINT, BOARD, AGENT).restore()).toBe(false);
    new Checkpoints(slots, filled(1), FINGERPRINT, BOARD, AGENT).save(point(1));
    expect(new Checkpoints(slots, memory, FINGERPRINT.slice().reverse(), BOARD, AGENT).restore()).toBe(false);
    expect(new Checkpoints(slots, new PageMemory({ sizeBytes: STATE_BYTES - 1 }), FINGERPRINT, BOARD, AGENT).restore()).toBe(false);
    expect(content(memory)).toEqual(content(filled(9)));
    expect(() => new Checkpoints(new MemorySlots(SLOT_BYTES - 1), memory, FINGERPRINT, BOARD, AGENT)).toThrow(RangeError);
  });
});
