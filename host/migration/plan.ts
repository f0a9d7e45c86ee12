import * as v from 'valibot';

/**
 * How far a move has come. What decides is the agent's record: until it names the target, the source is the owner.
 *
 *     filling -> prepared -> freezing -> granting -> activating -> retiring -> done
 *        '----------'-----------'------------'-> aborting -> aborted
 */
export const PHASES = ['filling', 'prepared', 'freezing', 'granting', 'activating', 'retiring', 'done', 'aborting', 'aborted'] as const;
export type Phase = (typeof PHASES)[number];

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Id = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));

const PlanFields = v.strictObject({
  version: v.literal(1),
  kind: v.picklist(['restore', 'migrate']),
  /** Boards, by id. */
  source: Id,
  target: Id,
  /** Told last: `filling`, or how it ended. In between the record says more than a plan could. */
  phase: v.picklist(['filling', 'aborting', 'done', 'aborted']),
  /** Restore: the sequence whose content comes back, and the one that it gets. */
  atSequence: v.optional(Count),
  newSequence: v.optional(Count),
  maxDowntimeMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(1))),
  isRollback: v.optional(v.boolean()),
  /** Why it was aborted. */
  reason: v.optional(v.pipe(v.string(), v.maxLength(500))),
  downtimeMs: v.optional(v.number()),
});

/** What is durable of a move besides the agent's record. The newest of an agent is kept after its end: it names the board to roll back to. */
export type Plan = v.InferOutput<typeof PlanFields>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodePlan(plan: Plan): Uint8Array {
  return encoder.encode(JSON.stringify(plan));
}

/** Undefined: there is none, or it is not one of this version. */
export function decodePlan(bytes: Uint8Array | undefined): Plan | undefined {
  if (bytes === undefined) return undefined;
  try {
    const parsed = v.safeParse(PlanFields, JSON.parse(decoder.decode(bytes)));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** Something is still to be done for it. */
export function isOpen(plan: Plan | undefined): plan is Plan {
  return plan !== undefined && (plan.phase === 'filling' || plan.phase === 'aborting');
}
