import { defineAgent } from '../../src/agent/definition.js';
import { array, u32 } from '../../src/state/types.js';
import { HEAD_KIND_MASK, KIND_DELTA_FIRST, KIND_DELTA_LAST, KIND_DELTA_ONLY } from '../../src/wire/constants.js';
import { SimulatedBoard } from '../board.js';
import { AgentProgram } from '../boards/agent-program.js';
import type { VirtualClock } from '../clock.js';
import { flipBits } from '../links/damage.js';
import { MessageLink, messageLinkDefaults } from '../links/message-link.js';
import type { Direction, SimLink } from '../links/port.js';
import { SerialLink, serialLinkDefaults } from '../links/serial-link.js';
import { Flash } from '../moves/flash.js';
import { derive, Random } from '../random.js';

export type LinkKind = 'serial' | 'mqtt';

export const SERIAL = { ...serialLinkDefaults, baud: 115_200, bridgeLatencyMs: 1 } as const;
/** Without jitter: what a round trip takes at least is known then. */
export const MQTT = { ...messageLinkDefaults, bitsPerSecond: 2_000_000, latencyMs: 7.5, jitterMs: 0 } as const;
const BITS_PER_BYTE = 10;
const WINDOW_FRAMES = 8;

/** A link, and the bytes of state changes that have gone over it. */
export class MeasuredLink {
  readonly link: SimLink;
  /** Frames of deltas, as the medium carries them: without its stuffing and headers. */
  readonly deltaBytes: [number, number] = [0, 0];
  /** When the line has carried the last of them. */
  readonly deltaEndMs: [number, number] = [0, 0];
  readonly kind: LinkKind;

  constructor(clock: VirtualClock, kind: LinkKind, seed: number) {
    const damage = {
      sent: (direction: Direction, frame: Uint8Array) => {
        const frameKind = frame[0]! & HEAD_KIND_MASK;
        if (frameKind !== KIND_DELTA_ONLY && (frameKind < KIND_DELTA_FIRST || frameKind > KIND_DELTA_LAST)) return;
        this.deltaBytes[direction] += frame.length;
        this.deltaEndMs[direction] = Math.max(this.deltaEndMs[direction], clock.nowMs()) + frame.length * byteMs(kind);
      },
      corrupt: (_direction: number, frame: Uint8Array, random: Random) => flipBits(frame, random),
      reseal: (_direction: number, frame: Uint8Array) => frame,
    };
    this.kind = kind;
    this.link = kind === 'serial' ? new SerialLink(clock, seed, SERIAL, damage) : new MessageLink(clock, seed, MQTT, damage);
  }
}

/** What a byte takes on the line. */
export function byteMs(kind: LinkKind): number {
  return kind === 'serial' ? (BITS_PER_BYTE * 1000) / SERIAL.baud : 8000 / MQTT.bitsPerSecond;
}

/** State of random numbers, of which each turn changes a few here and there. */
function sparseAgent({ stateBytes, turnEveryMs, wordsPerTurn }: AgentShape) {
  const cells = stateBytes / 4;
  return defineAgent({
    name: 'sparse',
    state: { turns: u32, cells: array(cells, u32) },
    initialise(state, turn) {
      const random = new Random(1);
      for (let i = 0; i < cells; i++) state.cells.set(i, random.u32());
      turn.every('change', turnEveryMs);
    },
    timers: {
      change(state) {
        state.turns++;
        for (let i = 0; i < wordsPerTurn; i++) state.cells.set((state.turns * 2_654_435_761 + i * 40_503) % cells, state.turns);
      },
    },
  });
}

export interface AgentShape {
  readonly stateBytes: number;
  readonly turnEveryMs: number;
  readonly wordsPerTurn: number;
}

export const AGENT_ID = new Uint8Array(16).fill(0xa6);

/** A board that has the agent, or waits for one. */
export class MeasuredBoard {
  readonly boardId: Uint8Array;
  readonly board: SimulatedBoard;
  readonly wire: MeasuredLink;

  constructor(clock: VirtualClock, index: number, wire: MeasuredLink, shape: AgentShape) {
    const boardId = new Uint8Array(16).fill(index + 1);
    const nobody = { step: () => {}, owned: () => {}, retired: () => {} };
    const flash = new Flash(nobody, index === 0 ? AGENT_ID : undefined);
    const definition = sparseAgent(shape);
    this.boardId = boardId;
    this.wire = wire;
    this.board = new SimulatedBoard({
      clock,
      random: derive(1, 'board', index),
      makeProgram: (boot) =>
        new AgentProgram(boot, definition as never, {
          boardId,
          agentId: flash.owner?.agentId ?? new Uint8Array(16),
          vacant: flash.owner === undefined,
          ownership: flash,
          link: { windowFrames: WINDOW_FRAMES },
        }),
    });
    this.board.plug(wire.link.board);
  }

  powerOn(): void {
    this.wire.link.boardPowered(true);
    this.board.powerOn();
  }

  get link() {
    return (this.board.program as AgentProgram).link;
  }
}
