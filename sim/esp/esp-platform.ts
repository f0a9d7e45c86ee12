import type {
  BoardPlatform,
  Flash,
  KeyValue,
  NetworkPlatform,
  SerialDescriptor,
  SerialIo,
  SerialOptions,
} from '../../firmware/platform.js';
import type { Random } from '../random.js';
import type { Chip } from './chip.js';
import type { NorFlash } from './nor-flash.js';
import type { Nvs } from './nvs.js';
import { type SerialHabits, VirtualSerial } from './serial.js';
import type { Uart } from './uart.js';

/** What outlives the firmware's program: chip, line, storage. */
export interface EspParts {
  readonly chip: Chip;
  readonly uart: Uart;
  readonly nvs: Nvs;
  readonly flash?: NorFlash;
  readonly random: Random;
  readonly habits?: SerialHabits;
  readonly network?: NetworkPlatform;
  /** The firmware asked for a restart; whoever drives the chip sees to it. */
  readonly onRestart?: () => void;
}

const goodHabits: SerialHabits = { staleCounts: false, refuses: () => false };

/** The class `embedded:io/serial` of one board. */
export function serialClass(uart: Uart, habits: SerialHabits = goodHabits): new (options: SerialOptions) => SerialIo {
  return class extends VirtualSerial {
    constructor(options: SerialOptions) {
      super(uart, habits, options);
    }
  };
}

/** A board's platform of stand-ins, one life of it. */
export class EspPlatform implements BoardPlatform {
  readonly serial: SerialDescriptor;
  readonly network?: NetworkPlatform;
  readonly #parts: EspParts;
  readonly #startMs: number;
  #wakeNumber = 0;

  constructor(parts: EspParts) {
    this.#parts = parts;
    this.#startMs = parts.chip.nowMs();
    this.serial = { io: serialClass(parts.uart, parts.habits) };
    if (parts.network !== undefined) this.network = parts.network;
  }

  nowMs(): number {
    return this.#parts.chip.nowMs() - this.#startMs;
  }

  randomU32(): number {
    return this.#parts.random.u32();
  }

  wakeAfter(delayMs: number, wake: () => void): void {
    const number = ++this.#wakeNumber;
    this.#parts.chip.post(delayMs, () => {
      if (number === this.#wakeNumber) wake();
    });
  }

  restart(): void {
    this.#parts.onRestart?.();
  }

  keyValue(domain: string): KeyValue {
    return this.#parts.nvs.open(domain);
  }

  checkpointFlash(): Flash {
    const { flash } = this.#parts;
    if (flash === undefined) throw new Error("can't find partition");
    return flash;
  }
}
