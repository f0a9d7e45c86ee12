import type { VirtualNetwork } from './tcp.js';

const ATTEMPTS = 5;
const ATTEMPT_MS = 1000;

interface Request {
  readonly host: string;
  onResolved(host: string, address: string): void;
  onError(host: string): void;
}

/** Stands for `embedded:network/dns/resolver/udp`: asks five times, a second apart, then says that it failed. */
export class Resolver {
  readonly #network: VirtualNetwork;
  #isClosed = false;

  constructor(options: { readonly network: VirtualNetwork }) {
    this.#network = options.network;
  }

  close(): void {
    this.#isClosed = true;
  }

  resolve(request: Request): void {
    this.#ask(request, 0);
  }

  #ask(request: Request, attempt: number): void {
    const { clock, powerCuts } = this.#network;
    clock.at(clock.nowMs() + (attempt === 0 ? this.#network.travelMs() : ATTEMPT_MS), () => {
      if (this.#isClosed || powerCuts !== this.#network.powerCuts) return;
      const address = this.#network.names.get(request.host);
      if (!this.#network.isSilent && address !== undefined) request.onResolved(request.host, address);
      else if (attempt + 1 === ATTEMPTS) request.onError(request.host);
      else this.#ask(request, attempt + 1);
    });
  }
}
