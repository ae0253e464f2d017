import { z } from "zod";
import { Instant, Name, Sha256 } from "./primitives.ts";

/** What came of a look at a shadow's answers beside those that clients got. Only `compared` has numbers to judge by. */
export const ShadowVerdict = z.enum([
  "compared",
  /** Fewer pairs than a share can be judged by; neither agreement nor none. */
  "not-enough-data",
  /** Clients were answered, and no shadow answered anything. */
  "no-shadow",
  /** Both answered, in ways that cannot be held against each other: other rows, or no prediction that was asked for. */
  "not-comparable",
  /** The servers were there and had nothing to answer. */
  "no-traffic",
  /** There were answers, and their records did not arrive. */
  "logs-lost",
  /** No server wrote anything, not even that it had no traffic. */
  "no-logs",
]);
export type ShadowVerdict = z.infer<typeof ShadowVerdict>;

const Count = z.int().nonnegative();

/** The same of each side. */
const Sides = <Of extends z.ZodType>(of: Of) => z.strictObject({ primary: of, shadow: of });

/** How far numbers lie apart. */
const Distance = z.strictObject({ mean: z.number().nonnegative(), max: z.number().nonnegative() });

/** A prediction as the log holds it: a class by its name, or a number; what is not finite by its name. */
const Prediction = z.union([z.string(), z.number()]);

/** One row on which the two did not agree. */
export const ShadowDifference = z.strictObject({
  requestId: z.string().min(1),
  /** Of the request's rows, from 0. */
  row: Count,
  /** When the client's request came. */
  time: Instant,
  primary: Prediction,
  shadow: Prediction,
  /** Largest difference of a probability in this row. */
  probability: z.number().nonnegative().optional(),
  /** The row's features as they were logged: absent where the audit policy leaves them out, null where it redacts. */
  inputs: z.array(z.unknown()).optional(),
});
export type ShadowDifference = z.infer<typeof ShadowDifference>;

/** A window of a shadow's answers against those of the release that answered the same requests (SPEC T-02). */
export const ShadowResult = z.strictObject({
  schema: z.literal("isotherm.dev/shadow/v1"),
  environment: Name,
  model: Name,
  /** Of the shadow. Absent where none answered in the window. */
  release: Sha256.optional(),
  /** Of those that answered clients. Absent where none did. */
  primary: Sha256.optional(),
  window: z.strictObject({ from: Instant, to: Instant }),
  verdict: ShadowVerdict,
  /** The verdict in a sentence. */
  message: z.string().min(1),
  /** Share of the requests, by their ids, that was looked at: less than 1 where there were too many for all. */
  sampled: z.number().positive().max(1),
  /** Requests that both answered in ways that can be compared, and their rows. */
  pairs: Count,
  rows: Count,
  unpaired: z.strictObject({
    /** Answers to clients, since the shadow's first one, that it gave none to: not copied, failed, late or not logged. */
    primary: Count,
    /** Answers of this shadow release, whoever the primary was, to requests that no client was seen to be answered. */
    shadow: Count,
    /** Answers to clients before the shadow's first one in the window. */
    earlier: Count,
  }),
  /** Share of the clients' answers, since the shadow's first one, that it answered too. */
  answered: z.number().min(0).max(1).optional(),
  /** Answers that came a second time under the same id and were the same: counted once. */
  repeated: Sides(Count),
  /** Requests left out because one id stood for answers to different questions. */
  ambiguous: Count,
  /** Requests left out because the two answers cannot be held against each other. */
  incomparable: Count,
  /** What servers say they answered and lost in the window, all releases and both sides together. */
  observed: Count,
  lost: z.record(z.string(), Count),
  /** Lines that are no records of ours. */
  unreadable: Count,
  /** Share of the rows with another class, or with a number further apart than the tolerance; NaN agrees with NaN alone. */
  disagreement: z.number().min(0).max(1).optional(),
  /** Relative difference over which two numbers disagree; regression. */
  tolerance: z.number().nonnegative().optional(),
  /** Of predicted numbers, where both are finite; regression. */
  absolute: Distance.optional(),
  /** The same over the larger of the two sizes: 0 to 2. */
  relative: Distance.optional(),
  /** Largest difference of one class's probability. */
  probability: z.number().nonnegative().optional(),
  /** Rows whose answer was NaN or infinite. */
  nonFinite: Sides(Count).optional(),
  /** Of the model's run and the wait for it, over the pairs, in milliseconds. */
  durationMs: Sides(z.strictObject({ p50: z.number(), p99: z.number() })).optional(),
  /** The rows that differ most, the furthest first. */
  largest: z.array(ShadowDifference),
});
export type ShadowResult = z.infer<typeof ShadowResult>;
