import { describe, expect, it } from 'vitest';
import { BOARD_ACTIVE } from '../../firmware/board.js';
import { AGENT_RUNNING, defineAgent } from '../../src/agent/index.js';
import { array, ring, text, u32 } from '../../src/state/index.js';
import { EspBench } from './support/esp-bench.js';

const ticker = defineAgent({
  name: 'ticker',
  state: { ticks: u32, values: array(300, u32), heard: ring(16, text(12)) },
  initialise: (_state, turn) => turn.every('tick', 50),
  timers: {
    tick(state) {
      state.ticks += 1;
      state.values.set(state.ticks % 300, Math.imul(state.ticks, 2654435761) >>> 0);
    },
  },
  message: (state, message) => void state.heard.push(message.text()),
});

describe('a board on its serial line', () => {
  it('comes up, runs, and its host holds every byte', () => {
    const bench = new EspBench(ticker);
    bench.startHost();
    bench.powerOn();
    bench.run(3000);
    bench.settle();
    expect([bench.board!.phase, bench.board!.runner!.phase, bench.isEqual]).toEqual([BOARD_ACTIVE, AGENT_RUNNING, true]);
    expect(bench.board!.runner!.state.ticks).toBeGreaterThan(50);
    expect(bench.uart.overrunBytes).toBe(0);
  });
});
