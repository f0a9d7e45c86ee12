// One small program per argument, for what the host itself promises.
import { host } from '../../../sim/xs/host-api.js';
import { peer } from '../../../sim/xs/peer-api.js';
import { Ring, TABLE } from './library.js';

const kept: unknown[] = [];

function forever(depth: number): number {
  return forever(depth + 1) + 1;
}

const tools: Record<string, () => void> = {
  'fill-slots'() {
    try {
      for (;;) kept.push({ value: kept.length });
    } catch {
      host.print('caught');
    }
  },
  'fill-list'() {
    for (;;) kept[0] = { next: kept[0] };
  },
  'fill-chunks'() {
    try {
      for (;;) kept.push(new Uint8Array(1000));
    } catch {
      host.print('caught');
    }
  },
  churn() {
    for (let index = 0; index < 20_000; index++) kept[index % 4] = [new Uint8Array(200), `text ${index}`];
    host.print('survived');
  },
  recurse() {
    try {
      forever(0);
    } catch {
      host.print('caught');
    }
  },
  throw() {
    throw new RangeError('out of bounds on purpose');
  },
  reject() {
    Promise.reject(new Error('rejected on purpose'));
  },
  promise() {
    Promise.resolve(1)
      .then((value) => value + 1)
      .then((value) => host.print(`resolved ${value}`));
  },
  exit() {
    host.exit(9);
  },
  echo() {
    const bytes = new Uint8Array(host.readInput());
    for (let index = 0; index < bytes.length; index++) bytes[index] = bytes[index]! ^ 0xff;
    host.writeOutput(bytes);
    host.writeOutput(bytes.buffer, 2);
    host.print(host.args().join('|'));
  },
  'ask-peer'() {
    const answer = new Uint8Array(4);
    peer.send(new Uint8Array([1, 2, 3]), 2);
    peer.send(new Uint8Array(300).fill(7), 300);
    peer.endTurn();
    for (let count = peer.receive(answer); count > 0; count = peer.receive(answer)) host.print(answer.slice(0, count).join(' '));
    peer.endTurn();
    host.print(`${peer.receive(answer)}`);
  },
  'write-flash'() {
    TABLE[0] = 1;
  },
  'measure-reading'() {
    const slots = host.slots();
    const chunks = host.chunks();
    for (let index = 0; index < 1000; index++) host.meter() + host.slots() + host.chunks() + host.collections();
    const slotsAfter = host.slots();
    const chunksAfter = host.chunks();
    host.print(`${slotsAfter - slots} ${chunksAfter - chunks} ${host.collections()}`);
  },
  preloaded() {
    const ring = new Ring(2);
    ring.push(1);
    host.print(`${ring.shift()}`);
  },
  globals() {
    const wanted = ['console', 'setTimeout', 'TextEncoder', 'structuredClone', 'queueMicrotask', 'Intl', 'Buffer', 'process'];
    host.print(wanted.filter((name) => name in globalThis).join());
  },
  text() {
    host.print(`${'😀'.length} ${'é'.length}`);
  },
};

tools[host.args()[0]!]!();
