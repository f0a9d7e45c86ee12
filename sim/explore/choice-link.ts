import type { Damage } from '../links/damage.js';
import { DOWN, fairWeather, type Port, type PortListener, type SimLink, UP, type Weather } from '../links/port.js';
import type { Lanes } from './lanes.js';
import { inputsOf as partyOf } from './ways.js';

class End implements Port {
  listener: PortListener | undefined = undefined;
  isOpen = false;
  readonly #send: (frame: Uint8Array) => void;

  constructor(send: (frame: Uint8Array) => void) {
    this.#send = send;
  }

  ready(): boolean {
    return this.isOpen;
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    if (this.isOpen) this.#send(bytes.slice(at, at + count));
  }

  open(on: boolean): void {
    if (this.isOpen === on) return;
    this.isOpen = on;
    if (on) this.listener?.opened();
    else this.listener?.closed();
  }
}

/** A link through which each frame takes as long as the run chooses, and that loses what arrives where nobody is. */
export class ChoiceLink implements SimLink {
  readonly kind = 'mqtt';
  readonly board: End;
  readonly host: End;
  readonly weather: readonly [Weather, Weather] = [fairWeather(), fairWeather()];
  readonly sentBytes: readonly [number, number] = [0, 0];

  /** `isAway`: nothing that is sent to this party now can find it there. */
  constructor(name: string, lanes: Lanes, damage: Damage, isAway: (party: string) => boolean) {
    const carry = (lane: string, frame: Uint8Array, to: () => End) => {
      if (isAway(partyOf(lane))) return;
      lanes.post(
        lane,
        () => {
          if (to().isOpen) to().listener?.frame(frame, 0, frame.length);
        },
        Buffer.from(frame).toString('latin1'),
      );
    };
    this.board = new End((frame) => {
      damage.sent(UP, frame);
      carry(`${name} up`, frame, () => this.host);
    });
    this.host = new End((frame) => {
      damage.sent(DOWN, frame);
      carry(`${name} down`, frame, () => this.board);
    });
  }

  boardPowered(on: boolean): void {
    this.board.open(on);
  }

  hostRunning(on: boolean): void {
    this.host.open(on);
  }

  cut(): void {}
  mend(): void {}
  hold(): void {}
}
