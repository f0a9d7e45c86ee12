import type { BoardDescription } from './board-description.js';

/**
 * silent: not one byte came. noise: bytes, but no frame. deaf: frames, but no answer to enrolment. closed: the line went away.
 * enrolled: the board has settings, and replacing them was not asked for. settings: they break a rule, said here or by the board.
 * not-stored: the board's flash did not take them. stranger: the answer names other ids than those sent.
 */
export type EnrolReason = 'silent' | 'noise' | 'deaf' | 'closed' | 'enrolled' | 'settings' | 'not-stored' | 'stranger';

/** A board was not enrolled: the text says why, and what to do next. It never holds a password. */
export class EnrolError extends Error {
  override readonly name = 'EnrolError';
  readonly reason: EnrolReason;
  /** Who answered, if anybody did. */
  readonly board: BoardDescription | undefined;

  constructor(reason: EnrolReason, message: string, board?: BoardDescription) {
    super(message);
    this.reason = reason;
    this.board = board;
  }
}
