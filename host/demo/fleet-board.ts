/** A board of a demonstration, seen from its own side: simulated in this process, or a machine of its own. */
export interface FleetBoard {
  readonly name: string;
  readonly agentName: string;
  /** Empty while it has no agent, or it is not known. */
  readonly agentId: string;
  /** Empty while it is not known. */
  readonly boardId: string;
  /** As the host names the link. */
  readonly link: string;
  /** Bytes that the board has sent, with all framing of its medium. */
  readonly sentBytes: number;
  readonly isPowered: boolean;
  readonly sequence: number;
  /** Of all its lives, as are deltas and refills. */
  readonly commits: number;
  readonly deltas: number;
  readonly refills: number;
  readonly powerLosses: number;
  readonly dirtyPages: number;
  /** The board's RAM; empty without power. */
  readonly state: Uint8Array;
  /** The newest sequence that the host has acknowledged. */
  readonly acknowledgedSequence: number;
  /** Every commit is durable on the host, and nothing has changed since. */
  readonly settled: boolean;
  powerOn(): void | Promise<void>;
  /** Power and RAM are gone. */
  powerLoss(): Promise<void>;
  /** Its state will stand still from some moment on; what is committed still goes out. */
  stopAgent(): void;
  end(): Promise<void>;
}
