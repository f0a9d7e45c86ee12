/**
 * What a board remembers of a turn when its program dies: a turn that fills the memory, overflows the stack or never ends throws nothing
 * that could be caught, and after the refill it comes again. `kind` and `id` name a turn as the failure log does.
 */
export interface TurnTrial {
  /** The turn in which the program died last, and how often by now; 0: none is known. Read once, when the runner is made. */
  readonly suspectKind: number;
  readonly suspectId: number;
  readonly deaths: number;
  begins(kind: number, id: number): void;
  /** The turn that began has been committed, or has thrown. */
  ended(): void;
}
