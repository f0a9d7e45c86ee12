// The board on the SDK's Linux target: the same core and the same engine as on a chip, a serial line that is a device of Linux, MQTT
// over the machine's own network. What the board would keep in flash lasts as long as the program: the target has no such storage.
import 'system';
import 'mqttclient/config';
import Serial from 'embedded:io/serial';
import { Network } from 'godwit/firmware/network';
import type { MqttDescriptor } from 'godwit/firmware/network-io';
import type { BoardPlatform, KeyValue, NetworkPlatform, SerialDescriptor, SerialIo, SerialOptions } from 'godwit/firmware/platform';
import { SdkClockwork } from 'godwit/firmware/sdk-clockwork';
import config from 'mc/config';

/** The target's serial class (modules/io/serial/lin/serial.c): a path for pins, reads by count alone, writes of an ArrayBuffer alone. */
interface LinuxSerial {
  read(count: number): ArrayBuffer | undefined;
  write(bytes: ArrayBuffer): void;
  close(): void;
}

const LinuxSerial = Serial as unknown as new (options: Omit<SerialOptions, 'port'> & { readonly device: string }) => LinuxSerial;

/** Bytes that a write of the target takes at most. */
const FIFO_BYTES = 1024;

class DeviceSerial implements SerialIo {
  readonly #io: LinuxSerial;

  constructor(options: SerialOptions) {
    this.#io = new LinuxSerial({ ...options, device: (config as unknown as { readonly serialDevice: string }).serialDevice });
  }

  read(buffer: Uint8Array): number | undefined {
    const bytes = this.#io.read(buffer.length);
    if (bytes === undefined) return undefined;
    buffer.set(new Uint8Array(bytes));
    return bytes.byteLength;
  }

  write(bytes: Uint8Array): void {
    this.#io.write(bytes.slice().buffer);
  }

  close(): void {
    this.#io.close();
  }
}

class PassingKeyValue implements KeyValue {
  readonly #values = new Map<string, Uint8Array<ArrayBuffer>>();

  read(key: string): ArrayBuffer | undefined {
    return this.#values.get(key)?.slice().buffer;
  }

  write(key: string, value: Uint8Array): void {
    this.#values.set(key, new Uint8Array(value));
  }

  delete(key: string): void {
    this.#values.delete(key);
  }
}

class LinuxPlatform extends SdkClockwork implements BoardPlatform {
  readonly serial: SerialDescriptor = { io: DeviceSerial, fifoBytes: FIFO_BYTES };
  readonly network: NetworkPlatform;

  constructor() {
    super();
    const { network } = (globalThis as unknown as { device: { network: { mqtt: MqttDescriptor } } }).device;
    this.network = new Network({ mqtt: network.mqtt, clockwork: this });
  }

  restart(): void {
    trace('The Linux target does not restart by itself.\n');
  }

  keyValue(): KeyValue {
    return new PassingKeyValue();
  }
}

export function sdkPlatform(): BoardPlatform {
  return new LinuxPlatform();
}
