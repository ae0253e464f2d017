import { z } from "zod";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import { jobVariable, TrainingRun, trainingRunVariable } from "../../contracts/training-run.ts";
import { type ParameterValues, parameterSchema } from "../../contracts/workload.ts";
import type { WorkloadDeclaration } from "../../contracts/workload.ts";
import { BadInputError } from "../workloads/errors.ts";
import { type CheckpointSettings, readCheckpointSettings } from "./checkpoints/settings.ts";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface TrainingConfig {
  run: TrainingRun;
  /** Checked against the workload's declaration, defaults filled in; none where a trainer trains. */
  parameters: ParameterValues;
  credentials: Credentials;
  /** The same for every attempt of one Job, and for no other Job. */
  job: string;
  checkpoints: CheckpointSettings;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const Job = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,128}$/, "must be 1-128 of A-Z, a-z, 0-9, '.', '_', '-'");

/**
 * Reads all that a training needs to know from the environment.
 * @throws BadInputError that names every mistake with its path
 */
export function readTrainingConfig(
  environment: Environment,
  declarations: readonly WorkloadDeclaration[],
): TrainingConfig {
  const problems: string[] = [];
  const run = readRun(environment[trainingRunVariable], problems);
  const credentials = readCredentials(environment, problems);
  const parameters = run === undefined ? {} : readParameters(run, declarations, problems);
  const job = readJob(environment[jobVariable], run, problems);
  const checkpoints = readCheckpointSettings(environment, problems);
  if (run === undefined || problems.length > 0) throw new BadInputError(problems.join("; "));
  return { run, parameters, credentials, job, checkpoints };
}

/** @throws BadInputError that names every variable that is missing */
export function requireCredentials(environment: Environment): Credentials {
  const problems: string[] = [];
  const credentials = readCredentials(environment, problems);
  if (problems.length > 0) throw new BadInputError(problems.join("; "));
  return credentials;
}

function readRun(text: string | undefined, problems: string[]): TrainingRun | undefined {
  if (text === undefined || text === "") {
    problems.push(`${trainingRunVariable} is not set: it must hold a training run as JSON`);
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    problems.push(`${trainingRunVariable} is not JSON`);
    return undefined;
  }
  const result = TrainingRun.safeParse(value);
  if (result.success) return result.data;
  problems.push(...describe(result.error, trainingRunVariable));
  return undefined;
}

function readParameters(
  run: TrainingRun,
  declarations: readonly WorkloadDeclaration[],
  problems: string[],
): ParameterValues {
  // What a trainer of the user's own takes, only it knows.
  if (run.trainer !== undefined) return {};
  const declaration = declarations.find(({ name }) => name === run.workload);
  if (declaration === undefined) {
    const known = declarations.map(({ name }) => name).join(", ");
    problems.push(
      `${trainingRunVariable}.workload: '${run.workload}' is unknown, there is ${known}`,
    );
    return {};
  }
  const result = parameterSchema(declaration).safeParse(run.params);
  if (result.success) return result.data;
  problems.push(...describe(result.error, `${trainingRunVariable}.params`));
  return {};
}

function readCredentials(environment: Environment, problems: string[]): Credentials {
  const value = (name: string): string => {
    const text = environment[name] ?? "";
    if (text === "") problems.push(`${name} is not set: it comes from the object store's Secret`);
    return text;
  };
  return {
    accessKeyId: value("AWS_ACCESS_KEY_ID"),
    secretAccessKey: value("AWS_SECRET_ACCESS_KEY"),
  };
}

function readJob(
  text: string | undefined,
  run: TrainingRun | undefined,
  problems: string[],
): string {
  if (text === undefined || text === "") return sha256Hex(canonicalJson(run ?? {}));
  const result = Job.safeParse(text);
  if (!result.success) problems.push(...describe(result.error, jobVariable));
  return text;
}

function describe(error: z.ZodError, root: string): string[] {
  return error.issues.map(({ path, message }) => `${[root, ...path].join(".")}: ${message}`);
}
