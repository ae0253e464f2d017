import * as pulumi from "@pulumi/pulumi";
import { parameterSchema, type WorkloadDeclaration } from "../contracts/workload.ts";
import { declarations as ownWorkloads } from "../training-image/workloads/index.ts";
import { describeIssue, describePath, namespace, type Problem } from "./problems.ts";
import { checkReferences } from "./references.ts";
import {
  ClusterStack,
  EnvironmentStack,
  type ClusterConfig,
  type EnvironmentConfig,
} from "./schema.ts";

export type StackConfig = ClusterConfig | EnvironmentConfig;

export type { Problem } from "./problems.ts";

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
    problems.push(...wrongInBothRoles(values));
    throw new ConfigError(problems);
  }
  const schema = role === "cluster" ? ClusterStack : EnvironmentStack;
  const result = schema.safeParse(values);
  if (!result.success) problems.push(...result.error.issues.flatMap(describeIssue));
  if (role === "environment") {
    const named = new Set(problems.map(({ path }) => path));
    const references = checkReferences(values, declarations).map(({ path, message }) => ({
      path: describePath(path),
      message,
    }));
    problems.push(...references.filter(({ path }) => !named.has(path)));
  }
  if (!result.success || problems.length > 0) throw new ConfigError(problems);
  return withDefaults(result.data, declarations);
}

/** What is wrong whichever role was meant: someone who mistypes the role learns of the rest at once. */
function wrongInBothRoles(values: Readonly<Record<string, unknown>>): Problem[] {
  const [cluster, environment] = ([ClusterStack, EnvironmentStack] as const).map((schema) => {
    const role = schema.shape.role.value;
    return schema.safeParse({ ...values, role }).error?.issues.flatMap(describeIssue) ?? [];
  });
  return (cluster ?? []).filter(({ path, message }) =>
    environment?.some((other) => other.path === path && other.message === message),
  );
}

/** Fills in the parameters that the stack file leaves to the workload. */
function withDefaults(
  config: StackConfig,
  declarations: readonly WorkloadDeclaration[],
): StackConfig {
  if (config.role === "cluster") return config;
  for (const training of Object.values(config.training)) {
    if (!("workload" in training)) continue;
    const declaration = declarations.find(({ name }) => name === training.workload);
    if (declaration !== undefined) {
      training.params = parameterSchema(declaration).parse(training.params);
    }
  }
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
