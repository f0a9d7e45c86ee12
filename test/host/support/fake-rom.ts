import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { inflateSync } from 'node:zlib';
import { getStubJsonByChipName } from 'esptool-js';
import { someBytes } from './esp-build.js';

// The loader protocol of Espressif's "Serial Protocol": requests 00 op size16 checksum32 body, answers 01 op size16 value32 body status.

const SECTOR_BYTES = 4096;
const SPI_USER_COMMAND = 1 << 18;
const READ_FLASH_ID = 0x9f;
const CHECKSUM_ERROR = 7;
const ROM_SYNC_VALUE = 0x20120707;

interface FakeChip {
  readonly stub: string;
  readonly chipId: number;
  /** 0x40001000, which tells the older chips apart. */
  readonly magic: number;
  readonly spiBase: number;
  readonly spiCommand2Offset: number;
  readonly spiDataOffset: number;
}

export const FAKE_CHIPS = {
  esp32: { stub: 'ESP32', chipId: 0, magic: 0x00f01d83, spiBase: 0x3ff42000, spiCommand2Offset: 0x24, spiDataOffset: 0x80 },
  esp32c3: { stub: 'ESP32-C3', chipId: 5, magic: 0x6921506f, spiBase: 0x60002000, spiCommand2Offset: 0x20, spiDataOffset: 0x58 },
} satisfies Record<string, FakeChip>;

export interface FakeFaults {
  /** Prints its program's log and answers nothing. */
  readonly runsProgram?: boolean;
  /** So many greetings get no answer. */
  readonly deafGreetings?: number;
  /** So many blocks are answered with a checksum error. */
  readonly refusedBlocks?: number;
  /** One bit of what is written turns. */
  readonly badFlash?: boolean;
  /** From this block on it says nothing. */
  readonly silentFromBlock?: number;
  /** The flash does not answer the chip. */
  readonly noFlash?: boolean;
}

/** A chip in download mode at the far end of a line: its ROM, and the stub once it was uploaded whole. What it holds is judged by bytes. */
export class FakeRom {
  readonly flash: Buffer;
  readonly before: Buffer;
  readonly requests: string[] = [];
  readonly wrong: string[] = [];
  stubRuns = false;
  baud = 115_200;
  onBlock: (block: number) => void = () => {};
  readonly #chip: FakeChip;
  readonly #faults: FakeFaults;
  readonly #stream: Duplex;
  readonly #registers = new Map<number, number>();
  readonly #ram = new Map<number, Buffer>();
  #ramAddress = 0;
  #packet: number[] = [];
  #escaped = false;
  #deaf: number;
  #refuse: number;
  #blocks = 0;
  #job = { address: 0, sizeBytes: 0, blocks: 0, received: [] as Buffer[] };

  constructor(stream: Duplex, chip: keyof typeof FAKE_CHIPS, flashBytes: number, faults: FakeFaults = {}) {
    this.#stream = stream;
    this.#chip = FAKE_CHIPS[chip];
    this.#faults = faults;
    this.#deaf = faults.deafGreetings ?? 0;
    this.#refuse = faults.refusedBlocks ?? 0;
    this.before = someBytes(flashBytes, 99);
    this.flash = Buffer.from(this.before);
    stream.on('data', (bytes: Buffer) => this.#take(bytes));
    stream.on('error', () => {});
    const text = faults.runsProgram
      ? 'I (312) main: hello\r\n'
      : 'rst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT)\r\nwaiting for download\r\n';
    stream.write(text);
  }

  #take(bytes: Buffer): void {
    for (const byte of bytes) {
      if (byte === 0xc0) {
        const packet = Buffer.from(this.#packet);
        this.#packet = [];
        if (packet.length >= 8) this.#request(packet);
      } else if (byte === 0xdb) this.#escaped = true;
      else {
        this.#packet.push(this.#escaped ? (byte === 0xdc ? 0xc0 : 0xdb) : byte);
        this.#escaped = false;
      }
    }
  }

  #request(packet: Buffer): void {
    const body = packet.subarray(8);
    if (packet[0] !== 0 || packet.readUInt16LE(2) !== body.length) this.wrong.push('the size of a request does not fit');
    if (this.#faults.runsProgram) {
      this.#stream.write('I (999) main: still here\r\n');
      return;
    }
    const words = Array.from({ length: body.length >> 2 }, (_, index) => body.readUInt32LE(index * 4));
    const checksum = packet.readUInt32LE(4);
    const op = packet[1]!;
    switch (op) {
      case 0x08:
        this.#sync(body);
        break;
      case 0x0a:
        this.#answer(op, 'READ_REG', { value: this.#register(words[0]!) });
        break;
      case 0x09:
        this.#setRegister(words[0]!, words[1]!);
        this.#answer(op, 'WRITE_REG');
        break;
      case 0x14:
        this.#securityInfo(op);
        break;
      case 0x05:
        this.#ramAddress = words[3]!;
        this.#ram.set(words[3]!, Buffer.alloc(0));
        this.#answer(op, 'MEM_BEGIN');
        break;
      case 0x07:
        this.#memoryData(op, body, checksum);
        break;
      case 0x06:
        this.#answer(op, 'MEM_END');
        void this.#startStub(words[1]!);
        break;
      case 0x0f:
        this.#answer(op, 'CHANGE_BAUDRATE');
        this.baud = words[0]!;
        break;
      case 0x10:
        this.#deflateBegin(op, words);
        break;
      case 0x11:
        this.#deflateData(op, body, words[1]!, checksum);
        break;
      case 0x12:
        this.#answer(op, 'DEFLATE_END');
        break;
      case 0x13:
        this.#md5(op, words[0]!, words[1]!);
        break;
      case 0xd2:
        this.#readFlash(op, words[0]!, words[1]!, words[2]!);
        break;
      case 0xd1:
        this.#erase(op, words[0]!, words[1]!);
        break;
      default:
        this.wrong.push(`an unknown request ${op.toString(16)}`);
        this.#invalid();
        break;
    }
  }

  #memoryData(op: number, body: Buffer, checksum: number): void {
    const fits = this.#fits(body, checksum);
    if (fits) this.#ram.set(this.#ramAddress, Buffer.concat([this.#ram.get(this.#ramAddress)!, body.subarray(16)]));
    this.#answer(op, 'MEM_DATA', { error: fits ? 0 : CHECKSUM_ERROR });
  }

  #erase(op: number, address: number, sizeBytes: number): void {
    if (!this.stubRuns) this.wrong.push('the ROM cannot erase a region');
    this.flash.fill(0xff, address, address + sizeBytes);
    this.#answer(op, 'ERASE_REGION');
  }

  #sync(body: Buffer): void {
    if (body.toString('hex') !== `07071220${'55'.repeat(32)}`) this.wrong.push('a greeting that is none');
    if (this.#deaf-- > 0) return;
    // The ROM answers eight times, the stub once, with 0.
    for (let times = 0; times < (this.stubRuns ? 1 : 8); times++) this.#answer(0x08, 'SYNC', { value: this.stubRuns ? 0 : ROM_SYNC_VALUE });
  }

  #register(address: number): number {
    const { spiBase, spiDataOffset, spiCommand2Offset } = this.#chip;
    if (address === 0x40001000) return this.#chip.magic;
    const command = this.#registers.get(spiBase + spiCommand2Offset) ?? 0;
    if (address === spiBase + spiDataOffset && (command & 0xff) === READ_FLASH_ID)
      // Manufacturer, kind, and the size as a power of two.
      return this.#faults.noFlash ? 0xffffff : (Math.log2(this.flash.length) << 16) | 0x40_ef;
    return this.#registers.get(address) ?? 0;
  }

  #setRegister(address: number, value: number): void {
    // The command bit clears when the flash has answered.
    this.#registers.set(address, address === this.#chip.spiBase ? value & ~SPI_USER_COMMAND : value);
  }

  #securityInfo(op: number): void {
    // The ESP32's ROM knows no such request.
    if (this.#chip.chipId === 0) this.#invalid();
    else {
      const info = Buffer.alloc(20);
      info.writeUInt32LE(this.#chip.chipId, 12);
      this.#answer(op, 'GET_SECURITY_INFO', { data: info });
    }
  }

  async #startStub(entry: number): Promise<void> {
    const stub = (await getStubJsonByChipName(this.#chip.stub))!;
    const text = this.#ram.get(stub.text_start);
    const data = this.#ram.get(stub.data_start);
    const whole = text?.equals(stub.decodedText) && data?.equals(stub.decodedData) && entry === stub.entry;
    if (!whole) {
      this.wrong.push('the stub did not come whole');
      return;
    }
    this.stubRuns = true;
    this.#send(Buffer.from('OHAI'));
  }

  #deflateBegin(op: number, words: number[]): void {
    const [sizeBytes, blocks, , address] = words as [number, number, number, number];
    this.#job = { address, sizeBytes, blocks, received: [] };
    this.flash.fill(0xff, address, Math.ceil((address + sizeBytes) / SECTOR_BYTES) * SECTOR_BYTES);
    this.#answer(op, 'DEFLATE_BEGIN');
  }

  #deflateData(op: number, body: Buffer, sequence: number, checksum: number): void {
    this.onBlock(this.#blocks);
    if (this.#blocks >= (this.#faults.silentFromBlock ?? Number.POSITIVE_INFINITY)) return;
    const fits = this.#fits(body, checksum);
    if (!fits) this.wrong.push('a checksum that does not fit');
    if (!fits || this.#refuse-- > 0) {
      this.#answer(op, 'DEFLATE_DATA', { error: CHECKSUM_ERROR });
      return;
    }
    const job = this.#job;
    if (sequence !== job.received.length) this.wrong.push(`block ${sequence} instead of ${job.received.length}`);
    job.received.push(Buffer.from(body.subarray(16)));
    this.#blocks++;
    if (job.received.length === job.blocks) this.#program();
    this.#answer(op, 'DEFLATE_DATA');
  }

  #program(): void {
    const { address, sizeBytes, received } = this.#job;
    const bytes = inflateSync(Buffer.concat(received));
    if (bytes.length !== sizeBytes) this.wrong.push(`${bytes.length} bytes instead of ${sizeBytes}`);
    bytes.copy(this.flash, address);
    if (this.#faults.badFlash) this.flash[address + 77]! ^= 0x10;
  }

  #md5(op: number, address: number, sizeBytes: number): void {
    const digest = createHash('md5')
      .update(this.flash.subarray(address, address + sizeBytes))
      .digest();
    this.#answer(op, 'MD5', { data: this.stubRuns ? digest : Buffer.from(digest.toString('hex')) });
  }

  /** Blocks one after the other; who reads confirms them with packets that are no requests. */
  #readFlash(op: number, address: number, sizeBytes: number, blockBytes: number): void {
    const bytes = this.flash.subarray(address, address + sizeBytes);
    this.#answer(op, 'READ_FLASH');
    for (let at = 0; at < sizeBytes; at += blockBytes) this.#send(bytes.subarray(at, at + blockBytes));
    this.#send(createHash('md5').update(bytes).digest());
  }

  #fits(body: Buffer, checksum: number): boolean {
    const data = body.subarray(16);
    return body.readUInt32LE(0) === data.length && data.reduce((sum, byte) => sum ^ byte, 0xef) === checksum;
  }

  #answer(op: number, name: string, { value = 0, data = Buffer.alloc(0), error = 0 } = {}): void {
    this.requests.push(name);
    // The ROM of the ESP32 family has four bytes of status, the stub two.
    const status = Buffer.alloc(this.stubRuns ? 2 : 4);
    if (error !== 0) status.set([1, error]);
    const head = Buffer.from([1, op, 0, 0, 0, 0, 0, 0]);
    head.writeUInt16LE(data.length + status.length, 2);
    head.writeUInt32LE(value >>> 0, 4);
    this.#send(Buffer.concat([head, data, status]));
  }

  #invalid(): void {
    for (let times = 0; times < 8; times++) this.#send(Buffer.from([1, 0, 2, 0, 0, 0, 0, 0, 1, 5]));
  }

  #send(packet: Buffer): void {
    const escaped = [...packet].flatMap((byte) => (byte === 0xc0 ? [0xdb, 0xdc] : byte === 0xdb ? [0xdb, 0xdd] : [byte]));
    this.#stream.write(Buffer.from([0xc0, ...escaped, 0xc0]));
  }
}
