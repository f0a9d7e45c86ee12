import type { LinkCounters } from '../../src/link/counters.js';
import { FrameGate } from '../../src/link/frame-gate.js';
import { DIRECTION_UP } from '../../src/wire/constants.js';
import { HelloMessage } from '../../src/wire/hello.js';
import { RefusedMessage, WelcomeMessage } from '../../src/wire/welcome.js';
import type { GuestSession } from '../migration/guest.js';
import type { CloneProbe } from './clone-probe.js';
import type { Session } from './session.js';
import type { LinkEnd } from './types.js';

/** A link without a session is told so at most this often. */
export const NO_SESSION_INTERVAL_MS = 1000;

/** One attached link: its gate, the hello that came in over it, and what is to be said without a session. */
export class LinkState {
  readonly linkId: number;
  readonly end: LinkEnd;
  readonly gate: FrameGate;
  session: Session | undefined;
  /** Instead of a session: the vacant board at the other end is prepared with an agent. */
  guest: GuestSession | undefined;
  /** The hello that waits for its answer. */
  readonly hello = new HelloMessage();
  /** When it came. */
  helloMs = 0;
  isHelloPending = false;
  /** Nonce of the hello whose session is being granted. */
  granting: number | undefined;
  probe: CloneProbe | undefined;
  readonly welcome = new WelcomeMessage();
  isWelcomeDue = false;
  readonly refused = new RefusedMessage();
  isRefusedDue = false;
  isNoSessionDue = false;
  /** When it left last. */
  noSessionMs = Number.NEGATIVE_INFINITY;

  constructor(linkId: number, end: LinkEnd, counters: LinkCounters) {
    this.linkId = linkId;
    this.end = end;
    this.gate = new FrameGate(DIRECTION_UP, counters);
  }

  /** A wire on which nobody has said hello, or nobody that was let in. */
  get isFree(): boolean {
    return (
      !this.end.shared && this.session === undefined && this.guest === undefined && !this.isHelloPending && this.granting === undefined
    );
  }

  /** Whoever is at the other end is to say hello. */
  call(nowMs: number): void {
    if (nowMs >= this.noSessionMs + NO_SESSION_INTERVAL_MS) this.isNoSessionDue = true;
  }

  /** A welcome to a session that was over before it left is nobody's any more: who hears it counts on what the host has forgotten. */
  setSession(session: Session | undefined): void {
    this.session = session;
    this.guest = undefined;
    this.isWelcomeDue = false;
    this.gate.setSession(session === undefined ? 0 : session.number);
  }

  setGuest(guest: GuestSession | undefined): void {
    this.session = undefined;
    this.guest = guest;
    this.isWelcomeDue = false;
    this.gate.setSession(guest === undefined ? 0 : guest.number);
  }
}
