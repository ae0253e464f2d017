import { z } from "zod";
import { Instant, Name, Sha256 } from "./primitives.ts";

/** What came of a look at a window of logged answers. Only `measured` has numbers to alert on. */
export const DriftVerdict = z.enum([
  "measured",
  /** Fewer rows than a share can be judged by; neither drift nor none. */
  "not-enough-data",
  /** The servers were there and had nothing to answer. */
  "no-traffic",
  /** There were answers, and their records did not arrive. */
  "logs-lost",
  /** No server wrote anything, not even that it had no traffic. */
  "no-logs",
  "no-baseline",
  /** The audit policy keeps inputs out of the log. */
  "inputs-not-logged",
]);
export type DriftVerdict = z.infer<typeof DriftVerdict>;

export const FeatureDrift = z.strictObject({
  name: z.string().min(1),
  /** Population stability index against the release's baseline. */
  psi: z.number().nonnegative(),
  /** Values it is of. */
  values: z.int().nonnegative(),
  /** Share of the rows without a value. */
  missing: z.number().min(0).max(1),
});
export type FeatureDrift = z.infer<typeof FeatureDrift>;

/** Of labelled answers in the window. */
export const LabelledQuality = z.strictObject({
  rows: z.int().positive(),
  /** Share of right predictions; classification. */
  accuracy: z.number().optional(),
  /** Mean absolute error; regression. */
  error: z.number().optional(),
  /** Accuracy that the release was admitted with, and how much of it is gone (SPEC K-08). */
  reference: z.number().optional(),
  drop: z.number().optional(),
});
export type LabelledQuality = z.infer<typeof LabelledQuality>;

/** A window of one release's logged answers against what it was trained on (SPEC U-14 to U-16, K-07). */
export const DriftResult = z.strictObject({
  schema: z.literal("isotherm.dev/drift/v1"),
  environment: Name,
  model: Name,
  /** Absent where the window names none. */
  release: Sha256.optional(),
  window: z.strictObject({ from: Instant, to: Instant }),
  verdict: DriftVerdict,
  /** The verdict in a sentence. */
  message: z.string().min(1),
  records: z.int().nonnegative(),
  rows: z.int().nonnegative(),
  /** What servers say they answered and lost in the window, all releases together. */
  observed: z.int().nonnegative(),
  lost: z.record(z.string(), z.int().nonnegative()),
  /** Lines that are no records of ours. */
  unreadable: z.int().nonnegative(),
  features: z.array(FeatureDrift),
  /** Features that the policy redacts. */
  redacted: z.array(z.string()),
  psi: z.strictObject({ max: z.number(), maxFeature: z.string(), mean: z.number() }).optional(),
  /** Share of the features whose PSI is at least the threshold. */
  drifted: z.strictObject({ threshold: z.number(), share: z.number() }).optional(),
  prediction: z.strictObject({ psi: z.number() }).optional(),
  quality: LabelledQuality.optional(),
});
export type DriftResult = z.infer<typeof DriftResult>;
