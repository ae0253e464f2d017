import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { parameterSchema, type WorkloadDeclaration } from "../contracts/workload.ts";
import { declarations as ownWorkloads } from "../training-image/workloads/index.ts";
import {
  ClusterStack,
  EnvironmentStack,
  type ClusterConfig,
  type EnvironmentConfig,
} from "./schema.ts";

export type StackConfig = ClusterConfig | EnvironmentConfig;

/** One mistake in a stack file. */
export interface Problem {
  /** Where: `isotherm:models.wine.gates[0].metric`. */
  path: string;
  /** What is wrong, and what would be right. */
  message: string;
}

/** Every mistake of a stack file at once. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    const lines = problems.map(({ path, message }) => `  ${path}: ${message}`);
    const count = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
    super(`${count} in the stack's config, nothing was touched:\n${lines.join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

const namespace = "isotherm:";

/**
 * Turns the `config` of a stack file into typed configuration.
 * @param raw values by full key (`isotherm:role`), objects as objects
 * @throws ConfigError with every mistake
 */
export function parseConfig(
  raw: Readonly<Record<string, unknown>>,
  declarations: readonly WorkloadDeclaration[] = ownWorkloads,
): StackConfig {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) {
    if (key.startsWith(namespace)) values[key.slice(namespace.length)] = value;
    else if (!key.startsWith("pulumi:")) {
      problems.push({ path: key, message: `nothing reads this; keys start with "${namespace}"` });
    }
  }
  const role = values["role"];
  if (role !== "cluster" && role !== "environment") {
    problems.push({ path: `${namespace}role`, message: `must be "cluster" or "environment"` });
    throw new ConfigError(problems);
  }
  const schema = role === "cluster" ? ClusterStack : EnvironmentStack;
  const result = schema.safeParse(values);
  if (!result.success) {
    problems.push(...result.error.issues.flatMap(describeIssue));
    throw new ConfigError(problems);
  }
  const config = result.data;
  if (config.role === "environment") problems.push(...checkEnvironment(config, declarations));
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/**
 * Reads the configuration of the stack that runs.
 * @throws pulumi.RunError with every mistake
 */
export function readConfig(): StackConfig {
  const raw = Object.entries(pulumi.runtime.allConfig()).map(([key, text]) => [key, decode(text)]);
  try {
    return parseConfig(Object.fromEntries(raw));
  } catch (error) {
    if (error instanceof ConfigError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

/** Pulumi hands objects to a program as JSON text, and scalars as they are. */
function decode(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function describeIssue(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: describePath([...issue.path, key]),
      message: "unknown key",
    }));
  }
  if (
    issue.code === "invalid_type" &&
    issue.input === undefined &&
    /received undefined/.test(issue.message)
  ) {
    return [{ path: describePath(issue.path), message: `is missing (${issue.expected})` }];
  }
  if (issue.code === "invalid_key") {
    const reasons = issue.issues.map((inner) => inner.message).join("; ");
    return [{ path: describePath(issue.path), message: `not a name: ${reasons}` }];
  }
  return [{ path: describePath(issue.path), message: issue.message }];
}

/** `["models", "wine", "gates", 0]` reads `isotherm:models.wine.gates[0]`. */
function describePath(path: readonly PropertyKey[]): string {
  const parts = path.map((part, index) =>
    typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`,
  );
  return `${namespace}${parts.join("")}`;
}

/** What no single value shows: names that other values must know. */
function checkEnvironment(
  config: EnvironmentConfig,
  declarations: readonly WorkloadDeclaration[],
): Problem[] {
  const problems: Problem[] = [];
  const workloads = new Map(declarations.map((declaration) => [declaration.name, declaration]));
  for (const [name, training] of Object.entries(config.training)) {
    const path = `${namespace}training.${name}`;
    const declaration = workloads.get(training.workload);
    if (declaration === undefined) {
      const known = [...workloads.keys()].join(", ");
      problems.push({
        path: `${path}.workload`,
        message: `no workload is called "${training.workload}"; there is ${known}`,
      });
      continue;
    }
    const params = parameterSchema(declaration).safeParse(training.params);
    if (params.success) training.params = params.data;
    else
      problems.push(
        ...params.error.issues.flatMap((issue) => parameterProblem(path, issue, declaration)),
      );
  }
  for (const [name, model] of Object.entries(config.models)) {
    const path = `${namespace}models.${name}`;
    if ("follow" in model.blue) {
      if (config.training[model.blue.follow] === undefined) {
        const known = Object.keys(config.training).join(", ") || "none";
        problems.push({
          path: `${path}.blue.follow`,
          message: `no training is called "${model.blue.follow}"; there is ${known}`,
        });
      } else if (model.blue.follow !== name) {
        problems.push({
          path: `${path}.blue.follow`,
          message: `training "${model.blue.follow}" makes the model of its own name; call this model "${model.blue.follow}"`,
        });
      }
    }
    const declaration = workloads.get(config.training[name]?.workload ?? "");
    if (declaration === undefined) continue;
    model.gates.forEach((gate, index) => {
      if (Object.hasOwn(declaration.metrics, gate.metric)) return;
      const logged = Object.keys(declaration.metrics).join(", ");
      problems.push({
        path: `${path}.gates[${index}].metric`,
        message: `workload ${declaration.name} logs no metric "${gate.metric}"; it logs ${logged}`,
      });
    });
  }
  return problems;
}

function parameterProblem(
  path: string,
  issue: z.core.$ZodIssue,
  declaration: WorkloadDeclaration,
): Problem[] {
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(declaration.parameters).join(", ");
    return issue.keys.map((key) => ({
      path: `${path}.params.${key}`,
      message: `workload ${declaration.name} has no such parameter; it has ${known}`,
    }));
  }
  return [{ path: `${path}.params.${issue.path.join(".")}`, message: issue.message }];
}
