import { CRC_BYTES, ID_BYTES, LINK_NAME_CHARS_MAX } from './constants.js';

// What a board is told once, and keeps in its flash:
//
//     format u8 (1) . fields . CRC-32 of everything before it
//     field: id u8 . length u8 . value
//
// Fields come in the order of their ids, each at most once, so that the same settings are always the same bytes.

export const SETTINGS_FORMAT = 1;

export const SETTING_BOARD_ID = 1;
export const SETTING_AGENT_ID = 2;
export const SETTING_LINK_NAME = 3;
export const SETTING_LINK = 4;
export const SETTING_BAUD = 5;
export const SETTING_SSID = 6;
export const SETTING_WIFI_PASSWORD = 7;
export const SETTING_BROKER_HOST = 8;
export const SETTING_BROKER_PORT = 9;
export const SETTING_USER = 10;
export const SETTING_PASSWORD = 11;
export const SETTING_MAX = 11;

export const LINK_SERIAL = 1;
export const LINK_MQTT = 2;

export const BAUD_MIN = 300;
/** The fastest that an ESP32's UART goes (ESP32 Technical Reference Manual, "UART Controller"). */
export const BAUD_MAX = 5_000_000;
/** An SSID has at most 32 octets (IEEE 802.11, 9.4.2.2). */
export const SSID_BYTES_MAX = 32;
/** A WPA passphrase has 8 to 63 ASCII characters; 64 are the key itself in hex (IEEE 802.11, J.4.1). */
export const WIFI_PASSWORD_BYTES_MIN = 8;
export const WIFI_PASSWORD_BYTES_MAX = 64;
export const BROKER_HOST_BYTES_MAX = 128;
export const USER_BYTES_MAX = 64;
export const PASSWORD_BYTES_MAX = 128;

/** Fewest and most bytes of each field's value, by its id. */
export const SETTING_BYTES_MIN: readonly number[] = [0, ID_BYTES, ID_BYTES, 1, 1, 4, 1, WIFI_PASSWORD_BYTES_MIN, 1, 2, 1, 1];
export const SETTING_BYTES_MAX: readonly number[] = [
  0,
  ID_BYTES,
  ID_BYTES,
  LINK_NAME_CHARS_MAX,
  1,
  4,
  SSID_BYTES_MAX,
  WIFI_PASSWORD_BYTES_MAX,
  BROKER_HOST_BYTES_MAX,
  2,
  USER_BYTES_MAX,
  PASSWORD_BYTES_MAX,
];

export const SETTING_HEAD_BYTES = 2;
/** All fields at their longest. */
export const SETTINGS_BYTES_MAX = 1 + SETTING_BYTES_MAX.slice(1).reduce((sum, length) => sum + SETTING_HEAD_BYTES + length, 0) + CRC_BYTES;

export const SETTINGS_OK = 0;
export const SETTINGS_BAD_LENGTH = 1;
export const SETTINGS_BAD_CHECK = 2;
export const SETTINGS_BAD_FORMAT = 3;
export const SETTINGS_UNKNOWN_FIELD = 4;
/** A field comes twice, or before one with a lower id. */
export const SETTINGS_BAD_ORDER = 5;
export const SETTINGS_BAD_FIELD_LENGTH = 6;
export const SETTINGS_BAD_VALUE = 7;
/** A field is not there that is always needed, or that the link or another field needs. */
export const SETTINGS_MISSING_FIELD = 8;
export const SETTINGS_FAULT_MAX = 8;

/** Who a board is and where its host is. Empty text and 0: not given. */
export interface BoardSettings {
  /** 16 bytes, not all 0. */
  readonly boardId: Uint8Array;
  /** 16 bytes; all 0: the board is vacant, and waits to be given an agent. */
  readonly agentId: Uint8Array;
  /** 1 to 32 characters of A-Z a-z 0-9 _ -; every one is a byte in each PUBLISH. */
  readonly linkName: string;
  readonly link: 'serial' | 'mqtt';
  /** Bits per second of the serial line; 0: the firmware's own default. */
  readonly baud: number;
  readonly ssid: string;
  /** Empty: the network is open. */
  readonly wifiPassword: string;
  readonly brokerHost: string;
  readonly brokerPort: number;
  readonly user: string;
  readonly password: string;
}
