// The firmware's own main on XS over Wi-Fi and MQTT, with stand-ins of the SDK's modules, and a host of src/ behind the broker. It lives
// through outages of every part of the way and resets, and ends with its state at the host, byte for byte.
import { agent } from '../../../firmware/agent.js';
import main from '../../../firmware/main.js';
import { chip, clock, nvs, random, uart } from '../../../sim/esp/modules/this-board.js';
import { broker, network, point } from '../../../sim/esp/modules/this-network.js';
import { host as engine } from '../../../sim/xs/host-api.js';
import { MiniHost } from '../../../sim/xs/programs/mini-host.js';
import { SettingsWriter } from '../../../src/wire/settings-writer.js';

const ROUNDS = 16;
const TOPIC_DOWN = 'godwit/xs/d';

const host = new MiniHost(agent.sizeBytes);
broker.onMessage = (_topic, payload) => host.receive(clock.nowMs(), payload, 0, payload.length);

function pump(): void {
  for (let count = host.poll(clock.nowMs()); count > 0; count = host.poll(clock.nowMs())) {
    broker.publish(TOPIC_DOWN, host.frame.slice(0, count));
  }
}

function run(forMs: number): void {
  const endMs = clock.nowMs() + forMs;
  while (clock.nowMs() < endMs) {
    const nextMs = Math.min(endMs, clock.nowMs() + 5);
    while (clock.step(nextMs)) pump();
    pump();
  }
}

function enrolled(): void {
  const writer = new SettingsWriter();
  writer.write({
    boardId: new Uint8Array(16).fill(1),
    agentId: new Uint8Array(16).fill(2),
    linkName: 'xs',
    link: 'mqtt',
    baud: 115_200,
    ssid: 'net',
    wifiPassword: point.password,
    brokerHost: 'broker.local',
    brokerPort: 1883,
    user: '',
    password: '',
  });
  nvs.open('godwit').write('settings', writer.bytes.slice(0, writer.count));
}

/** The chip loses its RAM, and with it radio and connections; nobody is told. */
function reset(): void {
  chip.reset();
  uart.reset();
  network.powerCut();
  point.reset();
  board = main();
}

function trouble(what: number): void {
  if (what === 0) point.drop();
  else if (what === 1) network.reset();
  else if (what === 2) network.fallSilent();
  else if (what === 3) broker.publish(TOPIC_DOWN, new Uint8Array(0));
  else if (what === 4) host.restart();
  else if (what === 5) point.loseLease();
  else if (what === 6) broker.publish(TOPIC_DOWN, new Uint8Array(5000));
  else reset();
}

/** Byte for byte, as a whole commit. */
function isEqual(): boolean {
  const { memory, link } = board.runner!;
  if (!link.isSettled || link.acknowledgedSequence !== host.headSequence) return false;
  for (let index = 0; index < host.head.sizeBytes; index++) if (memory.getU8(index) !== host.head.getU8(index)) return false;
  return true;
}

const seed = Number(engine.args()[0]);
for (let draws = 0; draws < seed; draws++) random.u32();
enrolled();
let board = main();
run(8_000);
const first = host.headSequence;
if (first === 0) throw new Error('no commit arrived');
for (let round = 0; round < ROUNDS; round++) {
  trouble((round + seed) % 8);
  run(random.below(15_000));
  network.speak(random.chance(0.5));
  run(random.below(8_000));
}
run(150_000);
for (let tries = 0; tries < 3000 && !isEqual(); tries++) run(20);
const { opens, writesThrown, notSent, wifiUps } = board.link!.counters;
engine.print(
  JSON.stringify({
    isEqual: isEqual(),
    count: board.runner!.state.count,
    epoch: host.epoch,
    resets: chip.resets,
    sockets: network.sockets.size,
    drivers: point.driverCount,
    opens,
    wifiUps,
    writesThrown,
    notSent,
  }),
);
