import { z } from "zod";

/** Lists give times as dates where the client reads them, watches as text: both become the same text. */
const Time = z.union([z.date(), z.string()]).transform((value) => new Date(value).toISOString());

const Texts = z.record(z.string(), z.string()).default({});

const Metadata = z.object({
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  creationTimestamp: Time,
  deletionTimestamp: Time.optional(),
  labels: Texts,
  annotations: Texts,
  ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
  managedFields: z
    .array(
      z.object({
        manager: z.string().default(""),
        time: Time.optional(),
        subresource: z.string().default(""),
        fieldsV1: z.unknown(),
      }),
    )
    .default([]),
});

/** As much of every object as the recorder looks at; the rest is looked at by kind. */
export const SeenObject = z.looseObject({ metadata: Metadata });
export type SeenObject = z.infer<typeof SeenObject>;
