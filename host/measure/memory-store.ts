import { type Append, type Done, type DoneWith, type Grant, type Store, type StoredAgent, StoreError } from '../store/store.js';

/** A store that keeps nothing: it says done to everything, when run() is called. For measuring what stands in front of a store. */
export class MemoryStore implements Store {
  #waiting: (() => void)[] = [];

  /** Tells everything done that waits; false if nothing did. */
  run(): boolean {
    if (this.#waiting.length === 0) return false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const done of waiting) done();
    return true;
  }

  load(_agentId: string, done: DoneWith<StoredAgent | undefined>): void {
    this.#waiting.push(() => done(undefined, undefined));
  }

  grant(_agentId: string, _grant: Grant, done: Done): void {
    this.#done(done);
  }

  append(_agentId: string, _append: Append, done: Done): void {
    this.#done(done);
  }

  putPlan(_agentId: string, _plan: Uint8Array | undefined, done: Done): void {
    this.#done(done);
  }

  putSchema(_fingerprint: string, _schema: Uint8Array, done: Done): void {
    this.#done(done);
  }

  putInput(_agentId: string, _input: unknown, done: Done): void {
    this.#done(done);
  }

  dropInputs(_agentId: string, _number: number, done: Done): void {
    this.#done(done);
  }

  putEvent(_agentId: string, _event: unknown, done: Done): void {
    this.#done(done);
  }

  forget(_agentId: string, done: Done): void {
    this.#done(done);
  }

  close(done: Done): void {
    this.#done(done);
  }

  list(done: DoneWith<never>): void {
    this.#nothing(done);
  }

  stateAt(_agentId: string, _sequence: number, done: DoneWith<never>): void {
    this.#nothing(done);
  }

  history(_agentId: string, done: DoneWith<never>): void {
    this.#nothing(done);
  }

  getSchema(_fingerprint: string, done: DoneWith<Uint8Array | undefined>): void {
    this.#waiting.push(() => done(undefined, undefined));
  }

  inputs(_agentId: string, done: DoneWith<never>): void {
    this.#nothing(done);
  }

  events(_agentId: string, done: DoneWith<never>): void {
    this.#nothing(done);
  }

  verify(_agentId: string, done: DoneWith<never>): void {
    this.#nothing(done);
  }

  #done(done: Done): void {
    this.#waiting.push(() => done(undefined));
  }

  #nothing(done: DoneWith<never>): void {
    this.#waiting.push(() => done(new StoreError('missing', 'this store keeps nothing')));
  }
}
