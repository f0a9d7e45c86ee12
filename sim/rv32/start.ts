// What firmware/start.ts is on an ESP32: makes a platform of the emulated board's drivers and runs the firmware's board on it.
import { Board, type BoardConfig } from '../../firmware/board.js';
import type { AgentDefinition } from '../../src/agent/definition.js';
import { BoardEvents } from './modules/events.js';
import { board } from './modules/natives.js';
import { Rv32Platform } from './modules/platform.js';
import { fillProbeWords, PROBE_WORDS } from './probe-words.js';

/** Runs the agent from now on. `config.settings`: who the board is while it is not enrolled. */
export function startEmulatedBoard(definition: AgentDefinition, config: BoardConfig = {}): Board {
  const events = new BoardEvents();
  const firmware = new Board(definition, new Rv32Platform(events), config);
  const words = new Uint32Array(PROBE_WORDS);
  let runner = firmware.runner;
  events.onRound = () => {
    if (firmware.runner === undefined) return;
    if (firmware.runner !== runner) {
      runner = firmware.runner;
      board.probe(runner.memory.bytes, words.buffer as ArrayBuffer);
    }
    fillProbeWords(words, runner);
  };
  firmware.start();
  events.onRound();
  return firmware;
}
