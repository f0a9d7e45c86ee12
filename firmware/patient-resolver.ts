import type { Descriptor } from './network-io.js';

interface Request {
  readonly host: string;
  onResolved(host: string, address: string): void;
  onError(host: string): void;
}

interface Resolver {
  resolve(request: Request): void;
  close(): void;
}

/** What a PatientResolver is made with; `made` is told of it. */
interface Options {
  readonly resolver: Descriptor;
  made(resolver: PatientResolver): void;
}

/**
 * Stands between an MQTT client and its resolver. The SDK's client throws, out of a timer where nobody catches it, when the answer
 * comes after the client was closed; so an answer to somebody who has gone is kept back here.
 */
export class PatientResolver {
  readonly #resolver: Resolver;
  #isWanted = true;

  constructor(options: Options) {
    this.#resolver = new options.resolver.io(options.resolver);
    options.made(this);
  }

  resolve(request: Request): void {
    this.#resolver.resolve({
      host: request.host,
      onResolved: (host, address) => {
        if (this.#isWanted) request.onResolved(host, address);
      },
      onError: (host) => {
        if (this.#isWanted) request.onError(host);
      },
    });
  }

  close(): void {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    this.#resolver.close();
  }
}
