import mqtt from 'mqtt';
import { expect, it } from 'vitest';
import { DemoBoard } from '../../host/demo/demo-board.js';
import { MqttPlug } from '../../host/demo/plug.js';
import { Host } from '../../host/host.js';
import { Random } from '../../sim/random.js';
import { CRC_BYTES, DIRECTION_UP, FRAME_BYTES_MAX, FRAME_BYTES_MIN, KIND_HELLO } from '../../src/wire/constants.js';
import { frameSeed, kindOf, sealFrame } from '../../src/wire/frame.js';
import { busyAgent } from './support/busy-agent.js';
import { endsEqual, headOf, newFolder } from './support/real-run.js';
import { until } from './support/recorder.js';

const SEED = 20261122;
const FRAMES = 4000;

/** Changes, cuts or lengthens a captured frame; half of them are sealed again for the session that is open now. */
function mutate(random: Random, captured: Uint8Array, session: number): Buffer {
  let frame = Buffer.from(captured);
  const kind = random.below(8);
  if (kind === 0) frame = frame.subarray(0, random.below(frame.length));
  else if (kind === 1) frame = Buffer.concat([frame, Buffer.alloc(1 + random.below(700), random.u32())]);
  else for (let changes = 1 + random.below(4); changes > 0; changes--) frame[random.below(frame.length)]! ^= 1 << random.below(8);
  // A sealed hello may claim to be another board, and would be believed: that is for authentication to end.
  const mayBeSealed = frame.length > FRAME_BYTES_MIN && frame.length <= FRAME_BYTES_MAX && kindOf(frame[0]!) !== KIND_HELLO;
  if (mayBeSealed && random.chance(0.5)) sealFrame(frame, frame.length - CRC_BYTES, frameSeed(DIRECTION_UP, session));
  return frame;
}

it(`I1, I6: somebody on the broker replays, changes and seals again the board's own frames; the board's commits go on, and the states end equal (seed ${SEED})`, async () => {
  const folder = newFolder();
  const host = await Host.start({ data: folder.path });
  const board = new DemoBoard('b0', busyAgent, new MqttPlug(host.brokerUrl, 'b0'), 13, 0);
  const captured: Buffer[] = [];
  const random = new Random(SEED);
  const attacker = await mqtt.connectAsync(host.brokerUrl);
  attacker.on('message', (_topic, payload) => {
    if (payload.length > FRAME_BYTES_MAX) return;
    if (captured.length < 300) captured.push(payload);
    else captured[random.below(300)] = payload;
  });
  await attacker.subscribeAsync(['godwit/+/u', 'godwit/+/d']);
  board.powerOn();
  await until('the first commits', () => headOf(host, board) > 5);

  const session = () => host.sessions.agent(board.agentId)?.session ?? 0;
  for (let sent = 0; sent < FRAMES; sent++) {
    const frame = random.chance(0.15)
      ? captured[random.below(captured.length)]!
      : mutate(random, captured[random.below(captured.length)]!, session());
    await attacker.publishAsync('godwit/b0/u', frame);
    if (sent % 20 === 0) await new Promise(setImmediate);
  }
  await attacker.endAsync(true);
  const { badChecks, badHeads, badFields, unexpected } = host.sessions.counters;
  expect(badChecks).toBeGreaterThan(100);
  expect(badHeads + badFields + unexpected).toBeGreaterThan(100);

  const before = headOf(host, board);
  await until('the board goes on', () => headOf(host, board) > before + 20);
  await endsEqual(host, [board]);
  folder.remove();
});
