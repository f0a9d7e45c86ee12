import { ACTION_CONTINUE, WELCOME_STAGED } from '../../src/wire/constants.js';
import type { HelloMessage } from '../../src/wire/hello.js';
import type { WelcomeMessage } from '../../src/wire/welcome.js';
import type { AgentRecord } from '../store/store.js';
import type { AgentEntry } from './agent-entry.js';
import type { Admission } from './hello-decision.js';

/** Stored, and modelled. */
const HOST_CODECS = 3;

/** Fills in the answer to a hello. Staged pages of a torn delta stay only where the board goes on from the head they were staged on. */
export function welcomeOf(
  welcome: WelcomeMessage,
  hello: HelloMessage,
  record: AgentRecord,
  entry: AgentEntry,
  admission: Admission,
  windowFrames: number,
): void {
  const target = entry.target!;
  if (admission.action !== ACTION_CONTINUE) target.drop();
  welcome.helloNonce = hello.helloNonce;
  welcome.action = admission.action;
  welcome.flags = target.stagedPageCount > 0 ? WELCOME_STAGED : 0;
  welcome.session = record.session;
  welcome.epoch = record.epoch;
  welcome.headSequence = record.sequence;
  welcome.headDigest = entry.digest;
  welcome.usedSequence = Math.max(entry.boardSequence, record.sequence);
  welcome.windowFrames = Math.min(hello.windowFrames, windowFrames);
  welcome.codecs = hello.codecs & HOST_CODECS;
}
