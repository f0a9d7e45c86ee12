// The board as Moddable's SDK shows it on an ESP32. The only file that names the SDK's modules; sdk-platform-lin.ts is its like for the
// SDK's Linux target.
import 'system';
import 'mqttclient/config';
import Serial from 'embedded:io/serial';
import WiFi from 'embedded:network/interface/wifi';
import FlashStorage from 'embedded:storage/flash';
import KeyValueStorage from 'embedded:storage/key-value';
import { Network } from 'godwit/firmware/network';
import type { MqttDescriptor, WifiDescriptor } from 'godwit/firmware/network-io';
import type { BoardPlatform, Flash, KeyValue, NetworkPlatform, SerialDescriptor } from 'godwit/firmware/platform';
import { TickClock } from 'godwit/firmware/tick-clock';
import Instrumentation from 'instrumentation';
import config from 'mc/config';
import Time from 'time';
import Timer from 'timer';

/** Label of the partition for checkpoints, in partitions.csv. */
const PARTITION = 'godwit';
/** A timer that never repeats is freed when it has run; this one is set anew long before. */
const NEVER_MS = 3_600_000;
const TWO_32 = 0x100000000;

/** What the SDK's modules `system` and `mqttclient/config` put into globals, and the hook that it calls before an abort (SDK 8.2). */
interface Globals {
  abort?: (message: string, exception: unknown) => void;
  readonly device: { readonly network: { readonly mqtt: MqttDescriptor } };
  readonly System: { restart(): void };
}

const globals = globalThis as unknown as Globals;

/** Pins and port come from the manifest's `config.godwit`, which has a section for each board. */
interface Config {
  readonly godwit: { readonly serial: Omit<SerialDescriptor, 'io'> };
}

class SdkPlatform implements BoardPlatform {
  readonly serial: SerialDescriptor;
  readonly network: NetworkPlatform;
  readonly #clock = new TickClock(Time.ticks);
  #timer: Timer | undefined;
  #wake: (() => void) | undefined;

  constructor() {
    this.serial = { io: Serial as unknown as SerialDescriptor['io'], ...(config as unknown as Config).godwit.serial };
    this.network = new Network({ mqtt: globals.device.network.mqtt, wifi: { io: WiFi } as unknown as WifiDescriptor, clockwork: this });
  }

  nowMs(): number {
    return this.#clock.at(Time.ticks);
  }

  /** Of the chip's hardware, which is a true source while its radio is on (ESP-IDF, "Random Number Generation"). */
  randomU32(): number {
    return Math.floor(Math.random() * TWO_32) >>> 0;
  }

  wakeAfter(delayMs: number, wake: () => void): void {
    this.#wake = wake;
    if (this.#timer === undefined) this.#timer = Timer.set(() => this.#wake?.(), delayMs, NEVER_MS);
    else Timer.schedule(this.#timer, delayMs, NEVER_MS);
  }

  restart(): void {
    globals.System.restart();
  }

  keyValue(domain: string): KeyValue {
    return KeyValueStorage.open({ path: domain, format: 'buffer' }) as unknown as KeyValue;
  }

  checkpointFlash(): Flash {
    return FlashStorage.open({ path: PARTITION }) as unknown as Flash;
  }

  /** Needs `"defines": {"xs": {"abortHook": 1}}`. Not called on a stack overflow. */
  onAbort(record: (cause: string) => void): void {
    globals.abort = (message, exception) => record(exception === undefined ? message : `${message}: ${String(exception)}`);
  }

  ramReport(): string | undefined {
    const free = read('System Free Memory');
    if (free === undefined) return undefined;
    return `RAM: ${free} bytes free, slots ${read('XS Slot Heap Used')}, chunks ${read('XS Chunk Heap Used')}, stack ${read('XS Stack Used')}`;
  }
}

/** Undefined in builds without instrumentation. */
function read(name: Parameters<typeof Instrumentation.map>[0]): number | undefined {
  const index = Instrumentation.map(name);
  return index === undefined ? undefined : Instrumentation.get(index);
}

export function sdkPlatform(): BoardPlatform {
  return new SdkPlatform();
}
