// How deep the core goes on a board's stack: the most slots that turns, receive and poll of a board's link take beyond their caller,
// over seeded lives with losses, power cuts and refills. Argument: how many lives.
import { host } from '../host-api.js';
import { type BoardProbe, runLinkScenario } from './link-scenario.js';

const STEPS = 600;
const STATE_BYTES = 3000;

class StackProbe implements BoardProbe {
  most = 0;
  #base = 0;

  before(): void {
    host.stackPeak();
    this.#base = host.stackPeak();
  }

  after(): void {
    const peak = host.stackPeak() - this.#base;
    if (peak > this.most) this.most = peak;
  }
}

const probe = new StackProbe();
const lives = Number(host.args()[0]);
for (let seed = 1; seed <= lives; seed++) runLinkScenario(seed, STATE_BYTES, STEPS, () => {}, probe);
host.print(JSON.stringify({ lives, stackSlots: probe.most }));
