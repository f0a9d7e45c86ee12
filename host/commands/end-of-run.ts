/** npm hands one Ctrl-C on twice; a person's second one comes later. */
const IMPATIENCE_MS = 500;
const EXIT_INTERRUPTED = 130;

/** The end that --for, Ctrl-C or a TERM signal brings, however early it comes. A second Ctrl-C does not wait for the last flush. */
export class EndOfRun {
  readonly promise: Promise<void>;
  #end = (): void => {};
  #firstMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.promise = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    process.on('SIGINT', this.#onSignal).on('SIGTERM', this.#onSignal);
  }

  /** The run ends this long from now; undefined: only by a signal. */
  after(runMs: number | undefined): void {
    if (runMs !== undefined) this.#timer = setTimeout(this.#end, runMs);
  }

  release(): void {
    clearTimeout(this.#timer);
    process.off('SIGINT', this.#onSignal).off('SIGTERM', this.#onSignal);
  }

  readonly #onSignal = (): void => {
    if (performance.now() > this.#firstMs + IMPATIENCE_MS) process.exit(EXIT_INTERRUPTED);
    this.#firstMs = Math.min(this.#firstMs, performance.now());
    this.#end();
  };
}
