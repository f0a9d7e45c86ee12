import type { AgentRecord } from '../../host/store/store.js';
import { DEFAULT_MASK_COUNT } from '../../src/memory/memory-layout.js';
import type { RecordLayout } from '../../src/state/layout.js';
import type { AgentProgram } from '../boards/agent-program.js';
import { peekFrame } from '../checker/frame-peek.js';
import type { OwnershipHistory } from '../checker/ownership.js';
import { RoundWatch } from '../checker/round-watch.js';
import { UplinkWatch } from '../checker/uplink-watch.js';
import type { Random } from '../random.js';
import { numberOf } from './counting-agent.js';

const FROZEN_KIND = 23;
const KIND_MASK = 31;
const PAGE_BYTES = 256;

/** What the checker's watch on a board is told of what the board is. */
export interface WatchedBoard {
  readonly name: string;
  /** As the store writes it. */
  readonly boardId: string;
  readonly program: AgentProgram | undefined;
  /** Of the agent that it has, or is being prepared with. */
  readonly history: OwnershipHistory | undefined;
  /** What is durable of that agent. */
  readonly head: { readonly record: AgentRecord; readonly state: Uint8Array } | undefined;
}

/** Hears what a board does, commits and frames, and tells the checker; and changes bytes behind the board's back. */
export class BoardEars {
  /** So many bytes are to change behind the barrier. */
  pokes = 0;
  /** Bytes that did. */
  poked = 0;
  /** Their pages that were not found yet. */
  readonly secret = new Set<number>();
  readonly #board: WatchedBoard;
  readonly #random: Random;
  readonly #rounds: RoundWatch;
  #uplink!: UplinkWatch;
  #life = 0;
  #noted = '';
  #notedEpoch = 0;
  #notedSequence = 0;

  constructor(board: WatchedBoard, random: Random) {
    this.#board = board;
    this.#random = random;
    this.#rounds = new RoundWatch(board.name);
  }

  /** Rounds and refills that the board has verified. */
  get rounds(): number {
    return this.#rounds.rounds;
  }

  /** A life of the board begins. */
  hear(program: AgentProgram): void {
    const { link, memory } = program;
    this.#life++;
    this.#uplink = new UplinkWatch(this.#board.name, program, DEFAULT_MASK_COUNT, () => this.#board.head?.state);
    const commit = link.commit.bind(link);
    const capture = memory.capture.bind(memory);
    memory.capture = () => {
      this.#notePoked(program);
      return capture();
    };
    link.commit = () => {
      const sequence = commit();
      this.#note(program);
      return sequence;
    };
  }

  /** After everything that the board did. A comparison of pages makes commits too. */
  look(program: AgentProgram): void {
    if (program.link.hasState) {
      this.#notePoked(program);
      this.#note(program);
      if (this.pokes > 0) this.#poke(program);
    } else {
      this.secret.clear();
    }
    this.#uplink.look();
    this.#rounds.entered(program.link.session, program.memory);
  }

  /** A frame of this board leaves it. */
  sent(frame: Uint8Array): void {
    const { name, boardId, program, history } = this.#board;
    const { epoch } = program!.link;
    const peeked = peekFrame(frame, 0, frame.length);
    if ((frame[0]! & KIND_MASK) === FROZEN_KIND) {
      history!.frozen(name, epoch);
    } else if (peeked.kind === 'output') {
      const { sequence, index, bytesAt, byteCount } = peeked;
      history!.shout(boardId, epoch, name, `${sequence}.${index}`, numberOf(frame.subarray(bytesAt, bytesAt + byteCount)));
    } else if (peeked.kind === 'delta') {
      this.#uplink.sent(peeked);
    } else if (peeked.kind === 'ack') {
      const content = this.#filled(peeked.sequence);
      if (content !== undefined) this.#rounds.answered(peeked, program!.link.session, content);
    }
  }

  /** A frame for this board leaves a host. `isAlone`: no other host can have sent what came before it. */
  told(frame: Uint8Array, isAlone: boolean): void {
    const peeked = peekFrame(frame, 0, frame.length);
    const { program } = this.#board;
    if (!isAlone || program === undefined) this.#rounds.restart();
    else if (peeked.kind === 'welcome') this.#rounds.welcomed(peeked.session);
    else if (peeked.kind === 'delta') this.#rounds.sent(peeked, program.memory);
  }

  /** What came down to it. A guest stands still; an owner that was refilled may run already. */
  #filled(sequence: number): Uint8Array | undefined {
    const { program, head } = this.#board;
    if (program!.link.isVacant) return program!.memory.bytes;
    return head?.record.sequence === sequence ? head.state : undefined;
  }

  #note(program: AgentProgram): void {
    const { link, memory, runner } = program;
    const key = `${link.agentId[0]} ${link.epoch} ${link.sequence}`;
    if (key === this.#noted || link.sequence === 0) return;
    this.#noted = key;
    this.#notedEpoch = link.epoch;
    this.#notedSequence = link.sequence;
    this.#notePoked(program);
    const { history, name } = this.#board;
    const state = memory.bytes.subarray(0, memory.sizeBytes);
    history!.committed(`${name} ${this.#life}`, link.epoch, link.sequence, runner.state.count as number, state, this.secret);
  }

  /** A page that is dirty is no secret any more. */
  #notePoked({ memory }: AgentProgram): void {
    for (const page of this.secret) {
      if (!memory.isPageDirty(page)) continue;
      this.secret.delete(page);
      this.#uplink.allowWhole(page);
    }
  }

  /** Changes a cell that the agent never reads, in a page that is clean. */
  #poke({ memory, runner }: AgentProgram): void {
    const { layout, baseOffset } = runner.definition.state;
    const cellsAt = baseOffset + (layout as RecordLayout).fields.find(({ name }) => name === 'cells')!.offset;
    const at = cellsAt + this.#random.below(memory.sizeBytes - cellsAt);
    const page = Math.floor(at / PAGE_BYTES);
    if (memory.captureActive || memory.isPageDirty(page) || this.secret.has(page)) return;
    this.pokes--;
    this.poked++;
    memory.bytes[at]! ^= 1 + this.#random.below(255);
    this.secret.add(page);
    this.#board.history!.poked(this.#notedEpoch, this.#notedSequence, page);
  }
}
