// The modelled payload's decoder written a second time, from SPEC.md alone and for reading: whole streams, plain arrays, no bounds.

const NONE = -1;

/** What a receiver holds between deltas, and how it reads one. Throws on a stream that is cut. */
export class ReferenceDecoder {
  #values: number[] = [];
  #marks: number[] = [];
  #successors: number[] = [];
  #heads: number[] = [];
  #probabilities: number[] = [];
  #right = 0;
  #matchRight = 0;
  #alike = 0;
  #stride = 4;
  #spelt = 0;
  #firstStep = 1;

  #bytes: readonly number[] = [];
  #at = 0;
  #code = 0;
  #range = 0;

  #last = -2;
  #recent = 0;
  #match = NONE;
  #matched = 0;
  #previousOld = 0;
  #shifts = false;

  restart(): void {
    this.#values = new Array<number>(2048).fill(0);
    this.#marks = new Array<number>(512).fill(0);
    this.#successors = new Array<number>(256).fill(1);
    this.#heads = new Array<number>(256).fill(NONE);
    this.#probabilities = new Array<number>(891).fill(128);
    this.#right = this.#matchRight = this.#alike = this.#spelt = 0;
    this.#stride = 4;
    this.#firstStep = 1;
  }

  /** A granule that came in a stored payload. */
  note(address: number, word: number): void {
    this.#setWord(address % 512, word);
    this.#marks[address % 512] = tag(address) * 16 + 1;
  }

  /** The granules of a modelled payload, and how many bytes it had. */
  decode(bytes: readonly number[]): { granules: Map<number, number>; length: number } {
    this.#bytes = bytes;
    this.#at = 0;
    this.#code = 0;
    for (let i = 0; i < 3; i++) this.#code = this.#code * 256 + this.#byte();
    this.#range = 2 ** 24;
    this.#recent = this.#previousOld = 0;
    this.#last = -2;
    this.#shifts = false;
    this.#lose();
    const granules = new Map<number, number>();
    let last = -1;
    for (;;) {
      const step = this.#next(last);
      if (step === 0) break;
      last += step;
      granules.set(last, this.#content(last));
    }
    if (this.#range < 2 ** 17) this.#renew();
    return { granules, length: this.#at - 2 };
  }

  #byte(): number {
    if (this.#at >= this.#bytes.length + 2) throw new Error('cut');
    return this.#bytes[this.#at++] ?? 0;
  }

  #renew(): void {
    this.#code = (this.#code % 65536) * 256 + this.#byte();
    this.#range *= 256;
  }

  #bit(context: number): number {
    const p = this.#probabilities[context]!;
    const bound = Math.floor(this.#range / 256) * p;
    const bit = this.#code < bound ? 1 : 0;
    if (bit === 1) {
      this.#range = bound;
      this.#probabilities[context] = p + Math.floor((256 - p) / 16);
    } else {
      this.#code -= bound;
      this.#range -= bound;
      this.#probabilities[context] = p - Math.floor(p / 16);
    }
    if (this.#range < 65536) this.#renew();
    return bit;
  }

  #direct(n: number): number {
    this.#range = Math.floor(this.#range / 2 ** n);
    const v = Math.min(2 ** n - 1, Math.floor(this.#code / this.#range));
    this.#code -= this.#range * v;
    if (this.#range < 65536) this.#renew();
    return v;
  }

  #tree(base: number, n: number): number {
    let node = 1;
    for (let i = 0; i < n; i++) node = node * 2 + this.#bit(base + node);
    return node - 2 ** n;
  }

  #next(last: number): number {
    const guess = last < 0 ? this.#firstStep : this.#successors[last % 256]!;
    const guessed = this.#bit(Math.min(guess, 2) * 4 + this.#right);
    this.#right = (this.#right * 2 + guessed) % 4;
    if (guessed === 1) return guess;
    if (guess > 0) {
      const second = this.#successors[(last + guess) % 256]!;
      const skip = second === 0 ? 0 : guess + second;
      if (this.#bit(890) === 1) return skip;
    }
    const size = this.#tree(12, 5);
    let step = Math.min(size, 1);
    for (let left = size - 1; left > 0; left -= 8) step = step * 2 ** Math.min(left, 8) + this.#direct(Math.min(left, 8));
    if (last < 0) this.#firstStep = step;
    else this.#successors[last % 256] = step > 65535 ? 1 : step;
    return step;
  }

  #content(address: number): number {
    const slot = address % 512;
    const position = slot * 4;
    const hot = Math.floor(this.#marks[slot]! / 16) === tag(address);
    const old = this.#wordAt(position);
    let word = NONE;
    if (address === this.#last + 1) this.#findMatch(position);
    else this.#lose();
    this.#last = address;
    if (hot && this.#shifts) {
      if (this.#bit(44) === 1) word = this.#previousOld;
      this.#lose();
    } else if (this.#match !== NONE && !(hot && this.#match === position)) {
      const context = hot ? 45 : 49 + 4 * Math.min(3, Math.floor(this.#matched / 4));
      const bit = this.#bit(context + this.#matchRight);
      this.#matchRight = (this.#matchRight * 2 + bit) % 4;
      if (bit === 1) {
        word = this.#wordAt(this.#match);
        this.#matched += 4;
        this.#match = (this.#match + 4) % 2048;
      }
    }
    if (!hot) this.#marks[slot] = tag(address) * 16 + 1;
    if (word === NONE) {
      if (hot) word = this.#change(old, slot, slot);
      else {
        this.#alike = this.#bit(887 + this.#alike);
        if (this.#alike === 1) {
          if (this.#bit(889) === 0) this.#stride = 2 + this.#direct(3);
          const like = (slot - this.#stride + 512) % 512;
          word = this.#change(this.#wordAt(like * 4), slot, like);
        } else word = this.#cold(position);
      }
    }
    if (hot) this.#shifts = word === this.#previousOld;
    this.#previousOld = old;
    this.#setWord(slot, word);
    this.#recent = Math.floor(word / 256);
    return word;
  }

  #findMatch(position: number): void {
    const hash = Math.imul(this.#recent, 0x9e3779b1) >>> 24;
    const head = this.#heads[hash]!;
    if (this.#match === NONE && head !== NONE) {
      const newest = Math.floor(this.#recent / 65536);
      const second = Math.floor(this.#recent / 256) % 256;
      if (this.#value(head - 1) === newest && this.#value(head - 2) === second) this.#match = head;
    }
    this.#heads[hash] = position;
  }

  /** The expected mask is that of slot `model`; the new one goes to `slot`. */
  #change(old: number, slot: number, model: number): number {
    this.#lose();
    const last = this.#marks[model]! % 16;
    let mask = last;
    if (this.#bit(67 + last) === 0) mask = this.#tree(83, 4);
    this.#marks[slot] = this.#marks[slot]! - (this.#marks[slot]! % 16) + mask;
    const bytes = [0, 8, 16, 24].map((shift) => (old >>> shift) & 255);
    const isSet = (index: number): boolean => Math.floor(mask / 2 ** index) % 2 === 1;
    for (let index = 3; index >= 0; index--) {
      if (!isSet(index)) continue;
      if (isSet(index + 1)) bytes[index] = this.#direct(8);
      else {
        const f = this.#direct([1, 3, 5, 8][this.#tree(99, 2)]!);
        const d = f % 2 === 0 ? f / 2 + 1 : -(f + 1) / 2;
        bytes[index] = (bytes[index]! + d + 256) % 256;
      }
    }
    return join(bytes);
  }

  #cold(position: number): number {
    this.#spelt = this.#bit(65 + this.#spelt);
    if (this.#spelt === 0) {
      this.#lose();
      return join([this.#direct(8), this.#direct(8), this.#direct(8), this.#tree(631, 8)]);
    }
    const bytes = [0, 1, 2, 3].map((index) => this.#spell(position + index, index > 0));
    return join(bytes);
  }

  #spell(at: number, finds: boolean): number {
    if (finds) this.#findMatch(at);
    let byte = NONE;
    if (this.#match !== NONE) {
      if (this.#bit(103 + Math.min(15, this.#matched)) === 1) {
        byte = this.#value(this.#match);
        this.#matched++;
        this.#match = (this.#match + 1) % 2048;
      } else this.#lose();
    }
    if (byte === NONE) {
      const before = this.#value(at - 2);
      const high = this.#tree(119 + before - (before % 16), 4);
      byte = high * 16 + this.#tree(375 + 16 * high, 4);
    }
    this.#values[at] = byte;
    this.#recent = Math.floor(this.#recent / 256) + 65536 * byte;
    return byte;
  }

  #lose(): void {
    this.#match = NONE;
    this.#matched = 0;
  }

  #value(position: number): number {
    return this.#values[(position + 2048) % 2048]!;
  }

  #wordAt(position: number): number {
    return join([0, 1, 2, 3].map((index) => this.#value(position + index)));
  }

  #setWord(slot: number, word: number): void {
    for (let i = 0; i < 4; i++) this.#values[slot * 4 + i] = (word >>> (8 * i)) & 255;
  }
}

function tag(address: number): number {
  return 1 + (Math.floor(address / 512) % 15);
}

/** Four bytes, the lowest first, as an unsigned word. */
function join(bytes: readonly number[]): number {
  return bytes.reduceRight((word, byte) => word * 256 + byte, 0);
}
