// What an emulated board tells about itself beside its state: u32 words in its RAM, written by its program, read from outside.
import type { AgentRunner } from '../../src/agent/runner.js';

export const PROBE_WORDS = 16;

const WORD_MODULUS = 0x1_0000_0000;

const TURNS = 0;
const DELTAS = 1;
const REFILLS = 2;
const SEQUENCE = 3;
const ACKNOWLEDGED = 5;
const AGENT_PHASE = 7;
const LINK_PHASE = 8;
const IS_SETTLED = 9;
const DIRTY_PAGES = 10;
const TURNS_THROWN = 11;
const INPUTS_SET_ASIDE = 12;
const STATE_BYTES = 13;

/** Counted since the board's last start; sequences are those of the agent's line. */
export interface BoardStatus {
  readonly turns: number;
  readonly deltas: number;
  readonly refills: number;
  readonly sequence: number;
  readonly acknowledgedSequence: number;
  /** As AgentRunner and BoardLink name them. */
  readonly agentPhase: number;
  readonly linkPhase: number;
  /** Every commit is acknowledged, and nothing has changed since. */
  readonly isSettled: boolean;
  readonly dirtyPages: number;
  readonly turnsThrown: number;
  readonly inputsSetAside: number;
  /** Of the state; its buffer has room for whole pages. */
  readonly stateBytes: number;
}

/** Called on the board at the end of each round of its loop. Allocates nothing. */
export function fillProbeWords(words: Uint32Array, runner: AgentRunner): void {
  const { link, counters } = runner;
  words[TURNS] = counters.turns;
  words[DELTAS] = link.counters.deltasDone;
  words[REFILLS] = link.counters.refills;
  setWide(words, SEQUENCE, link.sequence);
  setWide(words, ACKNOWLEDGED, link.acknowledgedSequence);
  words[AGENT_PHASE] = runner.phase;
  words[LINK_PHASE] = link.phase;
  words[IS_SETTLED] = link.isSettled ? 1 : 0;
  words[DIRTY_PAGES] = runner.memory.dirtyPageCount;
  words[TURNS_THROWN] = counters.turnsThrown;
  words[INPUTS_SET_ASIDE] = counters.inputsSetAside;
  words[STATE_BYTES] = runner.memory.sizeBytes;
}

/** @param words PROBE_WORDS of them */
export function boardStatus(words: Uint32Array): BoardStatus {
  return {
    turns: words[TURNS]!,
    deltas: words[DELTAS]!,
    refills: words[REFILLS]!,
    sequence: wide(words, SEQUENCE),
    acknowledgedSequence: wide(words, ACKNOWLEDGED),
    agentPhase: words[AGENT_PHASE]!,
    linkPhase: words[LINK_PHASE]!,
    isSettled: words[IS_SETTLED] !== 0,
    dirtyPages: words[DIRTY_PAGES]!,
    turnsThrown: words[TURNS_THROWN]!,
    inputsSetAside: words[INPUTS_SET_ASIDE]!,
    stateBytes: words[STATE_BYTES]!,
  };
}

function setWide(words: Uint32Array, at: number, value: number): void {
  words[at] = value % WORD_MODULUS;
  words[at + 1] = Math.floor(value / WORD_MODULUS);
}

function wide(words: Uint32Array, at: number): number {
  return words[at]! + words[at + 1]! * WORD_MODULUS;
}
