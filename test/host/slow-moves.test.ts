import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RemoteOperations } from '../../host/api/client.js';
import { followMove, moveReport } from '../../host/commands/move-progress.js';
import { DemoBoard } from '../../host/demo/demo-board.js';
import { MqttPlug, SerialPlug } from '../../host/demo/plug.js';
import { Host } from '../../host/host.js';
import { defineAgent } from '../../src/agent/index.js';
import { array, u32 } from '../../src/state/index.js';
import { headOf, newFolder, progress } from './support/real-run.js';
import { until } from './support/recorder.js';

const CELLS = 6000;

/** 24 KB that do not compress; how much of it changes in each turn is the agent's last word. */
const bulky = defineAgent({
  name: 'bulky',
  state: { turns: u32, seed: u32, hot: u32, cells: array(CELLS, u32) },
  initialise(state, turn) {
    state.seed = 1;
    state.hot = CELLS;
    turn.every('work', 100);
  },
  timers: {
    work(state) {
      state.turns++;
      for (let cell = 0; cell < state.hot; cell++) {
        state.seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0;
        state.cells.set(cell, state.seed);
      }
      if (state.turns === 1) state.hot = 1;
    },
  },
  message(state, message) {
    state.hot = message.byteAt(0) * 100;
  },
});

describe('moves over a line of 115,200 baud', () => {
  let folder: ReturnType<typeof newFolder>;
  let host: Host;
  let source: DemoBoard;
  let target: DemoBoard;
  let remote: RemoteOperations;
  beforeAll(async () => {
    folder = newFolder();
    host = await Host.start({ data: folder.path });
    const plug = new SerialPlug('slow');
    host.addTransport(plug.transport);
    source = new DemoBoard('quick', bulky, new MqttPlug(host.brokerUrl, 'quick'), 31, 0);
    target = new DemoBoard('slow', bulky, plug, 31, 1, 'vacant');
    source.powerOn();
    target.powerOn();
    await progress(host, [source], 3);
    await until('a vacant board', () => host.sessions.vacantBoards().length === 1);
    remote = new RemoteOperations(host.folder.announced()!);
  });
  afterAll(async () => {
    await source.end();
    await target.end();
    await host.close();
    folder.remove();
  });

  const lines: string[] = [];
  const stream = (isTTY: boolean) => ({
    isTTY,
    write(text: string | Uint8Array): boolean {
      lines.push(String(text));
      return true;
    },
  });

  it('I4: rollback before the grant gives the move up, and the source has not stood still', async () => {
    const started = await remote.migrate('bulky', 'slow');
    await expect(remote.migrate('bulky', 'slow')).rejects.toMatchObject({
      reason: 'moving',
      message: expect.stringContaining('"godwit rollback'),
    });
    await until('bytes are on their way', async () => (await remote.move('bulky')).bytesDown > 2000);
    expect(await remote.rollback('bulky')).toMatchObject({ isAbort: true, boardId: source.boardId });
    const view = await followMove(remote, started, undefined);
    expect(view).toMatchObject({ phase: 'aborted', freezes: 0, downtimeMs: 0 });
    expect(moveReport(view)[0]).toMatch(/^bulky stays on board [0-9a-f]{32}: given up/);
    await progress(host, [source], 3);
    expect(source.agentId).toBe(host.sessions.agents()[0]!.agentId);
  });

  it('one that would stand still for longer than allowed is refused, and says so', async () => {
    await remote.send('bulky', Uint8Array.of(CELLS / 100));
    await until(
      'the agent is hot',
      () => new DataView(host.sessions.state(source.agentId)!.buffer).getUint32(source.state.length - 4 * CELLS - 4, true) === CELLS,
    );
    const started = await remote.migrate('bulky', 'slow', { maxDowntimeMs: 100 });
    const view = await followMove(remote, started, undefined);
    expect(view).toMatchObject({ phase: 'aborted', target: target.boardId });
    expect(view.reason).toMatch(/100 ms/);
    await remote.send('bulky', Uint8Array.of(0));
    await progress(host, [source], 3);
  });

  it('shows bytes, rate and time left; then the agent runs on the other side of the slow line', async () => {
    const view = await followMove(remote, await remote.migrate('bulky', 'slow'), { prefix: '', stream: stream(true) });
    expect(view).toMatchObject({ phase: 'done', target: target.boardId });
    expect(lines.join('')).toMatch(/\r {2}round 1: [\d.]+ (?:KiB|bytes) for 23\.\d KiB, [\d.]+ (?:KiB|bytes)\/s, at most [\d.]+ m?s left/);
    expect(view.bytesDown).toBeGreaterThan(4 * CELLS * 0.9);
    // The rest of the move, not the filling, is what the agent stands still for.
    expect(view.downtimeMs).toBeLessThan(view.totalMs / 2);
    await until('it goes on', () => headOf(host, target) > 0 && target.settled);
    await progress(host, [target], 3);
  });
});
