import { z } from "zod";
import type { ModelContract } from "./model-contract.ts";

/** A number a user may set, with the range it makes sense in. */
export interface NumberParameter {
  type: "number" | "integer";
  default: number;
  min: number;
  max: number;
  description: string;
}

/** A choice a user may make. */
export interface ChoiceParameter {
  type: "choice";
  default: string;
  choices: readonly [string, ...string[]];
  description: string;
}

/** Something a user may write, for the workload itself to read. */
export interface TextParameter {
  type: "text";
  default: string;
  description: string;
}

export type Parameter = NumberParameter | ChoiceParameter | TextParameter;

export interface MetricDeclaration {
  /** Which way is better; decides comparisons and rankings. */
  direction: "minimize" | "maximize";
  description: string;
  /** Whether a model is served only where a gate bounds it: no bound would be safe by default. */
  gateRequired?: boolean;
}

/** What a workload promises before anything runs: imported by the program, so it must stay free of runtimes. */
export interface WorkloadDeclaration {
  name: string;
  description: string;
  parameters: Readonly<Record<string, Parameter>>;
  metrics: Readonly<Record<string, MetricDeclaration>>;
  /** The data set used where the configuration names none. */
  dataSet: string;
  task: ModelContract["task"];
  /** Memory that its training needs, as Kubernetes writes it, where that is more than other trainings get. */
  memory?: string;
  /** One row of plausible inputs, in feature order: for a first try by hand. */
  example: readonly (number | string)[];
}

export type ParameterValues = Record<string, number | string>;

/** Schema of a workload's parameters: defaults filled in, ranges checked, unknown names refused. */
export function parameterSchema(declaration: Pick<WorkloadDeclaration, "parameters">) {
  const entries = Object.entries(declaration.parameters).map(([name, parameter]) => {
    if (parameter.type === "choice") {
      return [name, z.enum(parameter.choices).default(parameter.default)] as const;
    }
    if (parameter.type === "text") return [name, z.string().default(parameter.default)] as const;
    const number = z.number().min(parameter.min).max(parameter.max);
    return [
      name,
      (parameter.type === "integer" ? number.int() : number).default(parameter.default),
    ] as const;
  });
  return z.strictObject(Object.fromEntries(entries)) as unknown as z.ZodType<ParameterValues>;
}
