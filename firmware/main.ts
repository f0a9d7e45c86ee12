import type { Board } from 'godwit/firmware/board';
import { startBoard } from 'godwit/firmware/start';
import { agent } from './agent.js';

/** The app's only module that runs at start; everything else is preloaded into flash. */
export default function main(): Board {
  return startBoard(agent);
}
