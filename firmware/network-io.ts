// What the firmware needs of Moddable's network classes, in the shape of ECMA-419. The SDK's own typings know no Wi-Fi, and not all of
// the MQTT client (its source: examples/io/tcp/mqttclient/mqttclient.js of SDK 8.2).

// biome-ignore lint/suspicious/noExplicitAny: each class knows its own options and its own methods
type IoClass = new (options: any) => any;

/** A class and what its instances are made with, as ECMA-419 hands dependencies on. */
export interface Descriptor {
  readonly io: IoClass;
  readonly [option: string]: unknown;
}

/** Types of MQTT control packets (MQTT 3.1.1, table 2.1): `operation` of write and onControl. */
export const MQTT_CONNACK = 2;
export const MQTT_SUBSCRIBE = 8;
export const MQTT_SUBACK = 9;
export const MQTT_PINGREQ = 12;

/** What arrived: the topic, the length and the QoS come with the first part of a message alone. */
export interface MqttPart {
  readonly more: boolean;
  readonly topic?: string;
  readonly byteLength?: number;
}

export interface MqttControl {
  readonly operation: number;
  readonly id?: number;
  /** Of a SUBACK: a return code for each topic. */
  readonly payload?: ArrayLike<number>;
}

export interface MqttClientOptions {
  readonly host: string;
  readonly port: number;
  readonly id: string;
  readonly clean: boolean;
  readonly keepAlive: number;
  readonly user?: string;
  readonly password?: string;
  readonly dns: Descriptor;
  readonly socket: Descriptor;
  onReadable(count: number, part: MqttPart): void;
  onWritable(count: number): void;
  onControl(message: MqttControl): void;
  onError(): void;
}

/** `embedded:network/mqtt/client`. Never sends again, never connects again, never calls onClose. */
export interface MqttClient {
  /** Fills `into`, or as much of it as there is of the current message. */
  read(into: Uint8Array): unknown;
  /** Returns how many more bytes it would take. @throws Error when it cannot take all of this */
  write(data: Uint8Array | null, options: object): number;
  close(): void;
}

/** The client, its resolver and its socket; for TLS the socket is {io: TLSSocket, TCP: {io: TCP}}. */
export interface MqttDescriptor {
  readonly io: new (options: MqttClientOptions) => MqttClient;
  readonly dns: Descriptor;
  readonly socket: Descriptor;
  readonly [option: string]: unknown;
}

/** What `connection` of a Wi-Fi driver says; 300 while it connects. */
export const WIFI_IDLE = 200;
export const WIFI_JOINED = 400;
export const WIFI_HAS_ADDRESS = 500;

/** `embedded:network/interface/wifi`. It comes back from nothing by itself, and does not see that a lease has ended. */
export interface Wifi {
  readonly connection: number;
  /** @throws Error while it connects, and when the driver refuses */
  connect(options: { SSID: string; password?: string }): void;
  disconnect(): void;
  close(): void;
}

export interface WifiDescriptor {
  readonly io: new (options: { onChanged(): void }) => Wifi;
  readonly [option: string]: unknown;
}

/** Time and chance, as the board's platform gives them. */
export interface Clockwork {
  nowMs(): number;
  /** u32 */
  randomU32(): number;
}
