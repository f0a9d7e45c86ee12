/** npm hands one Ctrl-C on twice; a person's second one comes later. */
const IMPATIENCE_MS = 500;
const EXIT_INTERRUPTED = 130;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The end that --for, Ctrl-C, a TERM signal, or a terminal that is closed brings, however early it comes. A second Ctrl-C does not wait for the last flush. */
export class EndOfRun {
  readonly promise: Promise<void>;
  #end = (): void => {};
  #firstMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.promise = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** The run ends this long from now; undefined: only by a signal. */
  after(runMs: number | undefined): void {
    if (runMs !== undefined) this.#timer = setTimeout(this.#end, runMs);
  }

  release(): void {
    clearTimeout(this.#timer);
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }

  readonly #onSignal = (): void => {
    if (performance.now() > this.#firstMs + IMPATIENCE_MS) process.exit(EXIT_INTERRUPTED);
    this.#firstMs = Math.min(this.#firstMs, performance.now());
    this.#end();
  };
}
