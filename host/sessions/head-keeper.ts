import { type Store, StoreError } from '../store/store.js';
import type { AgentEntry } from './agent-entry.js';
import { ignore, type SessionsContext } from './context.js';
import { INPUT_BYTES_MAX } from './input-queue.js';
import type { RoomQueue } from './room-queue.js';
import type { Session } from './session.js';
import type { InputDone } from './types.js';

/** Heads: what is verified becomes durable, then the head, and only then acknowledged; what a head says of inputs and outputs is done. */
export class HeadKeeper {
  readonly #context: SessionsContext;
  readonly #store: Store;
  readonly #room: RoomQueue;
  readonly #inputsMax: number;

  constructor(context: SessionsContext, room: RoomQueue, inputsMax: number) {
    this.#context = context;
    this.#store = context.store;
    this.#room = room;
    this.#inputsMax = inputsMax;
  }

  append(session: Session, sequence: number, digest: number): void {
    const { book, listener } = this.#context;
    const entry = session.entry;
    if (!session.isOwner || entry.isBusy) {
      this.#context.endSession(session);
      return;
    }
    book.append(entry, sequence, digest, (error) => {
      if (error !== undefined) {
        this.#context.event(entry.agentId, 'append-failed', { sequence, code: error.code, message: error.message });
        if (!session.isEnded) this.#context.endSession(session);
        this.reload(entry);
        return;
      }
      const consumed = this.readHead(entry);
      if (!session.isEnded) {
        session.hostLink.durable(sequence, consumed);
        listener.onWake(session.link.linkId);
      }
      listener.onHead(entry.agentId, sequence);
      this.#room.wake();
      this.#context.settled(entry);
    });
  }

  /** Nobody knows what the store holds: the next hello reads it again. */
  reload(entry: AgentEntry): void {
    entry.memory = undefined;
    entry.target?.drop();
    entry.target = undefined;
    this.#context.settled(entry);
  }

  /** Takes inputs and outputs out of a durable head; returns the newest input that it has consumed, -1 if the agent takes none. */
  readHead(entry: AgentEntry): number {
    const { book, listener } = this.#context;
    const record = entry.record!;
    if (!record.runtimeBlock) return -1;
    const consumed = book.consumedInputs(entry);
    if (entry.inputs.dropUpTo(consumed)) this.#store.dropInputs(entry.agentId, consumed, ignore);
    const outputs = book.runtime.outputs(entry.memory!.bytes, entry.releasedSequence, record.sequence);
    for (const output of outputs) listener.onOutput(entry.agentId, output);
    entry.releasedSequence = record.sequence;
    return consumed;
  }

  /** Queues an input durably, whether the agent's board is there or not. */
  sendInput(agentId: string, bytes: Uint8Array, done: InputDone): void {
    const { book } = this.#context;
    const known = book.find(agentId);
    if (known?.record !== undefined && known.memory !== undefined) {
      this.#putInput(known, bytes, done);
    } else if (known?.isBusy) {
      done(new StoreError('unknown', `agent ${agentId} is being read; try again`));
    } else {
      this.#loadThen(agentId, bytes, done);
    }
  }

  #loadThen(agentId: string, bytes: Uint8Array, done: InputDone): void {
    const { book } = this.#context;
    const entry = book.entryOf(agentId);
    book.load(entry, (error) => {
      if (error === undefined && entry.record !== undefined) {
        this.readHead(entry);
        this.#context.loaded(entry);
        this.#putInput(entry, bytes, done);
      } else {
        if (entry.memory === undefined && entry.waiting === undefined) book.drop(agentId);
        done(error ?? new StoreError('missing', `agent ${agentId} is not known`));
      }
      this.#context.settled(entry);
    });
  }

  #putInput(entry: AgentEntry, bytes: Uint8Array, done: InputDone): void {
    const problem = this.#inputProblem(entry, bytes);
    if (problem !== undefined) {
      done(new StoreError('invalid', problem));
      return;
    }
    const input = { number: entry.inputs.reserve(), bytes: bytes.slice() };
    this.#store.putInput(entry.agentId, input, (error) => {
      if (error !== undefined) {
        entry.inputs.giveUp();
      } else {
        entry.inputs.add(input);
        entry.session?.hostLink.wakeInputs();
        if (entry.session !== undefined) this.#context.listener.onWake(entry.session.link.linkId);
      }
      done(error, error === undefined ? input.number : undefined);
    });
  }

  #inputProblem(entry: AgentEntry, bytes: Uint8Array): string | undefined {
    if (!entry.record!.runtimeBlock) return `agent ${entry.agentId} takes no messages: its state has no runtime block`;
    if (bytes.length > INPUT_BYTES_MAX) return `a message of ${bytes.length} bytes; at most ${INPUT_BYTES_MAX} fit`;
    if (entry.inputs.count < this.#inputsMax) return undefined;
    return `agent ${entry.agentId} has ${entry.inputs.count} messages waiting, the most it may have`;
  }
}
