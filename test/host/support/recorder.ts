import type { FrameLink, LinkUser } from '../../../host/transports/frame-link.js';

/** A LinkUser that keeps what it is told, and can be waited on. */
export class Recorder implements LinkUser {
  readonly links: FrameLink[] = [];
  readonly frames: { readonly link: string; readonly bytes: Buffer }[] = [];
  readonly open = new Set<number>();
  #changed: (() => void)[] = [];

  opened(link: FrameLink): number {
    this.links.push(link);
    this.open.add(this.links.length - 1);
    this.#tell();
    return this.links.length - 1;
  }

  received(linkId: number, bytes: Uint8Array, at: number, count: number): void {
    this.frames.push({ link: this.links[linkId]!.name, bytes: Buffer.from(bytes.subarray(at, at + count)) });
    this.#tell();
  }

  drained(): void {
    this.#tell();
  }

  closed(linkId: number): void {
    this.open.delete(linkId);
    this.#tell();
  }

  /** Resolves as soon as `condition` holds; looks after everything that happens. */
  async until(what: string, condition: () => boolean): Promise<void> {
    await until(what, condition, (look) => this.#changed.push(look));
  }

  #tell(): void {
    for (const look of this.#changed.splice(0)) look();
  }
}

const DEADLINE_MS = 20_000;
const LOOK_EVERY_MS = 20;

/** Waits for a condition with a deadline; `onChange` may bring an earlier look. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  onChange?: (look: () => void) => void,
): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`it did not come to pass in ${DEADLINE_MS} ms: ${what}`);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS);
      onChange?.(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
