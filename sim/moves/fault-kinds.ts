/** Everything that can go wrong while agents move. */
export const MOVE_FAULT_KINDS = [
  'loss', // frames (on serial: stretches of bytes) vanish; amount = probability per frame
  'duplicate', // frames arrive twice
  'reorder', // frames overtake each other
  'late', // a copy of the frame comes again seconds later, past grants
  'corrupt', // bits flip on the way
  'reseal', // a delta's bytes change, of owners' and of guests', before the frame's check is computed
  'partial', // a write ends in mid-frame
  'hostile', // loss, duplicates, reorder and corruption at once
  'outage', // cable out, or connection to the broker gone, for the duration
  'hold', // a broker keeps everything back for the duration
  'move', // the board goes on over its other link
  'reset', // the board restarts with its RAM kept; away for the duration
  'power', // the board loses power and RAM; away for the duration
  'crash', // the host dies; away for the duration
  'step', // a party dies at one of its next steps: a send, a receive, a store write, a flash write
  'throw', // the owner's next turns throw after their writes; amount = how many
  'poke', // a byte of a clean page of the owner changes behind the barrier
  'burst', // turns write most of the state for the duration
  'jump', // the clock of the board jumps ahead by the duration, or, where no lease counts on it, the host's
  'flash', // the board's flash takes nothing for the duration
  'torn', // the next board that writes its flash loses power in the midst of it: the old record is there, the new one, or neither
  'unknown', // for the duration, of every third write nobody learns whether it happened
  'storeFail', // for the duration, every other write fails
  'oldStore', // hosts end, and an image of the store that is as old as the duration takes its place
  'slow', // the disk takes long for the duration
  'second', // a second host is started on the same store by mistake, for the duration
  'clone', // a second board with the identity and the flash of the first comes up for the duration
] as const;
export type MoveFaultKind = (typeof MOVE_FAULT_KINDS)[number];
