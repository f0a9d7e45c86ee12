// The transport alone, against a client, a network and a broker that behave as badly as the SDK's and real ones do.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backoff } from '../../firmware/backoff.js';
import { CONNECT_MS, RETRY_MAX_MS, RETRY_MIN_MS, SILENT_MS } from '../../firmware/mqtt-transport.js';
import { PatientResolver } from '../../firmware/patient-resolver.js';
import { FRAME_BYTES_MAX } from '../../src/wire/constants.js';
import { message, NetworkRig, TOPIC_DOWN, TOPIC_UP } from './support/network-rig.js';

const CONNECTED_MS = 500;

describe('MQTT transport', () => {
  it('opens after SUBACK, and not before', () => {
    const rig = new NetworkRig(1);
    rig.network.latencyMs = 100;
    const board = rig.drive();
    while (rig.broker.counters.connects === 0) rig.clock.step(10_000);
    expect(board.transport.isOpen).toBe(false);
    rig.run(2_000);
    expect(board.openedMs).toHaveLength(1);
    expect(rig.broker.clientIds).toEqual(['gw-b1-00000007']);
    expect(rig.broker.counters.subscriptions).toBe(1);
  });

  it('carries frames whole and unchanged both ways, in parts of any size', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.integer({ min: 5, max: FRAME_BYTES_MAX }), { maxLength: 12 }),
        (seed, segmentBytesMax, sizes) => {
          const rig = new NetworkRig(seed);
          rig.network.segmentBytesMax = segmentBytesMax;
          const board = rig.drive();
          const heard: Uint8Array[] = [];
          rig.broker.onMessage = (topic, payload) => {
            expect(topic).toBe(TOPIC_UP);
            heard.push(payload);
          };
          rig.run(5_000);
          const sent = sizes.map((size, index) => message(size, index));
          const scratch = new Uint8Array(FRAME_BYTES_MAX + 3);
          for (const bytes of sent) {
            rig.broker.publish(TOPIC_DOWN, bytes);
            scratch.set(bytes, 3);
            expect(board.transport.ready()).toBe(true);
            board.transport.send(scratch, 3, bytes.length);
          }
          rig.runFor(3_000);
          expect(board.frames).toEqual(sent);
          expect(heard).toEqual(sent);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('drops what is longer than a frame, of another topic or too short, counts it, and takes in what follows', () => {
    const rig = new NetworkRig(2);
    rig.network.segmentBytesMax = 100;
    const board = rig.drive();
    rig.run(CONNECTED_MS);
    rig.broker.publish(TOPIC_DOWN, message(FRAME_BYTES_MAX + 1));
    rig.broker.publish(TOPIC_DOWN, message(100_000));
    rig.broker.publish(TOPIC_DOWN, message(4));
    rig.broker.publish(TOPIC_DOWN, message(60), 'godwit/b2/d');
    rig.broker.publish(TOPIC_DOWN, message(FRAME_BYTES_MAX));
    rig.runFor(5_000);
    expect(board.frames).toEqual([message(FRAME_BYTES_MAX)]);
    expect(board.transport.counters).toMatchObject({ dropped: 4, framesIn: 1, silences: 0 });
  });

  it('is ready as long as a whole frame fits, never writes more than the client takes, and is drained by onWritable alone', () => {
    const rig = new NetworkRig(3);
    const board = rig.drive();
    rig.run(CONNECTED_MS);
    let drains = 0;
    board.onDrained = () => {
      drains++;
    };
    const frame = message(FRAME_BYTES_MAX);
    let sent = 0;
    while (board.transport.ready()) {
      board.transport.send(frame, 0, FRAME_BYTES_MAX);
      sent++;
    }
    expect(sent).toBe(Math.floor(8192 / (FRAME_BYTES_MAX + 5 + TOPIC_UP.length)));
    board.transport.send(frame, 0, FRAME_BYTES_MAX);
    expect(board.transport.counters).toMatchObject({ framesOut: sent, notSent: 1, writesThrown: 0 });
    rig.runFor(1_000);
    expect(drains).toBe(1);
    expect(rig.broker.counters.messages).toBe(sent);
    expect(board.transport.ready()).toBe(true);
  });

  it('sees a silent death within SILENT_MS of the last sign of life, closes, and comes back with a fresh client', () => {
    const rig = new NetworkRig(4);
    const board = rig.drive();
    rig.run(60_000);
    expect(board.transport.counters).toMatchObject({ silences: 0, opens: 1 });
    expect((board.transport.counters as { asks: number }).asks).toBeGreaterThan(5);
    rig.network.fallSilent();
    rig.runFor(SILENT_MS + 10);
    expect(board.closedMs).toHaveLength(1);
    expect(board.transport.counters).toMatchObject({ silences: 1 });
    rig.network.speak(true);
    rig.runFor(60_000);
    expect(board.transport.isOpen).toBe(true);
    expect(rig.clients.length).toBeGreaterThan(1);
    expect(rig.network.sockets.size).toBe(1);
  });

  it('survives the empty message that makes the client deaf', () => {
    const rig = new NetworkRig(5);
    const board = rig.drive();
    rig.run(CONNECTED_MS);
    rig.broker.publish(TOPIC_DOWN, new Uint8Array(0));
    rig.broker.publish(TOPIC_DOWN, message(20));
    rig.runFor(SILENT_MS + 5_000);
    expect(board.transport.counters).toMatchObject({ silences: 1, opens: 2 });
    rig.broker.publish(TOPIC_DOWN, message(30));
    rig.runFor(100);
    expect(board.frames).toEqual([message(30)]);
  });

  it('takes in retained messages as it must, since the client does not tell them apart', () => {
    const rig = new NetworkRig(6);
    rig.broker.retained.set(TOPIC_DOWN, message(40));
    const board = rig.drive();
    rig.run(CONNECTED_MS);
    expect(board.frames).toEqual([message(40)]);
  });

  it('a client that throws while it is written to is replaced, and the user hears of it outside send()', () => {
    const rig = new NetworkRig(12);
    const board = rig.drive();
    rig.run(CONNECTED_MS);
    rig.clients[0]!.write = () => {
      throw new Error('overflow');
    };
    board.transport.send(message(50), 0, 50);
    expect(board.closedMs).toEqual([]);
    expect(board.transport.ready()).toBe(false);
    board.go();
    expect(board.closedMs).toHaveLength(1);
    rig.runFor(2 * RETRY_MIN_MS);
    expect(board.transport.isOpen).toBe(true);
    expect(board.transport.counters).toMatchObject({ writesThrown: 1, opens: 2 });
    expect(rig.network.sockets.size).toBe(1);
  });

  it.each([
    ['throws', true],
    ['says onError', false],
  ])('a client whose constructor %s is one more failed attempt', (_name, throws) => {
    const rig = new NetworkRig(13);
    let closed = 0;
    rig.inConstructor = (options, client) => {
      client.close = () => {
        closed++;
      };
      if (throws) throw new Error('no memory');
      options.onError?.();
    };
    const board = rig.drive();
    rig.run(1_000);
    rig.inConstructor = undefined;
    expect(board.transport.counters.errors).toBeGreaterThan(1);
    expect(closed).toBe(throws ? 0 : board.transport.counters.errors);
    rig.runFor(10_000);
    expect(board.transport.isOpen).toBe(true);
  });

  it('closed inside a callback and never called again, it still leaves nothing behind', async () => {
    const rig = new NetworkRig(14);
    const board = rig.drive();
    rig.run(CONNECTED_MS);
    board.frame = () => board.leave();
    rig.broker.publish(TOPIC_DOWN, message(30));
    rig.runFor(100);
    await Promise.resolve();
    rig.runFor(100);
    expect(rig.network.sockets.size).toBe(0);
    expect(rig.broker.connectionCount).toBe(0);
  });

  it('keeps answers of a resolver from a client that has gone', () => {
    let answer: { onResolved(host: string, address: string): void; onError(host: string): void } | undefined;
    let closed = 0;
    class Late {
      resolve(request: NonNullable<typeof answer>): void {
        answer = request;
      }
      close(): void {
        closed++;
      }
    }
    const heard: string[] = [];
    let made: PatientResolver | undefined;
    const resolver = new PatientResolver({
      resolver: { io: Late },
      made: (it) => {
        made = it;
      },
    });
    expect(made).toBe(resolver);
    resolver.resolve({ host: 'h', onResolved: (_host, address) => heard.push(address), onError: () => heard.push('error') });
    answer!.onResolved('h', '10.0.0.1');
    answer!.onError('h');
    resolver.close();
    resolver.close();
    answer!.onResolved('h', '10.0.0.2');
    answer!.onError('h');
    expect(heard).toEqual(['10.0.0.1', 'error']);
    expect(closed).toBe(1);
  });

  it('waits that double up to a bound, each shortened by a quarter at most', () => {
    const draws = [0, 0xffffffff, 0, 0x80000000, 0, 0];
    const backoff = new Backoff(500, 3_000);
    expect(draws.map((draw) => backoff.delayMs(draw))).toEqual([500, 751, 2_000, 2_625, 3_000, 3_000]);
    backoff.reset();
    expect(backoff.delayMs(0)).toBe(500);
  });

  /** What goes wrong, what is counted, and how long an attempt may take. */
  const trouble: [string, (rig: NetworkRig) => void, object, number][] = [
    ['a broker that refuses the client', (rig) => (rig.broker.connackCode = 5), { errors: 6 }, 100],
    ['a broker that refuses the subscription', (rig) => (rig.broker.refusesSubscriptions = true), { refused: 6 }, 100],
    ['a server that refuses the connection', (rig) => (rig.network.refuses = true), { errors: 6 }, 100],
    ['a name that nobody knows', (rig) => rig.network.names.clear(), { errors: 6 }, 4_200],
    ['a broker that says nothing', (rig) => (rig.broker.isMute = true), { timeouts: 6 }, CONNECT_MS],
    ['a network that says nothing', (rig) => rig.network.fallSilent(), { errors: 6 }, 4_200],
    ['no network', (rig) => (rig.network.isUp = false), { errors: 6 }, 4_200],
  ];
  it.each(trouble)('%s: attempts never stop, and their rate is bounded', (_name, spoil, counted, attemptMs) => {
    const rig = new NetworkRig(8);
    spoil(rig);
    const board = rig.drive();
    const attemptsMs: number[] = [];
    while (attemptsMs.length < 7 && rig.clock.step(3_600_000))
      if (rig.clients.length > attemptsMs.length) attemptsMs.push(rig.clock.nowMs());
    expect(attemptsMs).toHaveLength(7);
    expect(board.transport.counters).toMatchObject(counted);
    for (let index = 1; index < attemptsMs.length; index++) {
      const waitMs = attemptsMs[index]! - attemptsMs[index - 1]!;
      expect(waitMs).toBeGreaterThanOrEqual(Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (index - 1)) * 0.75);
      expect(waitMs).toBeLessThanOrEqual(Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (index - 1)) + attemptMs + 10);
    }
    expect(board.openedMs).toEqual([]);
    expect(rig.network.sockets.size).toBeLessThanOrEqual(1);
  });

  it('a connection that is reset as soon as it stands does not make it knock more often', () => {
    const rig = new NetworkRig(9);
    const board = rig.drive();
    for (let round = 0; round < 8; round++) {
      while (!board.transport.isOpen) rig.clock.step(3_600_000);
      rig.network.reset();
      rig.runFor(10);
    }
    expect(board.closedMs).toHaveLength(8);
    expect(board.openedMs[7]! - board.closedMs[6]!).toBeGreaterThan(0.75 * RETRY_MAX_MS);
  });

  it('ends its predecessor of the same boot at the broker, and is told apart from the last boot', () => {
    const rig = new NetworkRig(10);
    const first = rig.drive(1);
    rig.run(CONNECTED_MS);
    rig.drive(2);
    rig.runFor(CONNECTED_MS);
    expect(rig.broker.counters.takenOver).toBe(0);
    rig.drive(1);
    rig.runFor(400);
    expect(rig.broker.counters.takenOver).toBe(1);
    expect(first.closedMs).toHaveLength(1);
  });

  it('can be closed and opened at any moment, from inside any callback', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 10 }), (seed, waits) => {
        const rig = new NetworkRig(seed);
        rig.network.segmentBytesMax = 30;
        const board = rig.drive();
        board.frame = () => board.transport.close();
        for (const [index, waitMs] of waits.entries()) {
          rig.runFor(waitMs);
          if (index % 2 === 0) board.transport.close();
          else rig.broker.publish(TOPIC_DOWN, message(50));
          board.transport.open(rig.clock.nowMs());
          board.go();
        }
        rig.runFor(60_000);
        board.transport.open(rig.clock.nowMs());
        board.go();
        rig.runFor(60_000);
        expect(board.transport.isOpen).toBe(true);
        expect(rig.network.sockets.size).toBe(1);
        expect(rig.broker.connectionCount).toBe(1);
      }),
      { numRuns: 60 },
    );
  });
});
