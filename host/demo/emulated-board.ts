import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../sim/random.js';
import type { BoardSettings } from '../../src/wire/settings.js';
import { enrollBoard, queryBoard } from '../enrol/enrol-client.js';
import { SerialTransport } from '../transports/serial.js';
import { serialPort } from '../transports/serial-port.js';
import { drawId } from './demo-board.js';
import type { FleetBoard } from './fleet-board.js';

/** What the board takes its line for, and chooses its coding by; a pty is as fast as it can. */
const BAUD = 115_200;
const LOOK_EVERY_MS = 500;
const SETTLE_EVERY_MS = 20;

/** A machine of its own whose power and RAM are at hand; sim/rv32 has it. Every promise rejects with an Error that names the machine. */
export interface EmulatedMachine {
  readonly name: string;
  readonly agentName: string;
  readonly serialPath: string;
  powerOn(): Promise<void>;
  powerOff(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  readState(): Promise<MachineReading>;
}

export interface MachineReading {
  readonly state: Uint8Array;
  readonly status: {
    readonly turns: number;
    readonly deltas: number;
    readonly refills: number;
    readonly sequence: number;
    readonly acknowledgedSequence: number;
    readonly isSettled: boolean;
    readonly dirtyPages: number;
  };
}

const NOTHING: MachineReading = {
  state: new Uint8Array(0),
  status: { turns: 0, deltas: 0, refills: 0, sequence: 0, acknowledgedSequence: 0, isSettled: false, dirtyPages: 0 },
};

/** An emulated board at a serial port of the host. What it says of itself is what was last read from its RAM. */
export class EmulatedBoard implements FleetBoard {
  readonly name: string;
  readonly agentName: string;
  readonly link: string;
  readonly transport: SerialTransport;
  /** Empty until the board has said, or been told, who it is. */
  boardId = '';
  isPowered = false;
  powerLosses = 0;
  readonly #machine: EmulatedMachine;
  readonly #settings: BoardSettings;
  readonly #ownedBy: (boardId: string) => string | undefined;
  #enrolledAgentId = '';
  #earlier = { commits: 0, deltas: 0, refills: 0 };
  #reading = NOTHING;
  #isStopping = false;
  #standsStill = false;
  #looking: Promise<void> = Promise.resolve();

  /**
   * @param random decides who the board is, if it was never enrolled
   * @param ownedBy the agent that the host has granted to a board: moves change it
   */
  constructor(machine: EmulatedMachine, random: Random, ownedBy: (boardId: string) => string | undefined) {
    this.name = machine.name;
    this.agentName = machine.agentName;
    this.link = `serial:${machine.serialPath}`;
    this.transport = new SerialTransport(this.link, serialPort(machine.serialPath, BAUD));
    this.#machine = machine;
    this.#settings = settingsOf(machine.name, random);
    this.#ownedBy = ownedBy;
  }

  get agentId(): string {
    return this.#ownedBy(this.boardId) ?? this.#enrolledAgentId;
  }

  get sentBytes(): number {
    return this.transport.counters.receivedBytes;
  }

  get sequence(): number {
    return this.#reading.status.sequence;
  }

  get commits(): number {
    return this.#earlier.commits + this.#reading.status.turns;
  }

  get deltas(): number {
    return this.#earlier.deltas + this.#reading.status.deltas;
  }

  get refills(): number {
    return this.#earlier.refills + this.#reading.status.refills;
  }

  get dirtyPages(): number {
    return this.#reading.status.dirtyPages;
  }

  get state(): Uint8Array {
    return this.#reading.state;
  }

  get acknowledgedSequence(): number {
    return this.#reading.status.acknowledgedSequence;
  }

  get settled(): boolean {
    return this.#reading.status.isSettled && this.acknowledgedSequence > 0 && (this.#standsStill || !this.#isStopping);
  }

  /** Before the host opens the port. */
  async powerOn(): Promise<void> {
    await this.#machine.powerOn();
    this.isPowered = true;
    if (this.boardId === '') await this.#enrol();
    this.#looking = this.#look();
  }

  async powerLoss(): Promise<void> {
    this.powerLosses++;
    await this.end();
  }

  /** The machine is stopped at a moment at which all that it committed is acknowledged: nothing moves from then on. */
  stopAgent(): void {
    this.#isStopping = true;
  }

  async end(): Promise<void> {
    this.isPowered = false;
    this.#take(NOTHING);
    await this.#machine.powerOff();
    await this.#looking;
  }

  /** Gives a board with an empty flash its identity; one that has one keeps it. */
  async #enrol(): Promise<void> {
    const stream = await serialPort(this.#machine.serialPath, BAUD)();
    try {
      const known = await queryBoard(stream);
      const { boardId, agentId } = known.isEnrolled ? known : await enrollBoard(stream, this.#settings);
      this.boardId = boardId;
      this.#enrolledAgentId = agentId;
    } finally {
      stream.destroy();
      await once(stream, 'close');
    }
  }

  async #look(): Promise<void> {
    while (this.isPowered && !this.#standsStill) {
      // A board that is just starting cannot be read yet, and one that has lost its power never again.
      const reading = await this.#read().catch(() => NOTHING);
      if (this.isPowered) this.#take(reading);
      if (!this.#standsStill) await delay(this.#isStopping ? SETTLE_EVERY_MS : LOOK_EVERY_MS);
    }
  }

  /** Counters that fell are those of a new life: the board has started again. */
  #take(reading: MachineReading): void {
    if (reading.status.turns < this.#reading.status.turns) {
      const { commits, deltas, refills } = this;
      this.#earlier = { commits, deltas, refills };
    }
    this.#reading = reading;
  }

  async #read(): Promise<MachineReading> {
    await this.#machine.pause();
    const reading = await this.#machine.readState();
    const { isSettled, acknowledgedSequence } = reading.status;
    this.#standsStill = this.#isStopping && isSettled && acknowledgedSequence > 0;
    if (!this.#standsStill) await this.#machine.resume();
    return reading;
  }
}

function settingsOf(linkName: string, random: Random): BoardSettings {
  const ids = { boardId: drawId(random), agentId: drawId(random) };
  const network = { ssid: '', wifiPassword: '', brokerHost: '', brokerPort: 0, user: '', password: '' };
  return { ...ids, linkName, link: 'serial', baud: BAUD, ...network };
}
