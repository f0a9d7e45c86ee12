import { type HostMeasure, measureHost } from '../host/measure/host.js';
import { measureStore, type StoreMeasure } from '../host/measure/store.js';

export const VERIFIED_GOAL_PER_SECOND = 50_000;
export const DURABLE_GOAL_PER_SECOND = 20_000;

/** What the host does on one core in memory, with stored and with modelled deltas of 300 bytes, and durably from 256 boards. */
export interface HostFigures {
  readonly stored: HostMeasure;
  readonly modelled: HostMeasure;
  readonly durable: StoreMeasure;
}

export async function measureHostFigures(): Promise<HostFigures> {
  return { stored: measureHost(), modelled: measureHost({ compress: true }), durable: await measureStore() };
}
