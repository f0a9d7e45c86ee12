import type { BitCoder } from './bit-coder.js';
import { ChangeModel } from './change-model.js';
import {
  ALIKE_BITS,
  BYTE_MATCH_BITS,
  COLD_MATCH_BITS,
  HIGH_TREES,
  HISTORY_BYTES,
  type History,
  HOT_MATCH_BITS,
  LOW_TREES,
  MASK_BITS,
  MASK_START,
  NOWHERE,
  SAME_STRIDE_BIT,
  SHIFTED_BIT,
  SLOT_MASK,
  SPELT_BITS,
  TOP_TREE,
  tagOf,
} from './history.js';

const POSITION_MASK = HISTORY_BYTES - 1;
const HASH_FACTOR = 0x9e3779b1;
const HASH_SHIFT = 24;
const SPELL_COST_SHIFT = 6;
const SPELL_COST_RATE = 3;
/** Spelling takes three times as long: it has to save a sixth. */
const SPELL_COST_MAX = (4 << SPELL_COST_SHIFT) * (1 - 1 / 6);
const SPELL_PROBE_MASK = 31;
/** Below two bytes a granule, spelling is better than a likeness. */
const CHEAP_SPELL_COST = 2 << SPELL_COST_SHIFT;
const NONE = -2;
const NO_STRIDE = 0;
const STRIDE_MIN = 2;
const STRIDE_BITS = 3;
const STRIDE_MASK = 7;
const STRIDE_START = 4;
const { imul } = Math;

/**
 * The model of what a granule holds now. It is
 * - hot, if the history holds what was sent for it last: coded as which bytes changed and by how much;
 * - or else cold: coded as a change of a granule a little before; or spelt out byte by byte, each guessed from what followed the same
 *   bytes before; or coded plainly.
 * Before that comes a guess at the whole word: that it is what the granule before it held (a list that shifts), or what followed
 * the last three bytes before. See SPEC.md, "Modelled payload".
 */
export class ContentModel {
  readonly #values: Uint8Array;
  readonly #words: Int32Array;
  readonly #marks: Uint8Array;
  readonly #heads: Uint16Array;
  readonly #coder: BitCoder;
  readonly #change: ChangeModel;
  /** Whether the last two guesses at a whole word by a match were right. */
  #matchRight = 0;
  /** Whether the last cold granule was like one before it, and how many granules before. */
  #alike = 0;
  #stride = STRIDE_START;
  /** Whether the last cold granule that was like none was spelt out. */
  #spelt = 0;
  /** Mean cost of spelt granules of late, in 1/64 bytes, and granules since one was tried. These guide the encoder only. */
  #spellCost = 0;
  #unspelt = 0;
  /** Whether the hot granule coded last held what the one before it had held. */
  #shifts = false;
  /** What the granule coded last held before. */
  #previousOld = 0;
  /** The granule coded last; what went before it says nothing about one that does not follow it. */
  #address = NONE;
  /** The last three bytes, the newest highest. */
  #recent = 0;
  /** Where in the history the bytes go on like here, or NOWHERE; and for how many bytes they have. */
  #match = NOWHERE;
  #matchedBytes = 0;

  constructor(history: History, coder: BitCoder) {
    this.#values = history.values;
    this.#words = history.words;
    this.#marks = history.marks;
    this.#heads = history.heads;
    this.#coder = coder;
    this.#change = new ChangeModel(coder);
  }

  /** The history starts anew. */
  restart(): void {
    this.#matchRight = this.#alike = this.#spelt = this.#spellCost = this.#unspelt = 0;
    this.#stride = STRIDE_START;
  }

  /** A new delta. */
  begin(): void {
    this.#previousOld = this.#recent = 0;
    this.#address = NONE;
    this.#shifts = false;
    this.#lose();
  }

  /** Codes the content of the granule at `address`, as a little-endian word, and returns it. */
  code(address: number, word: number): number {
    const words = this.#words;
    const marks = this.#marks;
    const slot = address & SLOT_MASK;
    const tag = tagOf(address);
    const hot = (marks[slot]! & ~MASK_BITS) === tag;
    const old = words[slot]!;
    const position = slot << 2;
    let coded = 0;
    let known = false;
    let match = NOWHERE;
    if (address === this.#address + 1) match = this.#findMatch(position);
    else this.#lose();
    this.#address = address;
    if (hot && this.#shifts) {
      coded = this.#previousOld;
      known = this.#coder.bit(SHIFTED_BIT, word === coded ? 1 : 0) !== 0;
      this.#lose();
    } else if (match !== NOWHERE && !(hot && match === position)) {
      coded = this.#wordAt(match);
      known = this.#isMatched(word === coded, hot);
    }
    let mask = MASK_START;
    if (hot) {
      mask = marks[slot]! & MASK_BITS;
      if (!known) {
        this.#lose();
        coded = this.#change.code(word, old, mask);
        mask = this.#change.mask;
      }
      this.#shifts = coded === this.#previousOld;
    } else if (!known) {
      if (this.#isAlike(word, slot)) {
        const like = (slot - this.#stride) & SLOT_MASK;
        this.#lose();
        coded = this.#change.code(word, words[like]!, marks[like]! & MASK_BITS);
        mask = this.#change.mask;
      } else {
        coded = this.#isSpelt() ? this.#codeBytes(word, position) : this.#codePlain(word);
      }
    }
    marks[slot] = tag | mask;
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

  /** Where the bytes may go on, from the running match or by the last three bytes; `position` is noted for those. */
  #findMatch(position: number): number {
    const hash = imul(this.#recent, HASH_FACTOR) >>> HASH_SHIFT;
    if (this.#match === NOWHERE) {
      const match = this.#heads[hash]!;
      if (match !== NOWHERE && this.#goesOn(match)) this.#match = match;
    }
    this.#heads[hash] = position;
    return this.#match;
  }

  #isMatched(guess: boolean, hot: boolean): boolean {
    const length = this.#matchedBytes > 15 ? 3 : this.#matchedBytes >> 2;
    const right = this.#coder.bit((hot ? HOT_MATCH_BITS : COLD_MATCH_BITS + (length << 2)) + this.#matchRight, guess ? 1 : 0);
    this.#matchRight = ((this.#matchRight << 1) | right) & 3;
    if (right === 0) return false;
    this.#matchedBytes += 4;
    this.#match = (this.#match + 4) & POSITION_MASK;
    return true;
  }

  #lose(): void {
    this.#match = NOWHERE;
    this.#matchedBytes = 0;
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

  /** Whether a cold granule is near the one `#stride` before: the encoder looks for such a stride unless spelling is cheap. */
  #isAlike(word: number, slot: number): boolean {
    const coder = this.#coder;
    const stride = this.#spellCost < CHEAP_SPELL_COST ? NO_STRIDE : this.#findStride(word, slot);
    this.#alike = coder.bit(ALIKE_BITS + this.#alike, stride !== NO_STRIDE ? 1 : 0);
    if (this.#alike === 0) return false;
    if (coder.bit(SAME_STRIDE_BIT, stride === this.#stride ? 1 : 0) === 0) {
      this.#stride = STRIDE_MIN + coder.direct(STRIDE_BITS, (stride - STRIDE_MIN) & STRIDE_MASK);
    }
    return true;
  }

  /** The last stride if two bytes are alike there, else one where the upper two are: neighbours in a table, records in a ring. */
  #findStride(word: number, slot: number): number {
    const words = this.#words;
    const unlike = word ^ words[(slot - this.#stride) & SLOT_MASK]!;
    let alikeBytes = 0;
    if ((unlike & 0xff) === 0) alikeBytes = 1;
    if ((unlike & 0xff00) === 0) alikeBytes++;
    if ((unlike & 0xff0000) === 0) alikeBytes++;
    if ((unlike & 0xff000000) === 0) alikeBytes++;
    if (alikeBytes > 1) return this.#stride;
    for (let stride = STRIDE_MIN; stride <= STRIDE_MIN + STRIDE_MASK; stride++) {
      if ((word ^ words[(slot - stride) & SLOT_MASK]!) >>> 16 === 0) return stride;
    }
    return NO_STRIDE;
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
    this.#lose();
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
      const match = at === position ? this.#match : this.#findMatch(at);
      const shift = (at & 3) << 3;
      let byte = (word >>> shift) & 0xff;
      if (match !== NOWHERE && this.#isByteMatched(values[match]!, byte)) byte = values[match]!;
      else {
        const high = coder.tree(HIGH_TREES + (values[(at - 2) & POSITION_MASK]! & 0xf0), 4, byte >> 4);
        byte = (high << 4) | coder.tree(LOW_TREES + (high << 4), 4, byte & 15);
      }
      values[at] = byte;
      this.#recent = (this.#recent >>> 8) | (byte << 16);
      coded |= byte << shift;
    }
    this.#spellCost += coder.codedBytes << (SPELL_COST_SHIFT - SPELL_COST_RATE);
    return coded;
  }

  #isByteMatched(guess: number, byte: number): boolean {
    const length = this.#matchedBytes > 15 ? 15 : this.#matchedBytes;
    if (this.#coder.bit(BYTE_MATCH_BITS + length, guess === byte ? 1 : 0) !== 0) {
      this.#matchedBytes++;
      this.#match = (this.#match + 1) & POSITION_MASK;
      return true;
    }
    this.#lose();
    return false;
  }
}
