import { Random } from '../../random.js';
import { Recorder, recordWorkload, type Workload } from '../../workload.js';

const STATE_BYTES = 16384;
const HEADER_BYTES = 8;
const LEVELS = ['info', 'info', 'info', 'warn', 'debug', 'error'];
const MESSAGES = [
  'wifi: rssi %d dBm',
  'mqtt: published %d bytes',
  'sensor %d: timeout, retry',
  'heap free %d',
  'button %d pressed',
  'ota: no update, next check in %d s',
];

/** A 16 KiB ring of log lines in text. */
export function textLog(seed: number, commitCount: number): Workload {
  const random = new Random(seed);
  const state = new Recorder(STATE_BYTES);
  let timeMs = 100_000;
  let head = HEADER_BYTES;
  const turn = (): void => {
    for (let n = random.between(1, 3); n > 0; n--) {
      timeMs += random.between(5, 4000);
      const message = (MESSAGES[random.below(MESSAGES.length)] ?? '').replace('%d', String(random.below(9000)));
      const line = `[${(timeMs / 1000).toFixed(3)}] ${LEVELS[random.below(LEVELS.length)] ?? ''} ${message}\n`;
      if (head + line.length > STATE_BYTES) head = HEADER_BYTES;
      state.ascii(head, line);
      head += line.length;
    }
    state.u32(0, head);
    state.u32(4, timeMs);
  };
  for (let i = 0; i < 300; i++) turn();
  return recordWorkload('text-log', state, commitCount, turn);
}
