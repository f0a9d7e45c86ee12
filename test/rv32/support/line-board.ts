// A board in QEMU for programs that print lines and read bytes. Power off is SIGKILL; the flash file stays.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { EMULATOR } from '../../../sim/rv32/build.js';
import type { Rv32Image } from '../../../sim/rv32/image.js';

const LOOK_EVERY_MS = 10;

export class LineBoard {
  readonly #child: ChildProcess;
  readonly #outPath: string;
  readonly #ended: Promise<unknown>;
  #hasEnded = false;

  /** What it prints goes to a file beside the flash, because QEMU drops what a slow reader of a pipe leaves. */
  constructor(image: Rv32Image, flashPath: string) {
    this.#outPath = `${flashPath}.line`;
    const out = openSync(this.#outPath, 'w');
    const parameters = [
      ...['-M', 'virt', '-m', `${image.ramBytes >> 20}M`, '-bios', 'none', '-no-user-config', '-nodefaults', '-display', 'none'],
      ...['-monitor', 'none', '-serial', 'stdio', '-drive', `if=pflash,unit=1,format=raw,file=${flashPath}`],
      ...['-device', `loader,file=${image.path}`],
    ];
    // The kernel ends it with us, however we end.
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', EMULATOR, ...parameters], { stdio: ['pipe', out, 'inherit'] });
    closeSync(out);
    this.#ended = once(this.#child, 'close').then(() => {
      this.#hasEnded = true;
    });
  }

  /** Whole lines so far. */
  get lines(): string[] {
    const lines = readFileSync(this.#outPath, 'latin1').replaceAll('\0', '').replaceAll('\r', '').split('\n');
    return lines.slice(0, -1);
  }

  /**
   * The first line from `from` on that fits.
   * @throws Error with the last lines if the board ends without it, or faults (unless that is the line)
   */
  async line(pattern: RegExp, from = 0): Promise<string> {
    for (;;) {
      const isOver = this.#hasEnded;
      const lines = this.lines.slice(from);
      const index = lines.findIndex((line) => pattern.test(line) || line.startsWith('godwit fault'));
      if (index >= 0 && pattern.test(lines[index]!)) return lines[index]!;
      if (index >= 0 || isOver) throw new Error(`no ${pattern}: ${(index < 0 ? lines : lines.slice(0, index + 1)).slice(-5).join('\n')}`);
      await delay(LOOK_EVERY_MS);
    }
  }

  send(text: string): void {
    (this.#child.stdin as Writable).write(text);
  }

  async powerOff(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
