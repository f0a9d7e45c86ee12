// The firmware's own main on XS: enrolled over its line, it lives through losses, resets and stalls, and ends with its state at the
// host, byte for byte.
import { chip, flash, habits, nvs, random, uart } from '../../../sim/esp/modules/this-board.js';
import { host as engine } from '../../../sim/xs/host-api.js';
import { XsBench } from './xs-bench.js';

const ROUNDS = 12;

const seed = Number(engine.args()[0]);
for (let draws = 0; draws < seed; draws++) random.u32();
const bench = new XsBench();
const { host } = bench.end;
bench.run(200);
bench.enrol();
bench.run(3000);
const first = host.headSequence;
if (first === 0) throw new Error('no commit arrived');
uart.faults.loss = 0.01;
uart.faults.noise = 0.005;
habits.staleCounts = true;
let refusals = 0;
habits.refuses = () => ++refusals % 11 === 0;
for (let round = 0; round < ROUNDS; round++) {
  bench.run(random.below(1500));
  const what = round % 3;
  if (what === 0) bench.reset();
  if (what === 1) chip.busy(random.below(100));
  if (what === 2) host.restart();
}
// A fair line at last: the host gets what it lacks.
uart.faults.loss = 0;
uart.faults.noise = 0;
bench.run(20_000);
bench.settle();
const { headSequence, epoch } = host;
const { isEqual } = bench;
const { resets } = chip;
// What the SDK calls before it gives a program up; then the chip restarts.
const { abort } = globalThis as unknown as { abort: (message: string, exception: unknown) => void };
abort('unhandled exception', new Error('boom'));
bench.reset();
bench.run(30_000);
engine.print(
  JSON.stringify({
    isEqual,
    fault: bench.board.identity.fault,
    reports: [...bench.reports],
    committed: headSequence - first,
    epoch,
    resets,
    writes: nvs.writeCount,
    erases: Math.max(...flash.erases),
    writesRefused: bench.writesRefused,
  }),
);
