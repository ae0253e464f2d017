import { z } from "zod";
import { inputExamplePath } from "./input-example.ts";
import { Identifier, Metrics } from "./primitives.ts";

/**
 * What any program that trains keeps to, in any language: it reads these variables, trains, leaves these files in its
 * output folder and exits with 0. It needs no credentials and asks no server.
 */
export const runContract = {
  variables: {
    /** Parameters as one JSON object. */
    params: "ISOTHERM_PARAMS",
    /** Folder that holds the data set's files, by their paths; only to be read. */
    data: "ISOTHERM_DATA_DIR",
    /** Folder for the files below; empty at the start. */
    output: "ISOTHERM_OUTPUT_DIR",
    /** Name of the model that is trained. */
    model: "ISOTHERM_MODEL",
  },
  files: {
    /** Needed: the model, with its preprocessing inside and a free first dimension. */
    model: "model.onnx",
    /** Needed: one object of numbers by name. */
    metrics: "metrics.json",
    /** A model contract; derived from the graph's own signature where it is not there. */
    contract: "contract.json",
    /** A drift baseline. */
    baseline: "baseline.json",
    /** Values of every input by name for a row or more; made from the contract's ranges where it is not there. */
    example: inputExamplePath,
    /** One JSON object a line: `step`, a whole number, and numbers by name. */
    steps: "steps.jsonl",
    /** Whatever else belongs to the run, such as plots: kept with it, no part of the release. */
    artifacts: "artifacts",
  },
} as const;

/** `metrics.json`. NaN and infinity by name, as JSON has no numbers for them. */
export const TrainerMetrics = Metrics.refine(
  (metrics) => Object.keys(metrics).length > 0,
  "needs at least one metric",
);

/** A line of `steps.jsonl`. */
export const TrainerStep = z
  .object({ step: z.int().nonnegative() })
  .catchall(z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"])]))
  .refine(
    (line) => Object.keys(line).every((key) => Identifier.safeParse(key).success),
    "has a name that is no metric's name",
  );
export type TrainerStep = z.infer<typeof TrainerStep>;
