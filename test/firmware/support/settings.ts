import type { BoardSettings } from '../../../firmware/platform.js';

const LINK_NAME = 'b1';
export const TOPIC_DOWN = `godwit/${LINK_NAME}/d`;
export const TOPIC_UP = `godwit/${LINK_NAME}/u`;
export const BROKER_PORT = 1883;

/** Of a board in Wi-Fi; the surroundings of NetworkRig fit them. */
export const settings: BoardSettings = {
  boardId: new Uint8Array(16).fill(0xb1),
  agentId: new Uint8Array(16).fill(0xa1),
  linkName: LINK_NAME,
  link: 'mqtt',
  baud: 115_200,
  ssid: 'net',
  wifiPassword: 'correct horse',
  brokerHost: 'broker.local',
  brokerPort: BROKER_PORT,
  user: '',
  password: '',
};
