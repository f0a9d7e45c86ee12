import { type BoardSettings, SETTINGS_BAD_FIELD_LENGTH } from '../../src/wire/settings.js';
import { SettingsReader } from '../../src/wire/settings-reader.js';
import { SettingsWriter } from '../../src/wire/settings-writer.js';
import { EnrolError } from './enrol-error.js';
import { settingsFaultText } from './settings-text.js';

/**
 * The bytes that a board keeps, checked as the board will check them.
 * @throws EnrolError "settings" naming the field that breaks its rule
 */
export function packSettings(settings: BoardSettings): Uint8Array {
  const writer = new SettingsWriter();
  const reader = new SettingsReader();
  if (!writer.write(settings)) throw new EnrolError('settings', settingsFaultText(SETTINGS_BAD_FIELD_LENGTH, writer.overlongField));
  if (!reader.read(writer.bytes, 0, writer.count)) throw new EnrolError('settings', settingsFaultText(reader.fault, reader.faultField));
  return writer.bytes.slice(0, writer.count);
}
