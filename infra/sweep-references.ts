import { z } from "zod";
import { gridSize, gridValues, SweepRange, type SweepSpace } from "../contracts/sweep.ts";
import {
  parameterSchema,
  type Parameter,
  type WorkloadDeclaration,
} from "../contracts/workload.ts";
import type { ReferenceProblem } from "./reference-problem.ts";

/** As much of a sweep as can be compared, whatever else is wrong in it. */
export const SweepDraft = z.object({
  method: z.string().optional().catch(undefined),
  trials: z.unknown().optional(),
  metric: z.string().optional().catch(undefined),
  parameters: z.record(z.string(), z.unknown()).catch({}),
});
export type SweepDraft = z.infer<typeof SweepDraft>;

/** More pods than these no study is made of. */
const maximumTrials = 1_000;

/** What a sweep draws or ranks by that its workload does not declare. */
export function checkSweep(
  path: readonly string[],
  { method, trials, metric, parameters }: SweepDraft,
  declaration: WorkloadDeclaration,
): ReferenceProblem[] {
  const space = Object.entries(parameters).flatMap(([name, value]) => {
    const range = SweepRange.safeParse(value).data;
    return range === undefined ? [] : [[name, range] as const];
  });
  const whole = space.length === Object.keys(parameters).length && space.length > 0;
  return [
    ...checkMetric([...path, "metric"], metric, declaration),
    ...Object.keys(parameters).flatMap((name) =>
      unknownParameter([...path, "parameters", name], name, declaration),
    ),
    ...space.flatMap(([name, range]) => {
      const parameter = declaration.parameters[name];
      const place = [...path, "parameters", name];
      return parameter === undefined ? [] : checkRange(place, name, range, parameter);
    }),
    ...(method === "grid"
      ? checkGrid(path, trials, Object.fromEntries(space), whole)
      : checkTrials([...path, "trials"], trials, method)),
  ];
}

function checkMetric(
  path: readonly string[],
  metric: string | undefined,
  { name, metrics }: WorkloadDeclaration,
): ReferenceProblem[] {
  if (metric === undefined || Object.hasOwn(metrics, metric)) return [];
  const logged = Object.keys(metrics).join(", ");
  return [{ path, message: `workload ${name} logs no metric "${metric}"; it logs ${logged}` }];
}

function unknownParameter(
  path: readonly string[],
  parameter: string,
  { name, parameters }: WorkloadDeclaration,
): ReferenceProblem[] {
  if (Object.hasOwn(parameters, parameter)) return [];
  const known = Object.keys(parameters).join(", ");
  return [{ path, message: `workload ${name} has no such parameter; it has ${known}` }];
}

function checkRange(
  path: readonly string[],
  name: string,
  range: SweepRange,
  parameter: Parameter,
): ReferenceProblem[] {
  const [kind, values] = Object.entries(range)[0] as [string, readonly (number | string)[]];
  if (parameter.type === "choice" && kind !== "choice") {
    const message = `is one of ${parameter.choices.join(", ")}: use \`choice\``;
    return [{ path: [...path, kind], message }];
  }
  if (parameter.type === "text" && kind !== "choice") {
    return [{ path: [...path, kind], message: "is a text: use `choice`" }];
  }
  if (parameter.type === "integer" && kind !== "integer" && kind !== "choice") {
    return [{ path: [...path, kind], message: "is a whole number: use `integer` or `choice`" }];
  }
  const schema = parameterSchema({ parameters: { [name]: parameter } });
  return values.flatMap((value, index) => {
    const issues = schema.safeParse({ [name]: value }).error?.issues ?? [];
    return issues.map(({ message }) => ({ path: [...path, kind, index], message }));
  });
}

function checkTrials(
  path: readonly string[],
  trials: unknown,
  method: string | undefined,
): ReferenceProblem[] {
  if (trials !== undefined || (method !== "random" && method !== "tpe")) return [];
  return [{ path, message: `is missing: how many trainings ${method} may try` }];
}

function checkGrid(
  path: readonly string[],
  trials: unknown,
  space: SweepSpace,
  whole: boolean,
): ReferenceProblem[] {
  const continuous = Object.keys(space).filter((name) => gridValues(space[name]) === undefined);
  const size = whole ? gridSize(space) : undefined;
  const problems: ReferenceProblem[] = continuous.map((name) => ({
    path: [...path, "parameters", name],
    message: "a grid needs `choice` or `integer`: a continuous range has no steps",
  }));
  if (size !== undefined && size > maximumTrials) {
    const message = `the grid has ${size} combinations, at most ${maximumTrials} are tried`;
    problems.push({ path: [...path, "parameters"], message });
  } else if (size !== undefined && typeof trials === "number" && trials !== size) {
    const message = `the grid has ${size} combinations; leave \`trials\` out`;
    problems.push({ path: [...path, "trials"], message });
  }
  return problems;
}
