import { decodeUtf8 } from '../state/utf8.js';
import { CRC_BYTES } from './constants.js';
import { crc32 } from './crc32.js';
import {
  BAUD_MAX,
  BAUD_MIN,
  type BoardSettings,
  LINK_MQTT,
  LINK_SERIAL,
  SETTING_AGENT_ID,
  SETTING_BAUD,
  SETTING_BOARD_ID,
  SETTING_BROKER_HOST,
  SETTING_BROKER_PORT,
  SETTING_BYTES_MAX,
  SETTING_BYTES_MIN,
  SETTING_HEAD_BYTES,
  SETTING_LINK,
  SETTING_LINK_NAME,
  SETTING_MAX,
  SETTING_PASSWORD,
  SETTING_SSID,
  SETTING_USER,
  SETTING_WIFI_PASSWORD,
  SETTINGS_BAD_CHECK,
  SETTINGS_BAD_FIELD_LENGTH,
  SETTINGS_BAD_FORMAT,
  SETTINGS_BAD_LENGTH,
  SETTINGS_BAD_ORDER,
  SETTINGS_BAD_VALUE,
  SETTINGS_BYTES_MAX,
  SETTINGS_FORMAT,
  SETTINGS_MISSING_FIELD,
  SETTINGS_OK,
  SETTINGS_UNKNOWN_FIELD,
  WIFI_PASSWORD_BYTES_MAX,
} from './settings.js';
import { isHex, isHostName, isLinkNameBytes, isPrintableAscii, isPrintableUtf8, isZero } from './text-rules.js';

const EMPTY = new Uint8Array(0);

/** Reads settings where they lie. Allocates when it is made, and then only for what text() and settings() return. */
export class SettingsReader {
  /** Why the last read() failed, SETTINGS_*. */
  fault = SETTINGS_OK;
  /** The field at fault, SETTING_*; 0: the record as a whole. */
  faultField = 0;
  #bytes: Uint8Array = EMPTY;
  /** Where a field's value begins; 0: it is not there. */
  readonly #at = new Uint16Array(SETTING_MAX + 1);
  readonly #count = new Uint8Array(SETTING_MAX + 1);

  /** False: the bytes are no settings, or some that no board can follow; then no field is there. */
  read(bytes: Uint8Array, at: number, count: number): boolean {
    this.#bytes = bytes;
    this.#at.fill(0);
    this.#count.fill(0);
    this.faultField = 0;
    this.fault = this.#check(at, count);
    if (this.fault === SETTINGS_OK) return true;
    this.#at.fill(0);
    this.#count.fill(0);
    return false;
  }

  has(field: number): boolean {
    return this.#at[field]! > 0;
  }

  /** Index of the value in the bytes that were read. */
  at(field: number): number {
    return this.#at[field]!;
  }

  /** Bytes of the value. */
  count(field: number): number {
    return this.#count[field]!;
  }

  /** The value of a field that is a number, 0 if it is not there. */
  number(field: number): number {
    let value = 0;
    for (let index = this.#count[field]! - 1; index >= 0; index--) value = value * 256 + this.#bytes[this.#at[field]! + index]!;
    return value;
  }

  /** The value of a field that is text, empty if it is not there. */
  text(field: number): string {
    return decodeUtf8(this.#bytes, this.#at[field]!, this.#count[field]!);
  }

  /** Whether the field is the same in both, or in neither. */
  same(other: SettingsReader, field: number): boolean {
    const count = this.#count[field]!;
    if (this.has(field) !== other.has(field) || count !== other.#count[field]) return false;
    for (let index = 0; index < count; index++) {
      if (this.#bytes[this.#at[field]! + index] !== other.#bytes[other.#at[field]! + index]) return false;
    }
    return true;
  }

  /** Everything, copied, after a read() that was right. */
  settings(): BoardSettings {
    return {
      boardId: this.#slice(SETTING_BOARD_ID),
      agentId: this.#slice(SETTING_AGENT_ID),
      linkName: this.text(SETTING_LINK_NAME),
      link: this.number(SETTING_LINK) === LINK_MQTT ? 'mqtt' : 'serial',
      baud: this.number(SETTING_BAUD),
      ssid: this.text(SETTING_SSID),
      wifiPassword: this.text(SETTING_WIFI_PASSWORD),
      brokerHost: this.text(SETTING_BROKER_HOST),
      brokerPort: this.number(SETTING_BROKER_PORT),
      user: this.text(SETTING_USER),
      password: this.text(SETTING_PASSWORD),
    };
  }

  #slice(field: number): Uint8Array {
    return this.#bytes.slice(this.#at[field]!, this.#at[field]! + this.#count[field]!);
  }

  #check(at: number, count: number): number {
    const bytes = this.#bytes;
    const end = at + count - CRC_BYTES;
    if (count < 1 + CRC_BYTES || count > SETTINGS_BYTES_MAX) return SETTINGS_BAD_LENGTH;
    const crc = crc32(bytes, at, count - CRC_BYTES, 0);
    if ((bytes[end]! | (bytes[end + 1]! << 8) | (bytes[end + 2]! << 16) | (bytes[end + 3]! << 24)) >>> 0 !== crc) return SETTINGS_BAD_CHECK;
    if (bytes[at] !== SETTINGS_FORMAT) return SETTINGS_BAD_FORMAT;
    const fault = this.#checkFields(at + 1, end);
    return fault === SETTINGS_OK ? this.#checkNeeds() : fault;
  }

  #checkFields(at: number, end: number): number {
    const bytes = this.#bytes;
    let last = 0;
    while (at < end) {
      const field = bytes[at]!;
      this.faultField = field;
      if (field === 0 || field > SETTING_MAX) return SETTINGS_UNKNOWN_FIELD;
      if (field <= last) return SETTINGS_BAD_ORDER;
      const valueAt = at + SETTING_HEAD_BYTES;
      const length = valueAt <= end ? bytes[at + 1]! : 0;
      if (length < SETTING_BYTES_MIN[field]! || length > SETTING_BYTES_MAX[field]! || valueAt + length > end)
        return SETTINGS_BAD_FIELD_LENGTH;
      this.#at[field] = valueAt;
      this.#count[field] = length;
      if (!this.#isValid(field)) return SETTINGS_BAD_VALUE;
      last = field;
      at = valueAt + length;
    }
    this.faultField = 0;
    return SETTINGS_OK;
  }

  #isValid(field: number): boolean {
    const bytes = this.#bytes;
    const at = this.#at[field]!;
    const count = this.#count[field]!;
    switch (field) {
      case SETTING_BOARD_ID:
        return !isZero(bytes, at, count);
      case SETTING_AGENT_ID:
        return true;
      case SETTING_LINK_NAME:
        return isLinkNameBytes(bytes, at, count);
      case SETTING_LINK:
        return bytes[at] === LINK_SERIAL || bytes[at] === LINK_MQTT;
      case SETTING_BAUD:
        return this.number(field) >= BAUD_MIN && this.number(field) <= BAUD_MAX;
      case SETTING_WIFI_PASSWORD:
        return count === WIFI_PASSWORD_BYTES_MAX ? isHex(bytes, at, count) : isPrintableAscii(bytes, at, count);
      case SETTING_BROKER_HOST:
        return isHostName(bytes, at, count);
      case SETTING_BROKER_PORT:
        return this.number(field) > 0;
      default:
        return isPrintableUtf8(bytes, at, count);
    }
  }

  #checkNeeds(): number {
    const mqtt = this.number(SETTING_LINK) === LINK_MQTT;
    for (let field = 1; field <= SETTING_MAX; field++) {
      if (this.has(field) || !this.#isNeeded(field, mqtt)) continue;
      this.faultField = field;
      return SETTINGS_MISSING_FIELD;
    }
    return SETTINGS_OK;
  }

  #isNeeded(field: number, mqtt: boolean): boolean {
    switch (field) {
      case SETTING_BOARD_ID:
      case SETTING_AGENT_ID:
      case SETTING_LINK_NAME:
      case SETTING_LINK:
        return true;
      case SETTING_SSID:
        return mqtt || this.has(SETTING_WIFI_PASSWORD);
      case SETTING_BROKER_HOST:
        return mqtt || this.has(SETTING_BROKER_PORT) || this.has(SETTING_USER);
      case SETTING_BROKER_PORT:
        return this.has(SETTING_BROKER_HOST);
      case SETTING_USER:
        // MQTT 3.1.1 has no password without a user name [MQTT-3.1.2-22].
        return this.has(SETTING_PASSWORD);
      default:
        return false;
    }
  }
}
