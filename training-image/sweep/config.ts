import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import {
  type SweepRange,
  SweepStudy,
  sweepVariable,
  trialVariable,
} from "../../contracts/sweep.ts";
import { jobVariable } from "../../contracts/training-run.ts";
import {
  type Parameter,
  parameterSchema,
  type WorkloadDeclaration,
} from "../../contracts/workload.ts";
import { type Environment, readTrainingConfig, type TrainingConfig } from "../run/config.ts";
import { BadInputError } from "../workloads/errors.ts";

export interface SweepConfig {
  study: SweepStudy;
  /** What is the same for all trials. Its Job is the study. */
  training: TrainingConfig;
}

/**
 * Reads all that a trial needs to know from the environment.
 * @throws BadInputError that names every mistake with its path
 */
export function readSweepConfig(
  environment: Environment,
  declarations: readonly WorkloadDeclaration[],
): SweepConfig {
  const training = readTrainingConfig(environment, declarations);
  const { run } = training;
  const study = readStudy(environment[sweepVariable]);
  const declaration = declarations.find(({ name }) => name === run.workload);
  if (run.trainer !== undefined || declaration === undefined) {
    throw new BadInputError(
      `${sweepVariable}: a trainer of your own has no declared ranges; sweep a workload`,
    );
  }
  const problems = checkStudy(study, declaration);
  if (study.name !== run.name)
    problems.push(`name: is '${study.name}', the run's is '${run.name}'`);
  if (problems.length > 0) {
    throw new BadInputError(problems.map((problem) => `${sweepVariable}.${problem}`).join("; "));
  }
  // Without a name of its own, another study over the same run is another Job.
  const job = environment[jobVariable] || sha256Hex(canonicalJson({ run, study }));
  return { study, training: { ...training, job } };
}

/** @throws BadInputError where the environment names no trial of the study */
export function readTrialIndex(environment: Environment, { trials }: SweepStudy): number {
  const text = environment[trialVariable] ?? "";
  const index = Number(text);
  if (/^\d+$/.test(text) && index < trials) return index;
  throw new BadInputError(
    `${trialVariable}: is '${text}', must be 0 to ${trials - 1}; an Indexed Job sets it for each pod`,
  );
}

function readStudy(text: string | undefined): SweepStudy {
  if (!text) throw new BadInputError(`${sweepVariable} is not set: it must hold a study as JSON`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadInputError(`${sweepVariable} is not JSON`);
  }
  const result = SweepStudy.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `${[sweepVariable, ...path].join(".")}: ${message}`,
  );
  throw new BadInputError(problems.join("; "));
}

/** What a study draws or ranks by that its workload does not declare, so that no trial fails half-way for it. */
function checkStudy(
  study: SweepStudy,
  { name, parameters, metrics }: WorkloadDeclaration,
): string[] {
  const problems = Object.entries(study.parameters).flatMap(([swept, range]) => {
    const parameter = parameters[swept];
    const found =
      parameter === undefined
        ? [`workload ${name} has no such parameter`]
        : checkRange(range, parameter);
    return found.map((problem) => `parameters.${swept}: ${problem}`);
  });
  const metric = metrics[study.metric];
  if (metric === undefined) {
    problems.push(`metric: workload ${name} measures ${Object.keys(metrics).join(", ")}`);
  } else if (metric.direction !== study.direction) {
    problems.push(`direction: ${study.metric} is declared as ${metric.direction}`);
  }
  return problems;
}

function checkRange(range: SweepRange, parameter: Parameter): string[] {
  const [[kind, values] = ["", []]] = Object.entries(range) as [string, (number | string)[]][];
  const numeric = parameter.type === "number" || parameter.type === "integer";
  if (!numeric && kind !== "choice") return ["is no number: needs `choice`"];
  if (parameter.type === "integer" && kind !== "choice" && kind !== "integer") {
    return ["is a whole number: needs `integer` or `choice`"];
  }
  const schema = parameterSchema({ parameters: { value: parameter } });
  return values.flatMap((value) => {
    const issues = schema.safeParse({ value }).error?.issues ?? [];
    return issues.map(({ message }) => `${value}: ${message}`);
  });
}
