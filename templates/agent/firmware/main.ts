import { startBoard } from 'godwit/firmware/start';
import { agent } from './agent.js';

// A function, so that this module can be preloaded into flash.
export default function main(): void {
  startBoard(agent);
}
