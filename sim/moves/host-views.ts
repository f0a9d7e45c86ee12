import type { Port, PortListener, SimLink } from '../links/port.js';

/** Several hosts at the far end of one link, as clients of one broker are: each hears every frame, and any may send. */
export function hostViews(link: SimLink, count: number): readonly SimLink[] {
  if (count === 1) return [link];
  const views = Array.from({ length: count }, () => new HostView(link));
  const running = () => views.filter((view) => view.isRunning);
  for (const view of views) view.others = running;
  const tell = (what: (listener: PortListener) => void) => {
    for (const { listener } of running()) if (listener !== undefined) what(listener);
  };
  link.host.listener = {
    opened: () => tell((listener) => listener.opened()),
    closed: () => tell((listener) => listener.closed()),
    drained: () => tell((listener) => listener.drained()),
    frame: (bytes, at, size) => tell((listener) => listener.frame(bytes, at, size)),
  };
  return views;
}

class HostView implements SimLink, Port {
  listener: PortListener | undefined = undefined;
  isRunning = false;
  others: () => readonly HostView[] = () => [];
  readonly #link: SimLink;

  constructor(link: SimLink) {
    this.#link = link;
  }

  get kind() {
    return this.#link.kind;
  }

  get board(): Port {
    return this.#link.board;
  }

  get host(): Port {
    return this;
  }

  get weather() {
    return this.#link.weather;
  }

  get sentBytes() {
    return this.#link.sentBytes;
  }

  get isOpen(): boolean {
    return this.isRunning && this.#link.host.isOpen;
  }

  ready(): boolean {
    return this.isRunning && this.#link.host.ready();
  }

  send(bytes: Uint8Array, at: number, count: number): void {
    if (this.isRunning) this.#link.host.send(bytes, at, count);
  }

  hostRunning(on: boolean): void {
    if (this.isRunning === on) return;
    this.isRunning = on;
    if (!on) {
      this.listener?.closed();
      if (this.others().length === 0) this.#link.hostRunning(false);
    } else if (this.#link.host.isOpen) {
      this.listener?.opened();
    } else {
      this.#link.hostRunning(true);
    }
  }

  cut(): void {
    this.#link.cut();
  }

  mend(): void {
    this.#link.mend();
  }

  hold(untilMs: number): void {
    this.#link.hold(untilMs);
  }

  boardPowered(on: boolean): void {
    this.#link.boardPowered(on);
  }
}
