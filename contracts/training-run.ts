import { z } from "zod";
import { Identifier, Name } from "./primitives.ts";

/** Name of the environment variable that holds a `TrainingRun` as JSON. */
export const trainingRunVariable = "ISOTHERM_TRAINING_RUN";

/**
 * Name of an optional variable that tells one Job from another of the same definition, as a scheduled Job's unique
 * label does. Without it, the same `TrainingRun` is the same Job: asked again, it gives the version it already made.
 */
export const jobVariable = "ISOTHERM_JOB";

/** What the program asks a training Job to do. Credentials come beside it, in variables from a Secret. */
export const TrainingRun = z.strictObject({
  schema: z.literal("isotherm.dev/training-run/v1"),
  /** Name of the training definition; it is also the name of the model. */
  name: Name,
  workload: Name,
  params: z.record(Identifier, z.union([z.string(), z.number(), z.boolean()])),
  environment: Name,
  gitCommit: z.string().min(1),
  image: z.string().min(1),
  /** MLflow's base URL. */
  registry: z.url(),
  objects: z.strictObject({
    endpoint: z.url(),
    region: z.string().min(1),
    bucket: z.string().min(1),
  }),
});
export type TrainingRun = z.infer<typeof TrainingRun>;
