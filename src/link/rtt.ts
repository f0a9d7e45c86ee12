// Round-trip time and the time after which silence means loss: RFC 6298, with bounds for a wire from 9600 baud to a LAN.

export const RTO_INITIAL_MS = 1000;
export const RTO_MIN_MS = 60;
export const RTO_MAX_MS = 2000;
/** Least room above the smoothed round trip: timers and drivers of a board are no better. */
export const RTO_MARGIN_MS = 20;
const BACKOFF_MAX = 4;

export class RttEstimator {
  smoothedMs = 0;
  #variationMs = 0;
  #known = false;
  #backoff = 1;

  /** Only from a frame that was sent once (Karn): otherwise nobody knows which sending was answered. */
  sample(roundTripMs: number): void {
    if (!(roundTripMs >= 0)) return;
    if (this.#known) {
      this.#variationMs += (Math.abs(this.smoothedMs - roundTripMs) - this.#variationMs) / 4;
      this.smoothedMs += (roundTripMs - this.smoothedMs) / 8;
    } else {
      this.#known = true;
      this.smoothedMs = roundTripMs;
      this.#variationMs = roundTripMs / 2;
    }
    this.#backoff = 1;
  }

  /** Something new was acknowledged: the wire is alive. */
  relax(): void {
    this.#backoff = 1;
  }

  backOff(): void {
    if (this.#backoff < BACKOFF_MAX) this.#backoff *= 2;
  }

  /** Another link: nothing is known of it. */
  reset(): void {
    this.#known = false;
    this.smoothedMs = 0;
    this.#variationMs = 0;
    this.#backoff = 1;
  }

  get rtoMs(): number {
    if (!this.#known) return Math.min(RTO_INITIAL_MS * this.#backoff, RTO_MAX_MS);
    const marginMs = Math.max(RTO_MARGIN_MS, 4 * this.#variationMs);
    return Math.min(Math.max(this.smoothedMs + marginMs, RTO_MIN_MS) * this.#backoff, RTO_MAX_MS);
  }

  /** How long after a sending an acknowledgement of a later one means that it was lost (RACK, RFC 8985). */
  get reorderMs(): number {
    return this.#known ? this.smoothedMs * 1.25 : RTO_INITIAL_MS;
  }
}
