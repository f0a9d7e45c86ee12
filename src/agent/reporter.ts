import { encodeUtf8 } from '../state/utf8.js';

// Codes of the ERROR frames that a runtime sends. SPEC.md, "Errors".
export const REPORT_TURN_THREW = 1;
export const REPORT_INPUT_SET_ASIDE = 2;
export const REPORT_TIMER_SET_ASIDE = 3;
export const REPORT_INITIALISE_FAILED = 4;
export const REPORT_FOREIGN_STATE = 5;
export const REPORT_OLD_STORE = 6;
export const REPORT_RESTARTED = 7;
export const REPORT_RAM = 8;
export const REPORT_CHECKPOINTS_OFF = 9;

const TEXT_BYTES = 128;

interface ReportSink {
  report(code: number, bytes: Uint8Array, at: number, count: number): void;
}

/** Tells the host's operator what went wrong in the agent's program. */
export class Reporter {
  readonly #sink: ReportSink;
  readonly #bytes = new Uint8Array(TEXT_BYTES);

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  turnThrew(cause: string, error: unknown): void {
    this.#send(REPORT_TURN_THREW, `${cause}: ${nameOf(error)}`);
  }

  inputSetAside(number: number): void {
    this.#send(REPORT_INPUT_SET_ASIDE, `input ${number} failed too often and is set aside`);
  }

  timerSetAside(name: string): void {
    this.#send(REPORT_TIMER_SET_ASIDE, `timer ${name} failed too often and skips this time`);
  }

  initialiseFailed(error: unknown): void {
    this.#send(REPORT_INITIALISE_FAILED, `initialise: ${nameOf(error)}`);
  }

  foreignState(): void {
    this.#send(REPORT_FOREIGN_STATE, "the state is not one of this agent's program");
  }

  oldStore(): void {
    this.#send(
      REPORT_OLD_STORE,
      'refused: the host knows less of this agent than the board; an old store? Enrol the board again to accept it',
    );
  }

  /** `fault`: why the last program died; empty if nobody knows. */
  restarted(restartsInARow: number, fault: string): void {
    const times = restartsInARow === 0 ? '' : ` ${restartsInARow} times in a row without a minute of health`;
    this.#send(REPORT_RESTARTED, `restarted${times}${fault === '' ? '' : `: ${fault}`}`);
  }

  ram(text: string): void {
    this.#send(REPORT_RAM, text);
  }

  checkpointsOff(error: unknown): void {
    this.#send(REPORT_CHECKPOINTS_OFF, nameOf(error));
  }

  #send(code: number, text: string): void {
    for (let kept = text; ; kept = kept.slice(0, -1)) {
      const count = encodeUtf8(kept, this.#bytes, 0, TEXT_BYTES);
      if (count < 0) continue;
      this.#sink.report(code, this.#bytes, 0, count);
      return;
    }
  }
}

/** Whatever was thrown, as text; it may be no Error, and its own methods may throw. */
function nameOf(error: unknown): string {
  try {
    return String(error).slice(0, TEXT_BYTES);
  } catch {
    return 'something that cannot be shown';
  }
}
