import {
  CONNACK,
  CONNECT,
  concat,
  DISCONNECT,
  type Packet,
  PacketStream,
  PINGREQ,
  PINGRESP,
  PUBLISH,
  packetOf,
  prefixed,
  RETAIN,
  SUBACK,
  SUBSCRIBE,
  textOf,
} from './mqtt-packets.js';
import type { ServerEnd } from './tcp.js';

const SUBSCRIPTION_FAILED = 0x80;

class Session {
  readonly end: ServerEnd;
  readonly stream = new PacketStream();
  readonly topics = new Set<string>();
  id: string | undefined;

  constructor(end: ServerEnd) {
    this.end = end;
  }
}

/** A broker that can be as unhelpful as brokers are; one of it for all connections. */
export class MqttBroker {
  /** Return code of CONNACK; 0 accepts. */
  connackCode = 0;
  /** Takes connections and says nothing. */
  isMute = false;
  refusesSubscriptions = false;
  /** Called with every message of a board. */
  onMessage: (topic: string, payload: Uint8Array) => void = () => {};
  readonly counters = { connects: 0, subscriptions: 0, messages: 0, pings: 0, takenOver: 0, badPackets: 0 };
  readonly clientIds: string[] = [];
  readonly retained = new Map<string, Uint8Array>();
  readonly #sessions = new Set<Session>();

  /** For VirtualNetwork.listen. */
  accept(end: ServerEnd): void {
    const session = new Session(end);
    this.#sessions.add(session);
    end.onData = (bytes) => {
      session.stream.push(bytes);
      for (let packet = session.stream.next(); packet !== undefined; packet = session.stream.next()) this.#take(session, packet);
    };
    end.onClosed = () => this.#sessions.delete(session);
  }

  get connectionCount(): number {
    return this.#sessions.size;
  }

  /** To everybody who has subscribed; `label` is the topic that the message says it has. */
  publish(topic: string, payload: Uint8Array, label = topic): void {
    for (const session of this.#sessions) if (session.topics.has(topic)) this.#send(session, label, payload, 0);
  }

  /** Ends all connections in good order. */
  stop(): void {
    for (const session of [...this.#sessions]) this.#end(session);
  }

  #take(session: Session, packet: Packet): void {
    if (this.isMute || !this.#sessions.has(session)) return;
    const { type, body } = packet;
    if (type === CONNECT) this.#onConnect(session, body);
    else if (session.id === undefined) this.#refuse(session);
    else if (type === SUBSCRIBE) this.#onSubscribe(session, body);
    else if (type === PUBLISH) this.#onPublish(body);
    else if (type === PINGREQ) this.#onPing(session);
    else if (type === DISCONNECT) this.#end(session);
    else this.#refuse(session);
  }

  #onConnect(session: Session, body: Uint8Array): void {
    const id = textOf(body.slice(12, 12 + ((body[10]! << 8) | body[11]!)));
    session.end.send(packetOf(CONNACK, 0, Uint8Array.of(0, this.connackCode)));
    if (this.connackCode !== 0) {
      this.#end(session);
      return;
    }
    for (const other of [...this.#sessions]) {
      if (other.id !== id) continue;
      this.counters.takenOver++;
      this.#end(other);
    }
    session.id = id;
    this.clientIds.push(id);
    this.counters.connects++;
  }

  #onSubscribe(session: Session, body: Uint8Array): void {
    const topic = textOf(body.slice(4, 4 + ((body[2]! << 8) | body[3]!)));
    const code = this.refusesSubscriptions ? SUBSCRIPTION_FAILED : 0;
    session.end.send(packetOf(SUBACK, 0, body.slice(0, 2), Uint8Array.of(code)));
    if (this.refusesSubscriptions) return;
    this.counters.subscriptions++;
    session.topics.add(topic);
    const kept = this.retained.get(topic);
    if (kept !== undefined) this.#send(session, topic, kept, RETAIN);
  }

  #onPublish(body: Uint8Array): void {
    const topicBytes = (body[0]! << 8) | body[1]!;
    this.counters.messages++;
    this.onMessage(textOf(body.slice(2, 2 + topicBytes)), body.slice(2 + topicBytes));
  }

  #onPing(session: Session): void {
    this.counters.pings++;
    session.end.send(packetOf(PINGRESP, 0));
  }

  #send(session: Session, topic: string, payload: Uint8Array, flags: number): void {
    session.end.send(packetOf(PUBLISH, flags, concat(prefixed(topic), payload)));
  }

  #refuse(session: Session): void {
    this.counters.badPackets++;
    this.#end(session);
  }

  #end(session: Session): void {
    this.#sessions.delete(session);
    session.end.close();
  }
}
