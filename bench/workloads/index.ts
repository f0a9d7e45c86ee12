import type { WorkloadMaker } from '../workload.js';
import { controller } from './controller.js';
import { counters } from './counters.js';
import { frameBuffer } from './frame-buffer.js';
import { keyValue } from './key-value.js';
import { nearlyIdle } from './nearly-idle.js';
import { onlineLearning } from './online-learning.js';
import { sensorRing } from './sensor-ring.js';
import { flags } from './unlisted/flags.js';
import { histogram } from './unlisted/histogram.js';
import { jsonText } from './unlisted/json-text.js';
import { kalman } from './unlisted/kalman.js';
import { linkedQueue } from './unlisted/linked-queue.js';
import { qTable } from './unlisted/q-table.js';
import { textLog } from './unlisted/text-log.js';

/** The workloads of the byte budget, in the order of its table. */
export const BUDGET_WORKLOADS: readonly WorkloadMaker[] = [
  counters,
  sensorRing,
  onlineLearning,
  keyValue,
  controller,
  frameBuffer,
  nearlyIdle,
];

/** Other kinds of state, outside the budget: a codec tuned to the list above would show here. */
export const UNLISTED_WORKLOADS: readonly WorkloadMaker[] = [textLog, flags, kalman, linkedQueue, jsonText, histogram, qTable];
