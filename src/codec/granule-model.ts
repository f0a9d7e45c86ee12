import type { BitCoder } from './bit-coder.js';
import {
  BYTE_MATCH_BITS,
  COLD_MATCH_BITS,
  GAP_TREE,
  HIGH_TREES,
  HISTORY_BYTES,
  type History,
  HOT_MATCH_BITS,
  LOW_TREES,
  MASK_BITS,
  MASK_START,
  MASK_TREE,
  NEXT_BITS,
  NOWHERE,
  SAME_MASK_BITS,
  SHIFTED_BIT,
  SIZE_TREE,
  SLOT_MASK,
  SPELT_BITS,
  SUCCESSOR_COUNT,
  TOP_TREE,
  tagOf,
} from './history.js';

/** What `codeNext` returns for the end of the delta. */
export const END = -1;
/** Granule addresses of the largest state fit 22 bits, so gap + 1 fits 23. */
const GAP_CLASS_BITS = 5;
export const GAP_CLASS_MAX = 23;
const GAP_KEPT_MAX = 254;
const POSITION_MASK = HISTORY_BYTES - 1;
const HASH_FACTOR = 0x9e3779b1;
const HASH_SHIFT = 24;
const SPELL_COST_SHIFT = 6;
const SPELL_COST_RATE = 3;
/** Spelling takes three times as long: it has to save a sixth. */
const SPELL_COST_MAX = (4 << SPELL_COST_SHIFT) * (1 - 1 / 6);
const SPELL_PROBE_MASK = 7;
const { imul } = Math;

/**
 * The model of a delta: which granule is dirty next, and what it holds now. One granule is
 * - hot, if the history holds what was sent for it last: coded as which bytes changed and by how much;
 * - or else cold: coded byte by byte, each matched with what followed the same three bytes before, or spelt out.
 * Before that come two guesses at the whole word: that it is what the granule before it held (a list that shifts), and that it is
 * what followed the last three bytes before. See SPEC.md, "Modelled payload".
 */
export class GranuleModel {
  readonly #history: History;
  readonly #values: Uint8Array;
  readonly #words: Int32Array;
  readonly #marks: Uint8Array;
  readonly #successors: Uint8Array;
  readonly #heads: Uint16Array;
  readonly #coder: BitCoder;
  /** Whether the last two guesses at the next granule were right. */
  #nextRight = 0;
  /** Mean cost of spelt granules of late, in 1/64 bytes, and granules since one was tried. These guide the encoder only. */
  #spellCost = 0;
  #unspelt = 0;
  /** Whether the hot granule coded last held what the one before it had held. */
  #shifts = false;
  #matchRight = 0;
  /** Whether the last cold granule was spelt out. */
  #spelt = 0;
  /** Gap + 1 of the first granule of the last delta. */
  #firstStep = 1;
  /** The address coded last, END before the first. */
  #address = END;
  /** What the granule coded last held before. */
  #previousOld = 0;
  /** The last three bytes, the newest highest. */
  #recent = 0;
  /** Where in the history the bytes go on like here, or NOWHERE; and for how many bytes they have. */
  #match = NOWHERE;
  #matchedBytes = 0;

  constructor(history: History, coder: BitCoder) {
    this.#history = history;
    this.#values = history.values;
    this.#words = history.words;
    this.#marks = history.marks;
    this.#successors = history.successors;
    this.#heads = history.heads;
    this.#coder = coder;
  }

  /** Forgets everything, as the other end does with the same delta. */
  restart(): void {
    this.#history.restart();
    this.#nextRight = this.#matchRight = this.#spelt = 0;
    this.#firstStep = 1;
  }

  /** A new delta. */
  begin(): void {
    this.#address = END;
    this.#previousOld = this.#recent = this.#matchedBytes = 0;
    this.#match = NOWHERE;
    this.#shifts = false;
  }

  /** Codes which granule is dirty next, or END. Returns it; from a bad stream it may lie outside of any state. */
  codeNext(address: number): number {
    const successors = this.#successors;
    const last = this.#address;
    const slot = last & (SUCCESSOR_COUNT - 1);
    const guess = last === END ? this.#firstStep : successors[slot]!;
    let step = address === END ? 0 : address - last;
    const context = this.#nextRight;
    if (this.#coder.bit(NEXT_BITS + context + (guess > 1 ? 8 : guess << 2), step === guess ? 1 : 0) !== 0) {
      step = guess;
      this.#nextRight = ((context << 1) | 1) & 3;
    } else {
      step = this.#codeStep(step);
      this.#nextRight = (context << 1) & 3;
      if (last === END) this.#firstStep = step;
      else successors[slot] = step > GAP_KEPT_MAX ? 1 : step;
    }
    if (step === 0) return END;
    this.#address = last + step;
    return this.#address;
  }

  /** A step is its number of bits, then the bits below the highest. */
  #codeStep(step: number): number {
    const coder = this.#coder;
    const size = coder.tree(GAP_TREE, GAP_CLASS_BITS, 32 - Math.clz32(step));
    if (size < 2) return size;
    let coded = 1;
    let left = size - 1;
    while (left > 0) {
      const count = left > 8 ? 8 : left;
      left -= count;
      coded = (coded << count) | coder.direct(count, (step >>> left) & ((1 << count) - 1));
    }
    return coded;
  }

  /** Codes the content of the granule that `codeNext` named, as a little-endian word, and returns it. */
  codeWord(word: number): number {
    const words = this.#words;
    const marks = this.#marks;
    const address = this.#address;
    const slot = address & SLOT_MASK;
    const tag = tagOf(address);
    const hot = (marks[slot]! & ~MASK_BITS) === tag;
    const old = words[slot]!;
    const position = slot << 2;
    let coded = 0;
    let known = false;
    const hash = imul(this.#recent, HASH_FACTOR) >>> HASH_SHIFT;
    let match = this.#match;
    if (match === NOWHERE) {
      match = this.#heads[hash]!;
      if (match !== NOWHERE && !this.#goesOn(match)) match = NOWHERE;
    }
    this.#heads[hash] = position;
    if (hot) {
      if (this.#shifts) {
        coded = this.#previousOld;
        known = this.#coder.bit(SHIFTED_BIT, word === coded ? 1 : 0) !== 0;
      } else if (match !== NOWHERE && match !== position) {
        coded = this.#wordAt(match);
        known = this.#isMatched(word === coded, HOT_MATCH_BITS);
      }
      this.#match = known && !this.#shifts ? (match + 4) & POSITION_MASK : NOWHERE;
      if (!known) coded = this.#codeChange(word, old, slot);
      this.#shifts = coded === this.#previousOld;
    } else {
      this.#match = match;
      if (match !== NOWHERE) {
        coded = this.#wordAt(match);
        const length = this.#matchedBytes > 15 ? 3 : this.#matchedBytes >> 2;
        known = this.#isMatched(word === coded, COLD_MATCH_BITS + (length << 2));
        if (known) this.#match = (match + 4) & POSITION_MASK;
      }
      if (!known) coded = this.#isSpelt() ? this.#codeBytes(word, position) : this.#codePlain(word);
      marks[slot] = tag | MASK_START;
    }
    this.#previousOld = old;
    words[slot] = coded;
    this.#recent = coded >>> 8;
    return coded;
  }

  /** Whether the last two bytes lie before `position` too. */
  #goesOn(position: number): boolean {
    const values = this.#values;
    const recent = this.#recent;
    return values[(position - 1) & POSITION_MASK] === recent >>> 16 && values[(position - 2) & POSITION_MASK] === ((recent >>> 8) & 0xff);
  }

  #isMatched(guess: boolean, base: number): boolean {
    const right = this.#coder.bit(base + this.#matchRight, guess ? 1 : 0);
    this.#matchRight = ((this.#matchRight << 1) | right) & 3;
    if (right !== 0) this.#matchedBytes += 4;
    return right !== 0;
  }

  #wordAt(position: number): number {
    const values = this.#values;
    return (
      values[position]! |
      (values[(position + 1) & POSITION_MASK]! << 8) |
      (values[(position + 2) & POSITION_MASK]! << 16) |
      (values[(position + 3) & POSITION_MASK]! << 24)
    );
  }

  /**
   * Which bytes changed (as last time, or a mask), then these from the highest: below a changed byte as it is, else as the size
   * class of its signed difference and the bits of that.
   */
  #codeChange(word: number, old: number, slot: number): number {
    const coder = this.#coder;
    const marks = this.#marks;
    const mark = marks[slot]!;
    const lastMask = mark & MASK_BITS;
    const change = word ^ old;
    let mask = 0;
    if ((change & 0xff) !== 0) mask = 1;
    if ((change & 0xff00) !== 0) mask |= 2;
    if ((change & 0xff0000) !== 0) mask |= 4;
    if ((change & 0xff000000) !== 0) mask |= 8;
    if (coder.bit(SAME_MASK_BITS + lastMask, mask === lastMask ? 1 : 0) !== 0) mask = lastMask;
    else {
      mask = coder.tree(MASK_TREE, 4, mask);
      marks[slot] = (mark & ~MASK_BITS) | mask;
    }
    let coded = old;
    for (let bit = 8, shift = 24; bit !== 0; bit >>= 1, shift -= 8) {
      if ((mask & bit) === 0) continue;
      let byte = (word >>> shift) & 0xff;
      if ((mask & (bit << 1)) !== 0) byte = coder.direct(8, byte);
      else byte = this.#codeDifference(byte, (old >>> shift) & 0xff);
      coded = (coded & ~(0xff << shift)) | (byte << shift);
    }
    return coded;
  }

  /** Differences 1, -1, 2, -2 ... are 0, 1, 2, 3 ...; 128 is 254. A class says how many bits that takes. */
  #codeDifference(byte: number, old: number): number {
    const coder = this.#coder;
    const difference = ((byte - old) << 24) >> 24;
    const folded = difference > 0 ? difference * 2 - 2 : difference * -2 - 1;
    const size = coder.tree(SIZE_TREE, 2, folded < 2 ? 0 : folded < 8 ? 1 : folded < 32 ? 2 : 3);
    const bits = size === 3 ? 8 : size * 2 + 1;
    const coded = coder.direct(bits, folded & ((1 << bits) - 1));
    return (old + ((coded & 1) !== 0 ? -((coded + 1) >> 1) : (coded >> 1) + 1)) & 0xff;
  }

  /** Whether a cold granule is spelt out: the encoder chooses, by what that has brought of late. */
  #isSpelt(): boolean {
    let spell = 1;
    if (this.#spellCost >= SPELL_COST_MAX) {
      this.#unspelt = (this.#unspelt + 1) & SPELL_PROBE_MASK;
      if (this.#unspelt !== 0) spell = 0;
    }
    this.#spelt = this.#coder.bit(SPELT_BITS + this.#spelt, spell);
    return this.#spelt !== 0;
  }

  /** As it is, but for the highest byte: sign and exponent of a float. */
  #codePlain(word: number): number {
    const coder = this.#coder;
    this.#match = NOWHERE;
    this.#matchedBytes = 0;
    return (
      coder.direct(8, word & 0xff) |
      (coder.direct(8, (word >>> 8) & 0xff) << 8) |
      (coder.direct(8, (word >>> 16) & 0xff) << 16) |
      (coder.tree(TOP_TREE, 8, word >>> 24) << 24)
    );
  }

  /** Byte by byte: what followed the last three bytes before, or its high half by that of the byte two before, its low by the high. */
  #codeBytes(word: number, position: number): number {
    const coder = this.#coder;
    const values = this.#values;
    let coded = 0;
    this.#spellCost -= (this.#spellCost >> SPELL_COST_RATE) + (coder.codedBytes << (SPELL_COST_SHIFT - SPELL_COST_RATE));
    for (let at = position; at < position + 4; at++) {
      if (at !== position) this.#findByteMatch(at);
      const match = this.#match;
      const shift = (at & 3) << 3;
      let byte = (word >>> shift) & 0xff;
      if (match !== NOWHERE && this.#isByteMatched(values[match]!, byte)) byte = values[match]!;
      else {
        const high = coder.tree(HIGH_TREES + ((at & 1) << 8) + (values[(at - 2) & POSITION_MASK]! & 0xf0), 4, byte >> 4);
        byte = (high << 4) | coder.tree(LOW_TREES + (high << 4), 4, byte & 15);
      }
      values[at] = byte;
      this.#recent = (this.#recent >>> 8) | (byte << 16);
      coded |= byte << shift;
    }
    this.#spellCost += coder.codedBytes << (SPELL_COST_SHIFT - SPELL_COST_RATE);
    return coded;
  }

  #findByteMatch(position: number): void {
    const hash = imul(this.#recent, HASH_FACTOR) >>> HASH_SHIFT;
    if (this.#match === NOWHERE) {
      const match = this.#heads[hash]!;
      if (match !== NOWHERE && this.#goesOn(match)) this.#match = match;
    }
    this.#heads[hash] = position;
  }

  #isByteMatched(guess: number, byte: number): boolean {
    const length = this.#matchedBytes > 15 ? 15 : this.#matchedBytes;
    if (this.#coder.bit(BYTE_MATCH_BITS + length, guess === byte ? 1 : 0) !== 0) {
      this.#matchedBytes++;
      this.#match = (this.#match + 1) & POSITION_MASK;
      return true;
    }
    this.#matchedBytes = 0;
    this.#match = NOWHERE;
    return false;
  }
}
