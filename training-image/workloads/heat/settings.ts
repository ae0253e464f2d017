import type { ParameterValues } from "../../../contracts/workload.ts";
import { BadInputError } from "../errors.ts";
import type { ConditionKind } from "./pinn/conditions.ts";
import type { PinnDesign } from "./pinn/design.ts";
import type { BatchSizes } from "./pinn/training.ts";
import type { FieldName } from "./problem/fields.ts";
import type { ForcingName } from "./problem/forcing.ts";
import { benchmark, type HeatProblemChoice } from "./problem/problem.ts";

/** The declared parameters, ordered by what they are for. */
export interface HeatSettings {
  problem: HeatProblemChoice;
  design: PinnDesign;
  batch: BatchSizes;
  steps: number;
  learningRate: number;
  seed: number;
}

/**
 * @param parameters checked against the declaration
 * @throws BadInputError where they do not go together
 */
export function heatSettings(parameters: ParameterValues): HeatSettings {
  const number = (name: string) => Number(parameters[name]);
  return {
    problem: {
      field: parameters["field"] as FieldName,
      forcing: parameters["forcing"] as ForcingName,
      sensors: { ...benchmark.sensors, training: number("sensors") },
      noise: number("noise"),
      seed: number("noise_seed"),
    },
    design: {
      layers: number("layers"),
      width: number("width"),
      conditions: parameters["conditions"] as ConditionKind,
      weights: {
        pde: number("weight_pde"),
        bc: number("weight_bc"),
        ic: number("weight_ic"),
        data: number("weight_data"),
        smoothness: number("weight_smoothness"),
      },
    },
    batch: sizesOf(number("batch"), number("threads")),
    steps: number("steps"),
    learningRate: number("learning_rate"),
    seed: number("seed"),
  };
}

function sizesOf(interior: number, threads: number): BatchSizes {
  const section = Math.max(1, Math.floor(interior / 4));
  if (interior % threads === 0 && section % threads === 0) return { interior, section, threads };
  throw new BadInputError(
    `heat: a batch of ${interior} points and ${section} readings does not divide among ${threads} threads; ` +
      `${4 * threads * Math.ceil(interior / 4 / threads)} points would`,
  );
}
