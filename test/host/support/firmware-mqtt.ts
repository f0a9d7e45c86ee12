import { connect, type Socket } from 'node:net';
import { MqttTransport } from '../../../firmware/mqtt-transport.js';
import type { Plug } from '../../../host/demo/plug.js';
import { RealClock } from '../../../sim/clock.js';
import { MqttClient } from '../../../sim/esp/mqtt-client.js';
import type { Port, PortListener } from '../../../sim/links/port.js';

const SEND_BUFFER_BYTES = 8192;

interface TcpOptions {
  readonly address: string;
  readonly port: number;
  onReadable(count: number): void;
  onWritable(count: number): void;
  onError(): void;
}

/** Node's TCP in the shape of `embedded:io/socket/tcp`. */
class NodeTcp {
  readonly #socket: Socket;
  readonly #options: TcpOptions;
  readonly #inbox: Buffer[] = [];
  #freeBytes = SEND_BUFFER_BYTES;
  #isClosed = false;

  constructor(options: TcpOptions) {
    this.#options = options;
    this.#socket = connect({ host: options.address, port: options.port, noDelay: true });
    this.#socket.on('connect', () => options.onWritable(this.#freeBytes));
    this.#socket.on('data', (bytes) => {
      this.#inbox.push(bytes);
      options.onReadable(bytes.length);
    });
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      if (!this.#isClosed) options.onError();
    });
  }

  read(): Uint8Array | undefined {
    return this.#inbox.shift();
  }

  write(bytes: Uint8Array): number {
    if (bytes.length > this.#freeBytes) throw new Error('would block');
    this.#freeBytes -= bytes.length;
    this.#socket.write(bytes, () => {
      this.#freeBytes += bytes.length;
      if (!this.#isClosed) this.#options.onWritable(this.#freeBytes);
    });
    return this.#freeBytes;
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }
}

class NodeResolver {
  resolve(request: { host: string; onResolved(host: string, address: string): void }): void {
    setImmediate(() => request.onResolved(request.host, request.host));
  }

  close(): void {}
}

/** A transport of the firmware as a port, with a timer for what it has to do by itself. */
class TransportPort implements Port, PortListener {
  listener: PortListener | undefined = undefined;
  readonly #transport: MqttTransport;
  readonly #clock: RealClock;
  #timer: NodeJS.Timeout | undefined;

  constructor(transport: MqttTransport, clock: RealClock) {
    this.#transport = transport;
    this.#clock = clock;
    transport.user = this;
    transport.open(clock.nowMs());
    this.#go();
  }

  get isOpen(): boolean {
    return this.#transport.isOpen;
  }

  ready(): boolean {
    return this.#transport.ready();
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    this.#transport.send(bytes, at, count);
  }

  close(): void {
    this.listener = undefined;
    this.#transport.close();
    clearTimeout(this.#timer);
  }

  opened(): void {
    this.listener?.opened();
    this.#go();
  }

  closed(): void {
    this.listener?.closed();
    this.#go();
  }

  frame(bytes: Uint8Array, at: number, count: number): void {
    this.listener?.frame(bytes, at, count);
    this.#go();
  }

  drained(): void {
    this.listener?.drained();
    this.#go();
  }

  #go(): void {
    const nowMs = this.#clock.nowMs();
    this.#transport.tick(nowMs);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#go(), Math.min(1_000, Math.max(1, this.#transport.dueMs(nowMs) - nowMs)));
  }
}

/** A board that reaches its broker with the firmware's own transport. */
export class FirmwareMqttPlug implements Plug {
  readonly link: string;
  readonly sentBytes = 0;
  transport: MqttTransport | undefined;
  readonly #clock = new RealClock();
  readonly #brokerPort: number;
  readonly #linkName: string;
  #port: TransportPort | undefined;

  constructor(brokerPort: number, linkName: string) {
    this.#brokerPort = brokerPort;
    this.#linkName = linkName;
    this.link = `mqtt:${linkName}`;
  }

  powerOn(): Port {
    const clock = this.#clock;
    const clockwork = { nowMs: () => clock.nowMs(), randomU32: () => Math.floor(Math.random() * 0x1_0000_0000) };
    this.transport = new MqttTransport({
      mqtt: { io: MqttClient as never, clock, dns: { io: NodeResolver }, socket: { io: NodeTcp } },
      clockwork,
      bootNonce: clockwork.randomU32(),
      host: '127.0.0.1',
      port: this.#brokerPort,
      linkName: this.#linkName,
    });
    this.#port = new TransportPort(this.transport, clock);
    return this.#port;
  }

  async powerOff(): Promise<void> {
    this.#port?.close();
    this.#port = undefined;
  }
}
