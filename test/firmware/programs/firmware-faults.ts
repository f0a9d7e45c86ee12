// The firmware's own main on XS, where things go wrong for good: restarts without an end, a fenced board, a torn checkpoint.

import { chip, flash, nvs } from '../../../sim/esp/modules/this-board.js';
import { host as engine } from '../../../sim/xs/host-api.js';
import { ENROL_REPLACE } from '../../../src/wire/constants.js';
import { XsBench } from './xs-bench.js';

const MINUTE_MS = 60_000;
const BLOCK_BYTES = 4096;
const SLOT_BYTES = 4 * BLOCK_BYTES;
/** Of a slot's header: low word of the write number. */
const WRITE_NUMBER_OFFSET = 8;

const bench = new XsBench();
bench.run(200);
bench.enrol();
bench.run(MINUTE_MS);
const phases: number[] = [];
for (let restart = 0; restart < 4; restart++) {
  bench.reset();
  bench.run(1000);
  phases.push(bench.board.phase);
}
bench.run(MINUTE_MS + 12_000);
phases.push(bench.board.phase);

// The second checkpoint, of this life; it is torn, and the host away.
bench.run(11 * MINUTE_MS);
const view = new DataView(flash.bytes.buffer);
const numbers = [0, SLOT_BYTES].map((slot) => view.getUint32(slot + WRITE_NUMBER_OFFSET, true));
const torn = numbers[0]! > numbers[1]! ? 0 : SLOT_BYTES;
flash.bytes[torn + 100]! ^= 1;
bench.end.isDeaf = true;
const before = bench.board.runner!.link.sequence;
bench.reset();
bench.run(15_000);
const { startsAlone } = bench.board.runner!.counters;
bench.end.isDeaf = false;
bench.run(12_000);
bench.settle();
const isEqualAgain = bench.isEqual;

Object.defineProperty(bench.board.runner!.link, 'isFenced', { value: true });
bench.run(100);
const fenced = [bench.board.phase];
bench.reset();
const { framesIn } = bench.end.host.counters;
bench.run(2 * MINUTE_MS);
fenced.push(bench.board.phase);
const framesWhileFenced = bench.end.host.counters.framesIn - framesIn;
bench.enrol(ENROL_REPLACE);
bench.run(5000);
fenced.push(bench.board.phase);
engine.print(
  JSON.stringify({
    phases,
    numbers,
    startsAlone,
    isEqualAgain,
    before,
    fenced,
    framesWhileFenced,
    resets: chip.resets,
    writes: nvs.writeCount,
  }),
);
