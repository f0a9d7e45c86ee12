import { MqttTransport } from './mqtt-transport.js';
import type { Clockwork, MqttDescriptor, WifiDescriptor } from './network-io.js';
import type { BoardSettings, NetworkPlatform } from './platform.js';
import type { FrameTransport } from './transport.js';
import { WifiSupervisor } from './wifi-supervisor.js';
import { WifiTransport } from './wifi-transport.js';

export interface NetworkOptions {
  readonly mqtt: MqttDescriptor;
  /** Absent: the machine is in its network without our doing, as Moddable's Linux target is. */
  readonly wifi?: WifiDescriptor;
  readonly clockwork: Clockwork;
}

/** The way to the host over Wi-Fi and MQTT, or MQTT alone. */
export class Network implements NetworkPlatform {
  readonly #options: NetworkOptions;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  createTransport(settings: BoardSettings, bootNonce: number): FrameTransport {
    const { mqtt, wifi, clockwork } = this.#options;
    const { brokerHost: host, brokerPort: port, user, password, linkName } = settings;
    if (host === '') throw new RangeError('settings: a link over MQTT needs brokerHost');
    const transport = new MqttTransport({
      mqtt,
      clockwork,
      bootNonce,
      host,
      port,
      linkName,
      ...(user === '' ? {} : { user }),
      ...(password === '' ? {} : { password }),
    });
    if (wifi === undefined) return transport;
    if (settings.ssid === '') throw new RangeError('settings: a link over Wi-Fi needs ssid');
    const supervisor = new WifiSupervisor({ wifi, clockwork, ssid: settings.ssid, password: settings.wifiPassword });
    return new WifiTransport(supervisor, transport, clockwork);
  }
}
