import { z } from "zod";
import { AuditPolicy, EventSink, PhysicsPolicy } from "./audit-policy.ts";
import { Name, Sha256 } from "./primitives.ts";

export const Slot = z.enum(["blue", "green", "shadow"]);
export type Slot = z.infer<typeof Slot>;

/** One version of a model that a server holds: always a release by digest, never "latest". */
export const ServedModel = z.strictObject({
  name: Name,
  /** The registry's own number for the release, shown beside the digest. */
  version: z.string().regex(/^[1-9][0-9]*$/, "must be a whole number"),
  release: Sha256,
});
export type ServedModel = z.infer<typeof ServedModel>;

/** The file that is mounted into a server; the only thing that decides which models it serves. */
export const ServingConfig = z.strictObject({
  schema: z.literal("isotherm.dev/serving-config/v1"),
  environment: Name,
  slot: Slot,
  objects: z.strictObject({
    endpoint: z.url(),
    region: z.string().min(1),
    bucket: z.string().min(1),
  }),
  /** A model may be there in several versions: the first answers where a request names none. */
  models: z.array(ServedModel),
  /** What is logged of the answers. @default everything, for 30 days */
  audit: AuditPolicy.optional(),
  /** @default no events */
  events: EventSink.optional(),
  /** @default one row in a hundred */
  physics: PhysicsPolicy.optional(),
});
export type ServingConfig = z.infer<typeof ServingConfig>;
