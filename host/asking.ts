import { MoveError, type MoveReason } from './migration/move-error.js';
import { Refusal } from './operations.js';
import type { StoreError } from './store/store.js';

/** An agent whose state is being read or written is asked again after a moment, and so often at most. */
const BUSY_RETRY_MS = 25;
const BUSY_RETRIES_MAX = 200;

type Call<Value> = (done: (error: StoreError | MoveError | undefined, value?: Value) => void) => void;

/** A callback operation as a promise; its error is a Refusal. */
export function ask<Value>(call: Call<Value>): Promise<Value> {
  return new Promise((resolve, reject) =>
    call((error, value) => (error === undefined ? resolve(value as Value) : reject(refusalOf(error)))),
  );
}

/** As ask(), but what is being written is waited for. */
export async function askWhenFree<Value>(call: Call<Value>): Promise<Value> {
  for (let retry = 0; ; retry++) {
    try {
      return await ask(call);
    } catch (error) {
      if (!isBeingWritten(error) || retry === BUSY_RETRIES_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_RETRY_MS));
    }
  }
}

/** The other reasons to be busy do not pass in a moment, and name another way out. */
function isBeingWritten(error: unknown): boolean {
  return error instanceof Refusal && error.reason === 'busy' && error.message.endsWith('try again');
}

/** Ways out that are commands: the sessions know of none. */
const WAYS_OUT: Partial<Record<MoveReason, string>> = {
  occupied: ' ("godwit boards" lists those that are)',
  late: '; when it is there, "godwit rollback" brings it back',
};

function refusalOf(error: StoreError | MoveError): Refusal {
  if (error instanceof MoveError)
    return new Refusal(error.reason === 'failed' ? 'damaged' : error.reason, error.message + (WAYS_OUT[error.reason] ?? ''));
  if (error.code === 'unknown') return new Refusal('busy', error.message);
  if (error.code === 'invalid') return new Refusal('invalid', error.message);
  if (error.code === 'missing') return new Refusal('unknown', error.message);
  return new Refusal('damaged', error.message);
}
