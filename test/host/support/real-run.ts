import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DemoBoard } from '../../../host/demo/demo-board.js';
import { compareStore } from '../../../host/demo/fleet.js';
import type { Host } from '../../../host/host.js';
import { until } from './recorder.js';

export function newFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'godwit-real-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function headOf(host: Host, board: DemoBoard): number {
  return host.sessions.agent(board.agentId)?.sequence ?? 0;
}

/** Waits until every board has so many more commits durable than it has now. */
export async function progress(host: Host, boards: readonly DemoBoard[], commits: number): Promise<void> {
  const goals = boards.map((board) => headOf(host, board) + commits);
  await until(`${commits} more durable commits`, () => boards.every((board, index) => headOf(host, board) >= goals[index]!));
}

/** Stops the agents, drains, and compares every state with the host's head and with the reopened store, byte for byte. */
export async function endsEqual(host: Host, boards: readonly DemoBoard[]): Promise<void> {
  for (const board of boards) board.stopAgent();
  await until('every commit is durable', () =>
    boards.every((board) => board.settled && headOf(host, board) === board.acknowledgedSequence),
  );
  for (const board of boards) {
    const head = Buffer.from(host.sessions.state(board.agentId)!);
    expect(head.equals(board.state), `${board.name}: head and board`).toBe(true);
  }
  const states = new Map(boards.map((board) => [board.agentId, board.state]));
  await Promise.all(boards.map((board) => board.end()));
  await host.close();
  const reopened = await compareStore(host.folder.storePath, states);
  expect(reopened.faults).toEqual([]);
  expect(reopened.equal).toBe(boards.length);
}
