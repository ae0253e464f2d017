import { z } from "zod";
import { parameterSchema, type WorkloadDeclaration } from "../contracts/workload.ts";

/** A name that something else in the stack file, or in a workload's code, does not know. */
export interface ReferenceProblem {
  path: readonly PropertyKey[];
  message: string;
}

const text = z.string().optional().catch(undefined);

/** As much of a stack file as can be compared, whatever else is wrong in it: so one run names every mistake. */
const Draft = z.object({
  training: z
    .record(
      z.string(),
      z
        .object({ workload: text, params: z.record(z.string(), z.unknown()).catch({}) })
        .catch({ workload: undefined, params: {} }),
    )
    .catch({}),
  models: z
    .record(
      z.string(),
      z
        .object({
          blue: z.object({ follow: text }).catch({ follow: undefined }),
          gates: z.array(z.object({ metric: text }).catch({ metric: undefined })).catch([]),
        })
        .catch({ blue: { follow: undefined }, gates: [] }),
    )
    .catch({}),
});
type Draft = z.infer<typeof Draft>;

/** Finds what no single value shows: names that other values, or the workloads, must know. */
export function checkReferences(
  values: Readonly<Record<string, unknown>>,
  declarations: readonly WorkloadDeclaration[],
): ReferenceProblem[] {
  const draft = Draft.parse(values);
  const workloads = new Map(declarations.map((declaration) => [declaration.name, declaration]));
  return [
    ...Object.entries(draft.training).flatMap(([name, training]) =>
      checkTraining(["training", name], training, workloads),
    ),
    ...Object.entries(draft.models).flatMap(([name, model]) => [
      ...checkFollow(["models", name, "blue", "follow"], name, model.blue.follow, draft),
      ...checkGates(
        ["models", name, "gates"],
        model.gates,
        workloads.get(draft.training[name]?.workload ?? ""),
      ),
    ]),
  ];
}

function checkTraining(
  path: readonly string[],
  { workload, params }: Draft["training"][string],
  workloads: ReadonlyMap<string, WorkloadDeclaration>,
): ReferenceProblem[] {
  if (workload === undefined) return [];
  const declaration = workloads.get(workload);
  if (declaration === undefined) {
    const known = [...workloads.keys()].join(", ");
    const message = `no workload is called "${workload}"; there is ${known}`;
    return [{ path: [...path, "workload"], message }];
  }
  const issues = parameterSchema(declaration).safeParse(params).error?.issues ?? [];
  return issues.flatMap((issue): ReferenceProblem[] => {
    if (issue.code !== "unrecognized_keys") {
      return [{ path: [...path, "params", ...issue.path], message: issue.message }];
    }
    const known = Object.keys(declaration.parameters).join(", ");
    const message = `workload ${declaration.name} has no such parameter; it has ${known}`;
    return issue.keys.map((key) => ({ path: [...path, "params", key], message }));
  });
}

function checkFollow(
  path: readonly string[],
  model: string,
  follow: string | undefined,
  { training }: Draft,
): ReferenceProblem[] {
  if (follow === undefined) return [];
  const isThere = Object.hasOwn(training, follow);
  if (isThere && follow === model) return [];
  const known = Object.keys(training).join(", ") || "none";
  const message = isThere
    ? `training "${follow}" makes the model of its own name; call this model "${follow}"`
    : `no training is called "${follow}"; there is ${known}`;
  return [{ path, message }];
}

function checkGates(
  path: readonly string[],
  gates: Draft["models"][string]["gates"],
  workload: WorkloadDeclaration | undefined,
): ReferenceProblem[] {
  if (workload === undefined) return [];
  return gates.flatMap(({ metric }, index): ReferenceProblem[] => {
    if (metric === undefined || Object.hasOwn(workload.metrics, metric)) return [];
    const logged = Object.keys(workload.metrics).join(", ");
    const message = `workload ${workload.name} logs no metric "${metric}"; it logs ${logged}`;
    return [{ path: [...path, index, "metric"], message }];
  });
}
