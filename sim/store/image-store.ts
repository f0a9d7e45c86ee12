import type {
  AgentRecord,
  Append,
  Done,
  DoneWith,
  Grant,
  HistoryPoint,
  StateAt,
  Store,
  StoredAgent,
  StoredEvent,
  StoredInput,
  VerifyReport,
} from '../../host/store/store.js';
import type { StoreImage, StoreWrite } from './image.js';

/** The calls of a store as writes to an image and reads of one. When they happen, and what goes wrong, is for the simulated disk behind it. */
export abstract class ImageStore implements Store {
  abstract close(done: Done): void;

  protected abstract write(write: StoreWrite, done: Done): void;

  /** `what` names what is read, for those that tell reads apart. */
  protected abstract read<T>(what: string, done: DoneWith<T>, get: (image: StoreImage) => T): void;

  /** The same of an agent: 'missing' if the image has it not. */
  protected abstract readOf<T>(what: string, agentId: string, done: DoneWith<T>, get: (image: StoreImage) => T): void;

  load(agentId: string, done: DoneWith<StoredAgent | undefined>): void {
    this.read(`load ${agentId}`, done, (image) => image.agent(agentId));
  }

  list(done: DoneWith<readonly AgentRecord[]>): void {
    this.read('list', done, (image) => image.agents());
  }

  grant(agentId: string, grant: Grant, done: Done): void {
    const append = grant.append && { ...grant.append, delta: grant.append.delta.slice() };
    this.write({ kind: 'grant', agentId, grant: { ...grant, append } }, done);
  }

  append(agentId: string, append: Append, done: Done): void {
    this.write({ kind: 'append', agentId, append: { ...append, delta: append.delta.slice() } }, done);
  }

  putPlan(agentId: string, plan: Uint8Array | undefined, done: Done): void {
    this.write({ kind: 'plan', agentId, plan: plan?.slice() }, done);
  }

  stateAt(agentId: string, sequence: number, done: DoneWith<StateAt | undefined>): void {
    this.readOf(`state ${sequence}`, agentId, done, (image) => image.stateAt(agentId, sequence));
  }

  history(agentId: string, done: DoneWith<readonly HistoryPoint[]>): void {
    this.readOf('history', agentId, done, (image) => image.history(agentId)!);
  }

  putSchema(fingerprint: string, schema: Uint8Array, done: Done): void {
    this.write({ kind: 'schema', fingerprint, schema: schema.slice() }, done);
  }

  getSchema(fingerprint: string, done: DoneWith<Uint8Array | undefined>): void {
    this.read(`schema ${fingerprint}`, done, (image) => image.schema(fingerprint));
  }

  putInput(agentId: string, input: StoredInput, done: Done): void {
    this.write({ kind: 'input', agentId, input: { number: input.number, bytes: input.bytes.slice() } }, done);
  }

  inputs(agentId: string, done: DoneWith<readonly StoredInput[]>): void {
    this.readOf('inputs', agentId, done, (image) => image.inputs(agentId)!);
  }

  dropInputs(agentId: string, number: number, done: Done): void {
    this.write({ kind: 'drop', agentId, number }, done);
  }

  putEvent(agentId: string, event: StoredEvent, done: Done): void {
    this.write({ kind: 'event', agentId, event }, done);
  }

  events(agentId: string, done: DoneWith<readonly StoredEvent[]>): void {
    this.readOf('events', agentId, done, (image) => image.events(agentId)!);
  }

  forget(agentId: string, done: Done): void {
    this.write({ kind: 'forget', agentId }, done);
  }

  verify(agentId: string, done: DoneWith<VerifyReport>): void {
    this.readOf('verify', agentId, done, (image) => {
      const head = image.peek(agentId);
      const points = image.history(agentId)!;
      const last = points.at(-1);
      const rebuilt = last && image.stateAt(agentId, last.sequence);
      const same = rebuilt === undefined || Buffer.compare(rebuilt.state, head!.state) === 0;
      return { agentId, points: points.length, faults: same ? [] : [`${agentId}: what is retained does not add up to the head`] };
    });
  }
}
