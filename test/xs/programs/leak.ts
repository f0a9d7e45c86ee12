// The program has the test tools' globals; the library that it calls must not.
import { host } from '../../../sim/xs/host-api.js';
import { encode, speak } from './careless.js';

declare const console: { log(text: string): void };
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

function outcome(work: () => unknown): string {
  try {
    return String(work());
  } catch (error) {
    return String(error);
  }
}

console.log(`program ${outcome(() => new TextEncoder().encode('é').join())}`);
host.print(outcome(speak));
host.print(outcome(encode));
