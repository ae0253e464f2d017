import { z } from "zod";

/** What of the traffic is kept, and for how long. */
export const AuditPolicy = z.strictObject({
  /** Inputs and answers, answers alone, or nothing. */
  log: z.enum(["all", "answers", "none"]).default("all"),
  /** Features whose values are never written down; those that the contract calls sensitive never are. */
  redact: z.array(z.string().min(1)).default([]),
  /** Days after which `drift` deletes what was logged; where it is not run, nothing does. */
  retentionDays: z.int().min(1).max(3650).default(30),
});
export type AuditPolicy = z.infer<typeof AuditPolicy>;

/** Where answers go as CloudEvents (SPEC T-10). */
export const EventSink = z.strictObject({
  /** Takes `application/cloudevents-batch+json` by POST. */
  url: z.url({ protocol: /^https?$/ }),
});
export type EventSink = z.infer<typeof EventSink>;

/** How often a served input is held against the equation, where the release has its graphs (SPEC G-14). */
export const PhysicsPolicy = z.strictObject({
  /** Share of the rows. */
  share: z.number().min(0).max(1).default(0.01),
});
export type PhysicsPolicy = z.infer<typeof PhysicsPolicy>;
