import { z } from "zod";
import type { Training } from "../../../../contracts/ledger.ts";
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
  return {
    model: modelOf(object),
    ...(isOver ? authorOf(object, [["f:status"]], "status") : authorOf(object, [["f:spec"]])),
    change: {
      kind: "training",
      from: null,
      to: training,
      ...(schedule === undefined ? {} : { schedule }),
    },
  };
}
