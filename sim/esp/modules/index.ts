/** The SDK's modules that firmware/sdk-platform.ts names, and the files that stand in for them: aliases for a bundle. */
export const SDK_STAND_INS: Readonly<Record<string, string>> = {
  'embedded:io/serial': 'sim/esp/modules/serial.ts',
  'embedded:network/interface/wifi': 'sim/esp/modules/wifi.ts',
  'embedded:storage/flash': 'sim/esp/modules/flash.ts',
  'embedded:storage/key-value': 'sim/esp/modules/key-value.ts',
  'mc/config': 'sim/esp/modules/mc-config.ts',
  'mqttclient/config': 'sim/esp/modules/mqtt-config.ts',
  instrumentation: 'sim/esp/modules/instrumentation.ts',
  system: 'sim/esp/modules/system.ts',
  time: 'sim/esp/modules/time.ts',
  timer: 'sim/esp/modules/timer.ts',
};
