// A board in QEMU whose UART is this process's pipe: for programs that print lines. Power off is SIGKILL; the flash file stays.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { EMULATOR } from '../../../sim/rv32/build.js';
import type { Rv32Image } from '../../../sim/rv32/image.js';

export class LineBoard {
  readonly lines: string[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;
  #hasEnded = false;
  #told: () => void = () => {};

  constructor(image: Rv32Image, flashPath: string) {
    this.#child = spawn(EMULATOR, [
      ...['-M', 'virt', '-m', `${image.ramBytes >> 20}M`, '-bios', 'none', '-no-user-config', '-nodefaults', '-display', 'none'],
      ...['-monitor', 'none', '-serial', 'stdio', '-drive', `if=pflash,unit=1,format=raw,file=${flashPath}`],
      ...['-device', `loader,file=${image.path}`],
    ]);
    this.#ended = once(this.#child, 'close').then(() => {
      this.#hasEnded = true;
      this.#told();
    });
    createInterface(this.#child.stdout).on('line', (line) => {
      this.lines.push(line.replaceAll('\0', ''));
      this.#told();
    });
  }

  /**
   * The first line from `from` on that fits.
   * @throws Error with the last lines if the board ends without it, or faults (unless that is the line)
   */
  async line(pattern: RegExp, from = 0): Promise<string> {
    for (let index = from; ; index++) {
      while (index >= this.lines.length) await this.#more(pattern);
      const line = this.lines[index]!;
      if (pattern.test(line)) return line;
      if (line.startsWith('godwit fault')) throw new Error(`${line} instead of ${pattern}`);
    }
  }

  async #more(pattern: RegExp): Promise<void> {
    if (this.#hasEnded) throw new Error(`the board ended without ${pattern}: ${this.lines.slice(-5).join('\n')}`);
    await new Promise<void>((resolve) => {
      this.#told = resolve;
    });
  }

  send(text: string): void {
    this.#child.stdin.write(text);
  }

  async powerOff(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
