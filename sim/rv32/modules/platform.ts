import type {
  BoardPlatform,
  Flash as FlashShape,
  KeyValue,
  SerialDescriptor,
  SerialIo,
  SerialOptions,
} from '../../../firmware/platform.js';
import { host } from '../../xs/host-api.js';
import type { BoardEvents } from './events.js';
import { CHECKPOINTS, Flash } from './flash.js';
import { KeyValueStorage } from './key-value.js';
import { board } from './natives.js';
import { Serial } from './serial.js';

/** The rings of board/uart.c. */
const FIFO_BYTES = 1024;

/** The emulated board as its firmware sees it. It has no network. */
export class Rv32Platform implements BoardPlatform {
  readonly serial: SerialDescriptor;
  readonly #events: BoardEvents;

  constructor(events: BoardEvents) {
    this.#events = events;
    this.serial = {
      // The ECMA-419 class takes its options alone; which loop it hangs on is the board's own affair.
      io: class extends Serial implements SerialIo {
        constructor(options: SerialOptions) {
          super(events, options);
        }
      },
      fifoBytes: FIFO_BYTES,
    };
  }

  nowMs(): number {
    return board.nowMs();
  }

  randomU32(): number {
    return board.entropy();
  }

  wakeAfter(delayMs: number, wake: () => void): void {
    this.#events.wakeAfter(delayMs, wake);
  }

  restart(): void {
    board.restart();
  }

  keyValue(domain: string): KeyValue {
    return KeyValueStorage.open({ path: domain });
  }

  ramReport(): string {
    const { arenaFreeBytes, slots, slotBytes, chunkBytes, stackPeak } = host.counters();
    return `RAM: ${arenaFreeBytes} bytes free, slots ${slots * slotBytes}, chunks ${chunkBytes}, stack ${stackPeak * slotBytes}`;
  }

  checkpointFlash(): FlashShape {
    return Flash.open({ path: CHECKPOINTS });
  }
}
