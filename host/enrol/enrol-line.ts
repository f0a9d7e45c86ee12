import type { Duplex } from 'node:stream';
import { ByteReader } from '../../src/wire/byte-reader.js';
import {
  CRC_BYTES,
  DIRECTION_DOWN,
  DIRECTION_UP,
  HEAD_BYTES,
  KIND_ENROL,
  KIND_ENROLLED,
  SERIAL_BYTES_MAX,
} from '../../src/wire/constants.js';
import { EnrolledMessage } from '../../src/wire/enrol-frames.js';
import { checkHead, FRAME_OK, frameSeed, isSealed, kindOf } from '../../src/wire/frame.js';
import { FrameBuilder } from '../../src/wire/frame-builder.js';
import { SerialFramer, serialEncode } from '../../src/wire/serial-framer.js';
import { EnrolError } from './enrol-error.js';

/** Longer than both frames take at 9600 baud over a slow bridge. */
export const REPEAT_FIRST_MS = 400;
/** The wait doubles up to here: repetitions must not fill a slower line. */
export const REPEAT_LAST_MS = 1600;
const HEARD_TEXT_BYTES_MAX = 512;

/** Asks a board on a byte stream, again and again until it answers: boot text, logs and the frames of a link may lie between. */
export class EnrolLine {
  /** Frames sent, and how many of them were repetitions. */
  sent = 0;
  repeated = 0;
  readonly #stream: Duplex;
  readonly #framer = new SerialFramer();
  readonly #builder = new FrameBuilder();
  readonly #encoded = new Uint8Array(SERIAL_BYTES_MAX);
  readonly #reader = new ByteReader();
  readonly #answer = new EnrolledMessage();
  readonly #downSeed = frameSeed(DIRECTION_DOWN, 0);
  readonly #upSeed = frameSeed(DIRECTION_UP, 0);
  /** Looks at an answer; true: it is the one. Undefined while nobody asks: the last answer is being read. */
  #isWanted: ((answer: EnrolledMessage) => boolean) | undefined;
  #settle: (error?: EnrolError) => void = () => {};
  #heardBytes = 0;
  #heardFrames = 0;
  #heardText = '';
  #closed: EnrolError | undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', this.#onData).on('error', this.#onError).on('close', this.#onClose);
  }

  /** Lets go of the stream, which stays open. */
  release(): void {
    this.#stream.off('data', this.#onData).off('error', this.#onError).off('close', this.#onClose);
  }

  /**
   * Sends the frame that `write` makes, again and again, until `isWanted` says yes to an answer with its nonce.
   * @throws EnrolError after `timeoutMs`, or when the stream ends
   */
  async ask(
    nonce: number,
    write: (builder: FrameBuilder) => void,
    isWanted: (answer: EnrolledMessage) => boolean,
    timeoutMs: number,
  ): Promise<EnrolledMessage> {
    if (this.#closed !== undefined) throw this.#closed;
    let repeat: NodeJS.Timeout | undefined;
    let deadline: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#isWanted = (answer) => answer.nonce === nonce && isWanted(answer);
        this.#settle = (error) => (error === undefined ? resolve() : reject(error));
        deadline = setTimeout(() => reject(this.#unanswered(timeoutMs)), timeoutMs);
        const repeatAfter = (waitMs: number): void => {
          repeat = setTimeout(() => {
            this.repeated++;
            this.#send(write);
            repeatAfter(Math.min(waitMs * 2, REPEAT_LAST_MS));
          }, waitMs);
        };
        this.#send(write);
        repeatAfter(REPEAT_FIRST_MS);
      });
    } finally {
      clearTimeout(repeat);
      clearTimeout(deadline);
      this.#isWanted = undefined;
    }
    return this.#answer;
  }

  #send(write: (builder: FrameBuilder) => void): void {
    this.sent++;
    this.#builder.begin(KIND_ENROL);
    write(this.#builder);
    const length = serialEncode(this.#builder.bytes, 0, this.#builder.seal(this.#downSeed), this.#encoded, 0);
    this.#stream.write(Buffer.from(this.#encoded.subarray(0, length)));
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#heardBytes += bytes.length;
    if (this.#heardText.length < HEARD_TEXT_BYTES_MAX) this.#heardText += bytes.toString('latin1', 0, HEARD_TEXT_BYTES_MAX);
    for (let used = 0; used < bytes.length; ) {
      used += this.#framer.feed(bytes, used, bytes.length - used);
      if (this.#framer.frameBytes > 0) this.#onFrame(this.#framer.frame, this.#framer.frameBytes);
    }
  };

  #onFrame(frame: Uint8Array, count: number): void {
    if (checkHead(frame, 0, count) !== FRAME_OK) return;
    this.#heardFrames++;
    if (kindOf(frame[0]!) !== KIND_ENROLLED || !isSealed(frame, 0, count, this.#upSeed)) return;
    this.#reader.begin(frame, HEAD_BYTES, count - HEAD_BYTES - CRC_BYTES);
    if (!this.#isWanted || !this.#answer.read(this.#reader) || !this.#isWanted(this.#answer)) return;
    this.#isWanted = undefined;
    this.#settle();
  }

  readonly #onError = (error: Error): void => this.#end(error.message);
  readonly #onClose = (): void => this.#end('it was closed');

  #end(why: string): void {
    this.#closed ??= new EnrolError('closed', `the line to the board has gone: ${why.replace(/^Error:?\s*/, '')}`);
    this.#settle(this.#closed);
  }

  /** What was heard says what is wrong. */
  #unanswered(timeoutMs: number): EnrolError {
    const after = `no answer in ${timeoutMs / 1000} s`;
    if (this.#heardBytes === 0)
      return new EnrolError('silent', `${after}, and not one byte: is this the board's port, has it power, does its program run?`);
    if (/waiting for download/i.test(this.#heardText))
      return new EnrolError('noise', `${after}: the board waits in its ROM loader for an image; press its reset button, or flash it first`);
    if (this.#heardFrames === 0)
      return new EnrolError(
        'noise',
        `${after}, only ${this.#heardBytes} bytes without one frame: another baud rate (PATH:BAUD), or firmware that is not Godwit's (godwit flash)`,
      );
    return new EnrolError(
      'deaf',
      `${after}, although Godwit's frames come from there (${this.#heardFrames}): its firmware takes no enrolment on this line, or the line carries only one way`,
    );
  }
}
