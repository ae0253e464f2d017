import { z } from "zod";
import { Identifier, Instant, Metrics, Name, Sha256 } from "./primitives.ts";

/** A data set as it was read: the version a person knows and the bytes behind it. */
export const DataSetReference = z.strictObject({
  name: Name,
  version: z.string().min(1),
  sha256: Sha256,
  rows: z.int().nonnegative(),
});
export type DataSetReference = z.infer<typeof DataSetReference>;

/** A model that was not trained by a workload of ours: by a trainer that kept the run contract, or brought as a file. */
export const Origin = z.strictObject({
  kind: z.enum(["trainer", "file"]),
  /** What wrote the ONNX file, by its own account, such as "skl2onnx 1.20.0". */
  producer: z.string().min(1),
});
export type Origin = z.infer<typeof Origin>;

/** Where a model comes from. */
export const Lineage = z.strictObject({
  environment: Name,
  workload: Name,
  gitCommit: z.string().min(1),
  /** The image that trained. */
  image: z.string().min(1),
  dataSet: DataSetReference,
  optimiser: z.string().optional(),
  /** Who else made the model; absent where a workload of the training image did. */
  origin: Origin.optional(),
});
export type Lineage = z.infer<typeof Lineage>;

/** What a run measured, raw. Whether that is good enough is judged by each environment for itself. */
export const Evidence = z.strictObject({
  schema: z.literal("isotherm.dev/evidence/v1"),
  run: z.strictObject({ id: z.string().min(1), experiment: z.string().min(1) }),
  trainedAt: Instant,
  metrics: Metrics,
  params: z.record(Identifier, z.union([z.string(), z.number(), z.boolean()])),
  lineage: Lineage,
});
export type Evidence = z.infer<typeof Evidence>;
