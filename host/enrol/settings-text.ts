import {
  BAUD_MAX,
  BAUD_MIN,
  BROKER_HOST_BYTES_MAX,
  PASSWORD_BYTES_MAX,
  SETTINGS_BAD_CHECK,
  SETTINGS_BAD_FORMAT,
  SETTINGS_BAD_LENGTH,
  SETTINGS_BAD_ORDER,
  SETTINGS_MISSING_FIELD,
  SETTINGS_UNKNOWN_FIELD,
  SSID_BYTES_MAX,
  USER_BYTES_MAX,
  WIFI_PASSWORD_BYTES_MAX,
  WIFI_PASSWORD_BYTES_MIN,
} from '../../src/wire/settings.js';

const printableUpTo = (bytes: number): string => `1 to ${bytes} bytes of UTF-8 without control characters`;

/** What each field is called, and what it must be; by its number. */
const FIELDS: readonly (readonly [name: string, rule: string])[] = [
  ['the record', ''],
  ["the board's id", '16 bytes, not all 0'],
  ["the agent's id", '16 bytes'],
  ['the link name', '1 to 32 characters of A-Z a-z 0-9 _ -'],
  ['the link', 'serial or mqtt'],
  ['the baud rate', `${BAUD_MIN} to ${BAUD_MAX}`],
  ['the name of the Wi-Fi network', printableUpTo(SSID_BYTES_MAX)],
  [
    'the Wi-Fi password',
    `${WIFI_PASSWORD_BYTES_MIN} to ${WIFI_PASSWORD_BYTES_MAX - 1} printable ASCII characters, or ${WIFI_PASSWORD_BYTES_MAX} hex digits`,
  ],
  ["the broker's host", `1 to ${BROKER_HOST_BYTES_MAX} letters, digits and . - _ :`],
  ["the broker's port", '1 to 65535'],
  ["the broker's user", printableUpTo(USER_BYTES_MAX)],
  ["the broker's password", printableUpTo(PASSWORD_BYTES_MAX)],
];

/** Why settings are refused, by SETTINGS_* and SETTING_*. It names the field and its rule, never its value. */
export function settingsFaultText(fault: number, field: number): string {
  const [name, rule] = FIELDS[field] ?? [`field ${field}`, ''];
  switch (fault) {
    case SETTINGS_BAD_LENGTH:
    case SETTINGS_BAD_CHECK:
    case SETTINGS_BAD_ORDER:
      return 'they were damaged on the way';
    case SETTINGS_BAD_FORMAT:
    case SETTINGS_UNKNOWN_FIELD:
      return `${name} is of a kind that the board does not know: its firmware is older than this program`;
    case SETTINGS_MISSING_FIELD:
      return `${name} is missing`;
    default:
      return rule === '' ? `${name} is not sound` : `${name} must be ${rule}`;
  }
}
