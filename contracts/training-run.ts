import { z } from "zod";
import { DataSetName } from "./data-set.ts";
import { Identifier, Name } from "./primitives.ts";

/** Name of the environment variable that holds a `TrainingRun` as JSON. */
export const trainingRunVariable = "ISOTHERM_TRAINING_RUN";

/**
 * Name of an optional variable that tells one Job from another of the same definition, as a scheduled Job's unique
 * label does. Without it, the same `TrainingRun` is the same Job: asked again, it gives the version it already made.
 */
export const jobVariable = "ISOTHERM_JOB";

/** A program of the user's own that trains, by the run contract. */
export const Trainer = z.strictObject({
  image: z.string().min(1),
  /** @default what the image starts by itself */
  command: z.array(z.string().min(1)).min(1).optional(),
  /** The metrics it promises, with their directions: gates may name these and no others. */
  metrics: z
    .record(Identifier, z.enum(["minimize", "maximize"]))
    .refine((metrics) => Object.keys(metrics).length > 0, "needs at least one metric"),
});
export type Trainer = z.infer<typeof Trainer>;

/** What the program asks a training Job to do. Credentials come beside it, in variables from a Secret. */
export const TrainingRun = z
  .strictObject({
    schema: z.literal("isotherm.dev/training-run/v1"),
    /** Name of the training definition; it is also the name of the model. */
    name: Name,
    /** A workload of the training image; with `trainer`, the name that lineage shows for it. */
    workload: Name,
    /** Trains instead of a workload. */
    trainer: Trainer.optional(),
    /** `name@version`. @default the data set that comes with the workload; a `trainer` has none */
    dataSet: DataSetName.optional(),
    params: z.record(Identifier, z.union([z.string(), z.number(), z.boolean()])),
    environment: Name,
    gitCommit: z.string().min(1),
    /** The training image. */
    image: z.string().min(1),
    /** MLflow's base URL. */
    registry: z.url(),
    objects: z.strictObject({
      endpoint: z.url(),
      region: z.string().min(1),
      bucket: z.string().min(1),
    }),
  })
  .refine(({ trainer, dataSet }) => trainer === undefined || dataSet !== undefined, {
    message: "is needed: a trainer brings no data set of its own",
    path: ["dataSet"],
  });
export type TrainingRun = z.infer<typeof TrainingRun>;
