import type { ProfileName } from '../moves/profiles.js';
import type { Patch } from './bundle.js';

export interface Mutant {
  readonly name: string;
  /** What it would do to a fleet. */
  readonly breaks: string;
  readonly patches: readonly Patch[];
}

export interface MoveMutant extends Mutant {
  /** The seeds that are made for the situation in which it matters. */
  readonly profile: ProfileName;
}

/** Broken variants of the code. The simulator must catch every one of them, or it would not notice the same fault in earnest. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'acknowledge before durable',
    breaks: 'a host that crashes between acknowledgement and sync has lost what the board dropped',
    patches: [
      {
        file: 'host/sessions/head-keeper.ts',
        find: '    book.append(entry, sequence, digest, (error) => {',
        replace: `    session.hostLink.durable(sequence, -1);
    listener.onWake(session.link.linkId);
    book.append(entry, sequence, digest, (error) => {`,
      },
    ],
  },
  {
    name: 'dirty marks dropped at send',
    breaks: 'a delta that does not arrive is never sent again',
    patches: [
      {
        file: 'src/memory/dirty-marks.ts',
        find: `  bringBack(): void {
    const flight = this.flight;`,
        replace: `  bringBack(): void {
    this.drop();
    const flight = this.flight;`,
      },
    ],
  },
  {
    name: 'base not checked',
    breaks: 'a delta is applied to another state than the one it was made from',
    patches: [
      {
        file: 'host/sessions/hello-decision.ts',
        find: 'hello.acknowledgedSequence === head.sequence && hello.acknowledgedDigest === head.digest',
        replace: 'hello.epoch === head.epoch',
      },
      {
        file: 'src/link/board-hello.ts',
        find: 'return welcome.headSequence === line.acknowledgedSequence && welcome.headDigest === line.acknowledgedDigest;',
        replace: 'return true;',
      },
      { file: 'src/delta/check.ts', find: '  hash = mixNumber(hash, baseSequence);\n', replace: '' },
    ],
  },
  {
    name: 'session not checked',
    breaks: 'frames of an old session that arrive late are taken for new ones',
    patches: [
      {
        file: 'src/wire/frame.ts',
        find: '  let crc = crc32Byte(direction, 0);',
        replace: '  session = 0;\n  let crc = crc32Byte(direction, 0);',
      },
      { file: 'src/delta/check.ts', find: '  hash = mixNumber(hash, session);\n', replace: '' },
    ],
  },
  {
    name: 'digest not checked',
    breaks: 'a delta that was damaged before its frames were sealed becomes the head',
    patches: [{ file: 'src/delta/delta-sink.ts', find: 'if (this.#value === expected)', replace: 'if (expected === expected)' }],
  },
  {
    name: 'frame check not checked',
    breaks: 'flipped bits reach the fields of a frame',
    patches: [{ file: 'src/link/frame-gate.ts', find: '    if (!isSealed(', replace: '    if (count < 0 && !isSealed(' }],
  },
  {
    name: 'no copy on write',
    breaks: 'a page that changes while its delta streams is sent half old, half new',
    patches: [
      {
        file: 'src/memory/run-reader.ts',
        find: 'if (this.#copyOf(page) >= 0) return true;',
        replace: 'if (page >= 0) return true;',
      },
    ],
  },
  {
    name: 'undecided delta taken for acknowledged',
    breaks: 'a delta whose last frame left, but did not arrive, is never sent again',
    patches: [
      {
        file: 'src/link/board-uplink.ts',
        find: `      this.#counters.deltasUndecidedBroughtBack++;
      this.#source.bringBack();`,
        replace: `      this.#counters.deltasUndecidedBroughtBack++;
      this.#source.acknowledge();`,
      },
    ],
  },
  {
    name: 'fence not checked',
    breaks: 'a board of an older epoch goes on as if it were the owner',
    patches: [
      { file: 'host/sessions/hello-decision.ts', find: '!wasAlone && hello.epoch < record.epoch', replace: '!wasAlone && hello.epoch < 0' },
    ],
  },
  {
    name: 'refill without a new epoch',
    breaks: 'what a board sent before it lost its RAM passes for what it sends after',
    patches: [
      {
        file: 'host/sessions/hello-decision.ts',
        find: 'const epoch = keepsEpoch ? head.epoch : Math.max(hello.epoch, head.epoch, epochOfLine(head.sequence)) + 1;',
        replace: 'const epoch = keepsEpoch || head.epoch > 0 ? head.epoch : 1;',
      },
    ],
  },
  {
    name: 'grant not durable',
    breaks: 'two sessions get one number when the host crashes in between',
    patches: [
      {
        file: 'host/sessions/agent-book.ts',
        find: '    this.#store.grant(entry.agentId, grant, (error) => {',
        replace: `    entry.record = after;
    entry.isBusy = false;
    done(undefined);
    this.#store.grant(entry.agentId, grant, (error) => {
      if (error === undefined) return;`,
      },
    ],
  },
];
