import { encodeUtf8 } from '../state/utf8.js';
import { ID_BYTES } from './constants.js';
import { crc32 } from './crc32.js';
import {
  type BoardSettings,
  LINK_MQTT,
  LINK_SERIAL,
  SETTING_AGENT_ID,
  SETTING_BAUD,
  SETTING_BOARD_ID,
  SETTING_BROKER_HOST,
  SETTING_BROKER_PORT,
  SETTING_BYTES_MAX,
  SETTING_HEAD_BYTES,
  SETTING_LINK,
  SETTING_LINK_NAME,
  SETTING_PASSWORD,
  SETTING_SSID,
  SETTING_USER,
  SETTING_WIFI_PASSWORD,
  SETTINGS_BYTES_MAX,
  SETTINGS_FORMAT,
} from './settings.js';

/** Writes settings for one board; whether they are sound is the reader's to say. */
export class SettingsWriter {
  /** The settings written last are bytes[0 .. count). */
  readonly bytes = new Uint8Array(SETTINGS_BYTES_MAX);
  count = 0;
  /** The first field that is longer than it may be, 0: none. Then nothing was written. */
  overlongField = 0;

  /** False: a field does not fit. */
  write(settings: BoardSettings): boolean {
    this.bytes[0] = SETTINGS_FORMAT;
    this.count = 1;
    this.overlongField = 0;
    this.#id(SETTING_BOARD_ID, settings.boardId);
    this.#id(SETTING_AGENT_ID, settings.agentId);
    this.#text(SETTING_LINK_NAME, settings.linkName);
    this.#number(SETTING_LINK, settings.link === 'mqtt' ? LINK_MQTT : LINK_SERIAL);
    this.#number(SETTING_BAUD, settings.baud);
    this.#text(SETTING_SSID, settings.ssid);
    this.#text(SETTING_WIFI_PASSWORD, settings.wifiPassword);
    this.#text(SETTING_BROKER_HOST, settings.brokerHost);
    this.#number(SETTING_BROKER_PORT, settings.brokerPort);
    this.#text(SETTING_USER, settings.user);
    this.#text(SETTING_PASSWORD, settings.password);
    if (this.overlongField > 0) this.count = 0;
    else this.#close();
    return this.overlongField === 0;
  }

  #id(field: number, value: Uint8Array): void {
    if (value.length !== ID_BYTES) this.#overlong(field);
    else {
      this.bytes.set(value, this.count + SETTING_HEAD_BYTES);
      this.#head(field, ID_BYTES);
    }
  }

  #text(field: number, value: string): void {
    if (value === '') return;
    const length = encodeUtf8(value, this.bytes, this.count + SETTING_HEAD_BYTES, SETTING_BYTES_MAX[field]!);
    if (length < 0) this.#overlong(field);
    else this.#head(field, length);
  }

  #number(field: number, value: number): void {
    if (value === 0) return;
    const length = SETTING_BYTES_MAX[field]!;
    if (!(value >= 0 && value < 256 ** length)) {
      this.#overlong(field);
      return;
    }
    let rest = value;
    for (let index = 0; index < length; index++) {
      this.bytes[this.count + SETTING_HEAD_BYTES + index] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    this.#head(field, length);
  }

  #head(field: number, length: number): void {
    this.bytes[this.count] = field;
    this.bytes[this.count + 1] = length;
    this.count += SETTING_HEAD_BYTES + length;
  }

  #overlong(field: number): void {
    if (this.overlongField === 0) this.overlongField = field;
  }

  #close(): void {
    const crc = crc32(this.bytes, 0, this.count, 0);
    for (let shift = 0; shift < 32; shift += 8) this.bytes[this.count++] = crc >>> shift;
  }
}
