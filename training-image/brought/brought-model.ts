import { z } from "zod";
import { DriftBaseline } from "../../contracts/baseline.ts";
import { InputExample, inputExamplePath } from "../../contracts/input-example.ts";
import { ModelContract } from "../../contracts/model-contract.ts";
import { TrainerMetrics, TrainerStep } from "../../contracts/run-contract.ts";
import { BadInputError } from "../workloads/errors.ts";
import { deriveContract, readSignature } from "./signature.ts";

/** The files of a model that something else trained, by the names of the run contract. */
export interface BroughtFiles {
  model: Uint8Array;
  metrics: string;
  contract?: string | undefined;
  baseline?: string | undefined;
  example?: string | undefined;
  steps?: string | undefined;
}

export interface ReadOptions {
  /** Name of the training definition. */
  name: string;
  /** Metrics that were promised. */
  declared?: readonly string[];
  dataSha256: string;
  /** For a contract that has to be derived. */
  features?: readonly string[] | undefined;
  classes?: readonly string[] | undefined;
}

/** A model that something else trained, read and checked. */
export interface BroughtModel {
  model: Uint8Array;
  contract: ModelContract;
  baseline?: DriftBaseline;
  example?: InputExample;
  metrics: Record<string, number>;
  steps: TrainerStep[];
  producer: string;
}

/** @throws BadInputError that names the file and what is wrong with it */
export function readBrought(files: BroughtFiles, options: ReadOptions): BroughtModel {
  const signature = readSignature(files.model);
  const metrics = parse("metrics.json", files.metrics, TrainerMetrics);
  const missing = (options.declared ?? []).filter((name) => !Object.hasOwn(metrics, name));
  if (missing.length > 0) {
    throw new BadInputError(`metrics.json: the declared ${missing.join(", ")} is missing`);
  }
  const contract =
    files.contract === undefined
      ? deriveContract(signature, { ...options, model: options.name })
      : readContract(files.contract, options.name);
  const brought: BroughtModel = {
    model: files.model,
    contract,
    // Numbers that JSON cannot write stand there by name.
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([key, value]) => [key, Number(value)]),
    ),
    steps: readSteps(files.steps),
    producer: signature.producer,
  };
  if (files.baseline !== undefined) {
    brought.baseline = readBaseline(files.baseline, contract, options.dataSha256);
  }
  // Whether it is one of what the model takes, the server's own loader finds out.
  if (files.example !== undefined) {
    brought.example = parse(inputExamplePath, files.example, InputExample);
  }
  return brought;
}

/** Schema and model may be left out: they go without saying. */
function readContract(text: string, name: string): ModelContract {
  const given = parseObject("contract.json", text);
  const contract = check("contract.json", ModelContract, {
    schema: "isotherm.dev/model-contract/v1",
    model: name,
    ...given,
  });
  if (contract.model !== name) {
    throw new BadInputError(`contract.json: model: is '${contract.model}', wanted '${name}'`);
  }
  return contract;
}

function readBaseline(text: string, contract: ModelContract, dataSha256: string): DriftBaseline {
  const given = parseObject("baseline.json", text);
  const schema = "isotherm.dev/drift-baseline/v1";
  const baseline = check("baseline.json", DriftBaseline, { schema, dataSha256, ...given });
  const names = baseline.features.map(({ name }) => name).join(", ");
  const wanted = contract.features.map(({ name }) => name).join(", ");
  if (names !== wanted) {
    throw new BadInputError(`baseline.json: features: are ${names}, the contract has ${wanted}`);
  }
  return baseline;
}

function readSteps(text: string | undefined): TrainerStep[] {
  const lines = (text ?? "").split("\n").map((line, index) => ({ line, number: index + 1 }));
  return lines
    .filter(({ line }) => line.trim() !== "")
    .map(({ line, number }) => parse(`steps.jsonl line ${number}`, line, TrainerStep));
}

function parse<T>(file: string, text: string, schema: z.ZodType<T>): T {
  return check(file, schema, parseJson(file, text));
}

function parseObject(file: string, text: string): Record<string, unknown> {
  return check(file, z.record(z.string(), z.unknown()), parseJson(file, text));
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Python writes NaN as it is, which is no JSON.
    const cure = /\bNaN\b|\bInfinity\b/.test(text) ? ': write "NaN" and "Infinity" as strings' : "";
    throw new BadInputError(`${file} is not JSON: ${(error as Error).message}${cure}`);
  }
}

function check<T>(file: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
  throw new BadInputError(`${file}: ${problems.join("; ")}`);
}
