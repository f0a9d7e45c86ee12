import type { Readable, Writable } from 'node:stream';

/** Something QEMU tells unasked, such as RESET or SHUTDOWN. */
export interface QmpEvent {
  readonly event: string;
  readonly data?: { readonly [name: string]: unknown };
}

interface Reply {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

interface Waiting {
  readonly command: string;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A QEMU's machine protocol (docs/interop/qmp-spec) over two byte streams: one JSON object a line, both ways. */
export class Qmp {
  onEvent: (event: QmpEvent) => void = () => {};
  readonly #input: Writable;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #text = '';
  #ended: Error | undefined;

  constructor(input: Writable, output: Readable) {
    this.#input = input;
    input.on('error', () => {}); // the end of the output tells it
    output.setEncoding('utf8').on('data', (text: string) => this.#received(text));
    output.on('close', () => this.#end());
  }

  /** Must be called once, before anything is asked. */
  async negotiate(): Promise<void> {
    await this.execute('qmp_capabilities');
  }

  /** @throws Error with what QEMU said, or that it has ended */
  execute(command: string, parameters: { readonly [name: string]: unknown } = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      const id = this.#nextId++;
      this.#waiting.set(id, { command, resolve, reject });
      this.#input.write(`${JSON.stringify({ execute: command, arguments: parameters, id })}\n`);
    });
  }

  #received(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop()!;
    // What is no JSON is a remark of QEMU's, such as where the pty is.
    for (const line of lines) if (line.startsWith('{')) this.#told(JSON.parse(line) as Reply | QmpEvent);
  }

  #told(message: Reply | QmpEvent): void {
    if ('event' in message) {
      this.onEvent(message);
      return;
    }
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (waiting === undefined) return;
    this.#waiting.delete(message.id!);
    if (message.error === undefined) waiting.resolve(message.return);
    else waiting.reject(new Error(`QEMU refuses ${waiting.command}: ${message.error.desc}`));
  }

  #end(): void {
    this.#ended = new Error('QEMU has ended');
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
