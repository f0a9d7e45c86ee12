import type { BoardSettings } from '../../../firmware/platform.js';
import { DIRECTION_DOWN, ENROL_CHUNK_BYTES_MAX, ENROL_COMMIT, KIND_ENROL } from '../../../src/wire/constants.js';
import { frameSeed } from '../../../src/wire/frame.js';
import { FrameBuilder } from '../../../src/wire/frame-builder.js';
import { SettingsWriter } from '../../../src/wire/settings-writer.js';

/** Of a board on its serial line. */
export const SETTINGS: BoardSettings = {
  boardId: new Uint8Array(16).fill(0xb1),
  agentId: new Uint8Array(16).fill(0xa1),
  linkName: 'bench',
  link: 'serial',
  baud: 115_200,
  ssid: '',
  wifiPassword: '',
  brokerHost: '',
  brokerPort: 0,
  user: '',
  password: '',
};

/** The frames that tell a board who it is, as `godwit enroll` sends them. */
export function enrolFrames(settings: BoardSettings, nonce: number, flags: number): Uint8Array[] {
  const writer = new SettingsWriter();
  if (!writer.write(settings)) throw new Error('settings that are too long');
  const builder = new FrameBuilder();
  const frames: Uint8Array[] = [];
  for (let offset = 0; offset < writer.count; offset += ENROL_CHUNK_BYTES_MAX) {
    const count = Math.min(ENROL_CHUNK_BYTES_MAX, writer.count - offset);
    builder.begin(KIND_ENROL);
    builder.u32(nonce);
    builder.u8(flags | (offset + count === writer.count ? ENROL_COMMIT : 0));
    builder.varint(writer.count);
    builder.varint(offset);
    builder.copyFrom(writer.bytes, offset, count);
    frames.push(builder.bytes.slice(0, builder.seal(frameSeed(DIRECTION_DOWN, 0))));
  }
  return frames;
}
