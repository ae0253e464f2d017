import { z } from "zod";
import { Instant, Name, Sha256 } from "./primitives.ts";

/** One prediction as it was asked and answered, a JSON line in the audit log. */
export const AuditRecord = z.strictObject({
  schema: z.literal("isotherm.dev/audit-record/v1"),
  requestId: z.string().min(1),
  time: Instant,
  environment: Name,
  model: Name,
  version: z.string().min(1),
  release: Sha256,
  slot: z.enum(["blue", "green", "shadow"]),
  /** The protocol route that asked. */
  route: z.string().min(1),
  /** Rows of features in contract order; absent where the policy redacts them. */
  inputs: z.array(z.array(z.unknown())).optional(),
  outputs: z.record(z.string(), z.array(z.unknown())),
});
export type AuditRecord = z.infer<typeof AuditRecord>;
