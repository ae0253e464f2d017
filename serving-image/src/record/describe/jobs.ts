import { z } from "zod";
import type { Training } from "../../../../contracts/ledger.ts";
import { trainingRunVariable } from "../../../../contracts/training-run.ts";
import { authorOf } from "../author.ts";
import type { SeenObject } from "../seen-object.ts";
import { modelOf, type Described } from "./described.ts";

const Job = z.object({
  status: z
    .object({
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().optional(),
            message: z.string().optional(),
          }),
        )
        .default([]),
    })
    .default({ conditions: [] }),
});

/** Where the run stands in the pod: first among the variables of a container of ours. */
const Pod = z.object({
  spec: z.object({
    template: z.object({
      spec: z.record(z.string(), z.unknown()).transform((pod) =>
        ["initContainers", "containers"].flatMap((key) => {
          const containers = Containers.safeParse(pod[key]).data ?? [];
          return containers.flatMap(({ env }) => env);
        }),
      ),
    }),
  }),
});
const Containers = z.array(
  z.object({
    env: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
  }),
);
const Run = z.object({ gitCommit: z.string().min(1) });

/** Commit of the sources that a Job trains from, as it was told; undefined where it was told none. */
function commitOf(object: SeenObject): string | undefined {
  const variables = Pod.safeParse(object).data?.spec.template.spec ?? [];
  const run = variables.find(({ name }) => name === trainingRunVariable)?.value;
  try {
    return Run.safeParse(JSON.parse(run ?? "null")).data?.gitCommit;
  } catch {
    return undefined;
  }
}

/** How far a training is. */
export function describeTraining(object: SeenObject): Described {
  const { ownerReferences } = object.metadata;
  const conditions = Job.catch({ status: { conditions: [] } }).parse(object).status.conditions;
  const done = (type: string) =>
    conditions.find((condition) => condition.type === type && condition.status === "True");
  const failed = done("Failed");
  const isOver = failed !== undefined || done("Complete") !== undefined;
  const training: Training =
    failed === undefined
      ? { phase: isOver ? "complete" : "running" }
      : { phase: "failed", reason: [failed.reason, failed.message].filter(Boolean).join(": ") };
  const schedule = ownerReferences.find(({ kind }) => kind === "CronJob")?.name;
  const commit = commitOf(object);
  return {
    model: modelOf(object),
    ...(isOver ? authorOf(object, [["f:status"]], "status") : authorOf(object, [["f:spec"]])),
    change: {
      kind: "training",
      from: null,
      to: training,
      ...(schedule === undefined ? {} : { schedule }),
      ...(commit === undefined ? {} : { commit }),
    },
  };
}
