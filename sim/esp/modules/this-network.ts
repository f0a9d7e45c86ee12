// What the one board of the SDK's modules finds in the air, and beyond it.
import { MqttBroker } from '../mqtt-broker.js';
import { VirtualNetwork } from '../tcp.js';
import { VirtualAccessPoint } from '../wifi.js';
import { clock, random } from './this-board.js';

const BROKER_PORT = 1883;

export const network = new VirtualNetwork(clock, random);
export const point = new VirtualAccessPoint(network);
export const broker = new MqttBroker();

network.names.set('broker.local', '10.0.0.1');
network.listen(BROKER_PORT, (end) => broker.accept(end));
