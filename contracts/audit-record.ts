import { z } from "zod";
import { Instant, Name, Sha256 } from "./primitives.ts";
import { Slot } from "./serving-config.ts";

/**
 * Rows of many 32-bit numbers, whose decimals would cost more than the model: little-endian, row after row. What is not a
 * number stands for a value that is missing.
 */
export const PackedRows = z.strictObject({
  dataType: z.literal("FP32"),
  /** Rows, and elements of each. */
  shape: z.tuple([z.int().positive(), z.int().positive()]),
  base64: z.base64(),
});
export type PackedRows = z.infer<typeof PackedRows>;

const rowsOr = <Rows extends z.ZodType>(rows: Rows) => z.union([rows, PackedRows]);

/** One prediction as it was asked and answered, a JSON line in the audit log. */
export const AuditRecord = z.strictObject({
  schema: z.literal("isotherm.dev/audit-record/v1"),
  requestId: z.string().min(1),
  /** When the request came. */
  time: Instant,
  environment: Name,
  model: Name,
  version: z.string().min(1),
  release: Sha256,
  dataVersion: z.string(),
  slot: Slot,
  /** Whether the answer was for comparison only: another release answered the client, under the same request id. */
  isShadow: z.boolean(),
  /** Template of the protocol's route that asked. */
  route: z.string().min(1),
  /** Whose key asked, where keys have teams. */
  team: z.string().min(1).optional(),
  /** The caller's W3C trace context. */
  traceparent: z.string().min(1).optional(),
  /** Of the model's run and the wait for it, in milliseconds. */
  durationMs: z.number().nonnegative(),
  /** How many rows were asked for. */
  rows: z.int().positive(),
  /**
   * Rows of features in contract order, tensors of more dimensions flattened; null where a value is missing or redacted.
   * Absent where the policy leaves inputs out.
   */
  inputs: rowsOr(z.array(z.array(z.unknown()))).optional(),
  /** Features whose values the policy redacts. */
  redacted: z.array(z.string()).optional(),
  /** Output tensors by name, in rows; numbers that JSON cannot write by their names. */
  outputs: z.record(z.string(), rowsOr(z.array(z.unknown()))),
});
export type AuditRecord = z.infer<typeof AuditRecord>;

/**
 * What one server saw of one model since its last object, the last line of each. Servers without traffic write it too:
 * so that a window without records tells "no traffic" from "logs lost".
 */
export const AuditCounts = z.strictObject({
  schema: z.literal("isotherm.dev/audit-counts/v1"),
  environment: Name,
  model: Name,
  /** Name of the server's process, new with each start. */
  server: z.string().min(1),
  /** Number of this object among the server's, from 0. */
  sequence: z.int().nonnegative(),
  /** Since when, and until when. */
  from: Instant,
  to: Instant,
  /** Answers given. */
  observed: z.int().nonnegative(),
  /** Records in this object. */
  written: z.int().nonnegative(),
  /** Records lost, by reason. */
  lost: z.record(z.string(), z.int().nonnegative()),
});
export type AuditCounts = z.infer<typeof AuditCounts>;

/** What turned out to be true about an answer (SPEC S-03), a JSON line beside the audit log. */
export const FeedbackRecord = z.strictObject({
  schema: z.literal("isotherm.dev/feedback-record/v1"),
  requestId: z.string().min(1),
  /** When the label came. */
  time: Instant,
  environment: Name,
  /** Of the answer, where it is known. */
  model: Name.optional(),
  release: Sha256.optional(),
  team: z.string().min(1).optional(),
  /** True labels by row: names of classes, or numbers. */
  labels: z.array(z.union([z.string(), z.number()])).min(1),
  /** What had been answered, by row. Absent where the server that took the label did not know the answer (any more). */
  predictions: z.array(z.union([z.string(), z.number()])).optional(),
});
export type FeedbackRecord = z.infer<typeof FeedbackRecord>;

/** A line of any object under `audit/` or `feedback/`. */
export const AuditLine = z.discriminatedUnion("schema", [AuditRecord, AuditCounts, FeedbackRecord]);
export type AuditLine = z.infer<typeof AuditLine>;

/** The two logs of an environment's bucket. */
export type LogName = "audit" | "feedback";

/** Labels whose answer, and with it the model, is not known go here. */
export const unassigned = "unassigned";

/** Prefix of all objects of a log with records of one hour, or of one day where no hour is given. UTC. */
export function auditPrefix(
  log: LogName,
  { environment, model }: { environment: string; model: string },
  time: Date,
  part: "day" | "hour" = "hour",
): string {
  const [day = "", clock = ""] = time.toISOString().split("T");
  const start = `${log}/${environment}/${model}/${day}/`;
  return part === "day" ? start : `${start}${clock.slice(0, 2)}/`;
}
