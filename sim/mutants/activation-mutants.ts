import type { MoveMutant } from './mutants.js';

/** Broken variants of how a target becomes the owner. */
export const ACTIVATION_MUTANTS: readonly MoveMutant[] = [
  {
    name: 'target lags behind',
    breaks: 'the target goes on from an older commit than the one acknowledged to the source',
    profile: 'around a freeze',
    patches: [
      {
        file: 'host/migration/step-context.ts',
        find: 'if (m.isRewinding || guest.guestLink.preparedSequence >= entry.record!.sequence) return false;',
        replace: 'if (m.isRewinding || m.phase === "freezing" || guest.guestLink.preparedSequence >= entry.record!.sequence) return false;',
      },
      {
        file: 'host/migration/granting.ts',
        find: 'if (guest === undefined || guest.guestLink.preparedSequence !== m.wantedSequence || guest.guestLink.preparedDigest !== wantedDigest(m)) {',
        replace: 'if (guest === undefined) {',
      },
    ],
  },
  {
    name: 'any activation fits, of any guest session',
    breaks: 'a vacant board that holds something else than what was granted runs it, minutes later',
    profile: 'back and forth',
    patches: [
      {
        file: 'src/link/board-orders.ts',
        find: 'if (!isPrepared || order.sequence !== refill.headSequence || order.digest !== refill.headDigest) return this.#refuse(true);',
        replace: 'if (!isPrepared && !ownership.isVacant) return this.#refuse(true);',
      },
      {
        file: 'src/wire/frame.ts',
        find: '  let crc = crc32Byte(direction, 0);',
        replace: '  session = session < 2 ** 48 ? session : 2 ** 48;\n  let crc = crc32Byte(direction, 0);',
      },
    ],
  },
  {
    name: 'frames of any session',
    breaks: 'what was said in a session that is over is obeyed in the next one',
    profile: 'back and forth',
    patches: [
      {
        file: 'src/wire/frame.ts',
        find: '  let crc = crc32Byte(direction, 0);',
        replace: '  session = session === 0 ? 0 : 1;\n  let crc = crc32Byte(direction, 0);',
      },
    ],
  },
  {
    name: 'activated although the flash refused',
    breaks: 'a board runs an agent that it does not know of after its next restart',
    profile: 'around an activation',
    patches: [
      {
        file: 'src/agent/runner.ts',
        find: 'this.#ownership?.storeOwned(bytes, epoch) !== true) return false;',
        replace: 'this.#ownership?.storeOwned(bytes, epoch) === undefined) return false;',
      },
    ],
  },
  {
    name: 'activated in the old epoch',
    breaks: 'the new owner says hello as one of the epoch before',
    profile: 'back and forth',
    patches: [{ file: 'src/link/board-orders.ts', find: '    line.enter(order.epoch);\n', replace: '    line.enter(order.epoch - 1);\n' }],
  },
  {
    name: 'used sequences forgotten',
    breaks: 'the new owner uses sequences again that the old one has used',
    profile: 'cut off',
    patches: [
      {
        file: 'src/link/board-orders.ts',
        find: 'line.begin(order.sequence, order.digest, order.usedSequence);',
        replace: 'line.begin(order.sequence, order.digest, 0);\n    line.sequence = order.sequence;',
      },
    ],
  },
  {
    name: 'no numbers of its own',
    breaks: 'a refilled board uses the numbers of commits again that nobody heard of',
    profile: 'cut off',
    patches: [
      {
        file: 'src/link/board-line.ts',
        find: 'this.sequence = this.#isNewEpoch ? lineAbove(this.epoch, used) : used;',
        replace: 'this.sequence = used;',
      },
    ],
  },
];
