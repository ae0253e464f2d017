import type { StackValidationPolicy } from "@pulumi/policy";
import { z } from "zod";
import { enforcementLevel } from "./enforcement.ts";
import { gpusOf } from "./gpu-placement.ts";
import { containersOf } from "./pods.ts";
import { placeOf } from "./selectors.ts";
import { settings } from "./settings.ts";
import { judgeEach } from "./unknown.ts";

const { configSchema, read } = settings({
  hours: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      "GPU hours that all Jobs of a stack may take, one run of each schedule; without it, any number",
    ),
});

export const gpuHours: StackValidationPolicy = {
  name: "gpu-hours",
  description:
    "All Jobs of a stack together, and one run of each schedule, take no more GPU hours than the budget: GPUs times deadline.",
  enforcementLevel,
  configSchema,
  validateStack: (args, report) => {
    const { hours: budget } = read(args);
    if (budget === undefined) return;
    let total = 0;
    judgeEach(args.resources, ({ type, props, urn }) => {
      const gpus = gpusAtOnce(type, props);
      if (gpus === 0) return;
      const seconds = jobSpec(type, props)?.activeDeadlineSeconds;
      if (seconds === undefined) {
        const who = `${type.split(":").at(-1)} ${placeOf({ props }).name}`;
        report(
          `${who}: asks for a GPU without a deadline, so that its hours have no bound; set the training's deadline`,
          urn,
        );
        return;
      }
      total += (gpus * seconds) / 3_600;
    });
    if (total > budget) {
      report(`the Jobs may take ${total.toFixed(1)} GPU hours, the budget is ${budget}`);
    }
  },
};

interface JobSpec {
  activeDeadlineSeconds?: number;
  parallelism?: number;
}

function jobSpec(type: string, props: unknown): JobSpec | undefined {
  const { spec } = props as { spec?: JobSpec & { jobTemplate?: { spec?: JobSpec } } };
  if (type === "kubernetes:batch/v1:CronJob") return spec?.jobTemplate?.spec;
  return type === "kubernetes:batch/v1:Job" ? spec : undefined;
}

/** GPUs of a Job's pods that run at the same time; its deadline is one for all of them. */
export function gpusAtOnce(type: string, props: unknown): number {
  const spec = jobSpec(type, props);
  if (spec === undefined) return 0;
  const counts = containersOf(type, props).flatMap((container) =>
    gpusOf(container).map(([, count]) => count),
  );
  // Steps of one pod run one after the other, and hold what the largest of them asks for.
  return Math.max(0, ...counts) * (spec.parallelism ?? 1);
}
