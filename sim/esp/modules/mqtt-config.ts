// `mqttclient/config` adds the MQTT client's descriptor to `device`.
import './system.js';
import type { Clock } from '../../clock.js';
import { MqttClient } from '../mqtt-client.js';
import { Resolver } from '../resolver.js';
import { TcpSocket } from '../tcp.js';
import { chip, clock } from './this-board.js';
import { network } from './this-network.js';

/** The chip's timers: none outlives a reset. */
const timers: Clock = {
  nowMs: () => clock.nowMs(),
  at: (timeMs, action) => {
    const { resets } = chip;
    return clock.at(timeMs, () => {
      if (resets === chip.resets) action();
    });
  },
};

interface Globals {
  readonly device: { readonly network: { mqtt: object } };
}

(globalThis as unknown as Globals).device.network.mqtt = {
  io: MqttClient,
  clock: timers,
  dns: { io: Resolver, network },
  socket: { io: TcpSocket, network },
};
