// The board as Moddable's SDK shows it on an ESP32. Beside sdk-clockwork.ts, and sdk-platform-lin.ts for the SDK's Linux target, the only
// file that names the SDK's modules.
import 'system';
import 'mqttclient/config';
import Serial from 'embedded:io/serial';
import WiFi from 'embedded:network/interface/wifi';
import FlashStorage from 'embedded:storage/flash';
import KeyValueStorage from 'embedded:storage/key-value';
import { Network } from 'godwit/firmware/network';
import type { MqttDescriptor, WifiDescriptor } from 'godwit/firmware/network-io';
import type { BoardPlatform, Flash, KeyValue, NetworkPlatform, SerialDescriptor } from 'godwit/firmware/platform';
import { SdkClockwork } from 'godwit/firmware/sdk-clockwork';
import config from 'mc/config';

/** Label of the partition for checkpoints, in partitions.csv. */
const PARTITION = 'godwit';

/** What the SDK's modules `system` and `mqttclient/config` put into globals, and the hook that it calls before an abort (SDK 8.2). */
interface Globals {
  abort?: (message: string, exception: unknown) => void;
  readonly device: { readonly network: { readonly mqtt: MqttDescriptor } };
  readonly System: { restart(): void };
}

/** Asked for when it is used: in a preloaded module `globalThis` at module level is the linker's, not the board's. */
const globals = (): Globals => globalThis as unknown as Globals;

/** Pins and port come from the manifest's `config.godwit`, which has a section for each board. */
interface Config {
  readonly godwit: { readonly serial: Omit<SerialDescriptor, 'io'> };
}

class SdkPlatform extends SdkClockwork implements BoardPlatform {
  readonly serial: SerialDescriptor;
  readonly network: NetworkPlatform;

  constructor() {
    super();
    this.serial = { io: Serial as unknown as SerialDescriptor['io'], ...(config as unknown as Config).godwit.serial };
    this.network = new Network({ mqtt: globals().device.network.mqtt, wifi: { io: WiFi } as unknown as WifiDescriptor, clockwork: this });
  }

  restart(): void {
    globals().System.restart();
  }

  keyValue(domain: string): KeyValue {
    return KeyValueStorage.open({ path: domain, format: 'buffer' }) as unknown as KeyValue;
  }

  checkpointFlash(): Flash {
    return FlashStorage.open({ path: PARTITION }) as unknown as Flash;
  }

  /** Needs `"defines": {"xs": {"abortHook": 1}}`. Not called on a stack overflow. */
  onAbort(record: (cause: string) => void): void {
    globals().abort = (message, exception) => record(exception === undefined ? message : `${message}: ${String(exception)}`);
  }
}

export function sdkPlatform(): BoardPlatform {
  return new SdkPlatform();
}
