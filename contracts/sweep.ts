import { z } from "zod";
import { Identifier, Name } from "./primitives.ts";

/** Name of the environment variable that holds a `SweepStudy` as JSON. */
export const sweepVariable = "ISOTHERM_SWEEP";

/** Variable in which an Indexed Job tells each pod which trial is its own, from 0. */
export const trialVariable = "JOB_COMPLETION_INDEX";

const range = (number: z.ZodNumber) =>
  z
    .tuple([number, number])
    .refine(([low, high]) => low < high, "must be [low, high], with low below high");

/** The values that one parameter may take in a sweep; both ends of a range belong to it. */
export const SweepRange = z.union(
  [
    z.strictObject({ choice: z.array(z.union([z.number(), z.string()])).min(1) }),
    z.strictObject({ uniform: range(z.number()) }),
    /** Uniform in the logarithm: a decade is as likely as any other. */
    z.strictObject({ logUniform: range(z.number().positive()) }),
    z.strictObject({ integer: range(z.int()) }),
  ],
  {
    error:
      "must be one of { choice: [...] }, { uniform: [low, high] }, { logUniform: [low, high] }, { integer: [low, high] }",
  },
);
export type SweepRange = z.infer<typeof SweepRange>;

/** Ranges by name of the workload's parameter; what is not named keeps the training run's own value. */
export const SweepSpace = z
  .record(Identifier, SweepRange)
  .refine((space) => Object.keys(space).length > 0, "needs at least one parameter");
export type SweepSpace = z.infer<typeof SweepSpace>;

/**
 * The median rule: a trial is stopped where what it logs by step is worse than the median of what the other trials had
 * logged by the same step.
 */
export const EarlyStopping = z.strictObject({
  /** What is compared: a value that the workload logs by step, of which less is better. */
  metric: Identifier,
  /** No trial is stopped before this many others have come as far. */
  minTrials: z.int().min(1),
  /** No trial is stopped before this step. */
  afterSteps: z.int().min(0),
});
export type EarlyStopping = z.infer<typeof EarlyStopping>;

/** Which values are tried: every combination, independent draws, or draws that learn from the trials before. */
export const sweepMethods = ["grid", "random", "tpe"] as const;
export type SweepMethod = (typeof sweepMethods)[number];

/**
 * One search for good parameters, shared by the pods of an Indexed Job. Each pod runs the trial of its index; the
 * training run beside it says everything else, and its Job is the study.
 */
export const SweepStudy = z
  .strictObject({
    schema: z.literal("isotherm.dev/sweep/v1"),
    /** Name of the training definition; the best trial becomes a version of the model of that name. */
    name: Name,
    method: z.enum(sweepMethods),
    /** How many; with `grid`, the number of combinations. */
    trials: z.int().min(1).max(1_000),
    /** Where the random draws start: the same seed draws the same values. */
    seed: z.int().min(0),
    /** The declared metric that ranks the trials. */
    metric: Identifier,
    direction: z.enum(["minimize", "maximize"]),
    parameters: SweepSpace,
    earlyStopping: EarlyStopping.optional(),
  })
  .superRefine(({ method, trials, parameters }, context) => {
    if (method !== "grid") return;
    const size = gridSize(parameters);
    if (size !== undefined && size !== trials) {
      const message = `the grid has ${size} combinations`;
      context.addIssue({ code: "custom", path: ["trials"], message });
    }
    for (const name of Object.keys(parameters)) {
      if (gridValues(parameters[name]) === undefined) {
        const message = "a grid needs `choice` or `integer`: a continuous range has no steps";
        context.addIssue({ code: "custom", path: ["parameters", name], message });
      }
    }
  });
export type SweepStudy = z.infer<typeof SweepStudy>;

/** The values of a range one by one, in order; `undefined` where it is continuous. */
export function gridValues(
  values: SweepRange | undefined,
): readonly (number | string)[] | undefined {
  if (values === undefined) return undefined;
  if ("choice" in values) return values.choice;
  if (!("integer" in values)) return undefined;
  const [low, high] = values.integer;
  return Array.from({ length: high - low + 1 }, (_, index) => low + index);
}

/** Number of combinations of a space; `undefined` where one of its ranges is continuous. */
export function gridSize(space: SweepSpace): number | undefined {
  let size = 1;
  for (const values of Object.values(space)) {
    const count =
      "integer" in values ? values.integer[1] - values.integer[0] + 1 : gridValues(values)?.length;
    if (count === undefined) return undefined;
    size *= count;
  }
  return size;
}
