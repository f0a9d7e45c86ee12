// What the Moddable SDK gives an app, as far as Godwit's manifests and a newcomer's use it: without an SDK on the machine the check must
// still know which names exist. Every list was read from the makefiles that mcconfig 8.2.3 writes for an app with that one manifest
// (MODULES and PRELOADS, for esp32, esp32/nodemcu, esp32/esp32c3, esp32/esp32s3 and lin).

export type Family = 'esp32' | 'lin';

/** Of `esp32/nodemcu`: esp32. Other platforms are not known here. */
export function familyOf(platform: string): Family | undefined {
  const family = platform.split('/', 1)[0];
  return family === 'esp32' || family === 'lin' ? family : undefined;
}

/** Where the SDK lies; paths of its manifests begin with it. */
export const MODDABLE = '$(MODDABLE)';

/** Variables that the SDK's own manifests define in `build`. */
export const SDK_VARIABLES: Readonly<Record<string, string>> = {
  BUILD: `${MODDABLE}/build`,
  MODULES: `${MODDABLE}/modules`,
  TYPINGS: `${MODDABLE}/typings`,
  IO: `${MODDABLE}/modules/io`,
};

const NET = ['net', 'sntp', 'socket'];
const ESP32_NET = [...NET, 'setup/network', 'embedded:network/interface/wifi'];
const LIN_NET = [...NET, 'wifi'];
const SOCKETS = ['embedded:io/socket/listener', 'embedded:io/socket/tcp', 'embedded:io/socket/udp'];
const ESP32_PINS = ['analog', 'digital', 'digitalbank', 'i2c', 'pulsecount', 'pulsewidth', 'pwm', 'serial', 'smbus', 'spi'];
const ESP32_IO = [...ESP32_NET, ...SOCKETS, 'system', 'embedded:provider/builtin', ...ESP32_PINS.map((name) => `embedded:io/${name}`)];
const LIN_IO = [...LIN_NET, ...SOCKETS, 'system', 'embedded:io/serial'];
const DNS = ['dns', 'dns/parser', 'dns/serializer', 'embedded:network/dns/resolver/udp'];
const MQTT = [...DNS, 'mqttclient/config', 'embedded:network/mqtt/client'];

/** Names by manifest; a family that is missing means that mcconfig refuses the manifest there. */
const NAMES: Readonly<Record<string, Partial<Record<Family, readonly string[]>>>> = {
  'examples/manifest_base.json': {
    esp32: ['Resource', 'mc/config', 'preference', 'time', 'timer'],
    lin: ['Resource', 'mc/config', 'time', 'timer'],
  },
  'examples/manifest_typings.json': { esp32: [], lin: [] },
  'examples/manifest_net.json': { esp32: ESP32_NET, lin: LIN_NET },
  'examples/io/udp/dns/manifest_dns.json': { esp32: [...ESP32_IO, ...DNS], lin: [...LIN_IO, ...DNS] },
  'examples/io/tcp/mqttclient/manifest_mqttclient.json': { esp32: [...ESP32_IO, ...MQTT], lin: [...LIN_IO, ...MQTT] },
  'modules/base/instrumentation/manifest.json': { esp32: ['instrumentation'], lin: ['instrumentation'] },
  'modules/io/manifest.json': { esp32: ESP32_IO, lin: LIN_IO },
  'modules/io/storage/manifest.json': { esp32: ['embedded:storage/key-value'], lin: [] },
  'modules/io/flash/manifest.json': { esp32: ['embedded:storage/flash'], lin: [] },
  'modules/io/wifi/manifest.json': { esp32: ['embedded:network/interface/wifi'] },
  'modules/network/sntp/manifest.json': { esp32: ESP32_NET, lin: LIN_NET },
};

/** 'unknown': the SDK may have this manifest, this table does not. 'refused': it ends mcconfig on this platform. */
export function sdkNames(manifest: string, family: Family | undefined): readonly string[] | 'unknown' | 'refused' {
  const names = NAMES[manifest.slice(MODDABLE.length + 1)];
  if (names === undefined || family === undefined) return 'unknown';
  return names[family] ?? 'refused';
}

/** The declaration file of a module of the SDK, relative to its folder of typings (examples/manifest_typings.json). */
export function declarationPath(name: string): string {
  const path = /^embedded:(io|network|provider)\//.test(name) ? name.replace(':', '_') : name.replace(':', '/');
  return `${path}.d.ts`;
}
