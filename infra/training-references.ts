import { z } from "zod";
import { defaultResources, quantityOf } from "../components/foundation/requests.ts";
import { gpuDefaults } from "../components/gpu/gpu.ts";
import { parameterSchema, type WorkloadDeclaration } from "../contracts/workload.ts";
import { checkPool, GpuDraft, hasGpu, type GpuPoolDraft } from "./gpu-references.ts";
import { Quantity } from "./schema-parts.ts";
import type { ReferenceProblem } from "./reference-problem.ts";
import { checkSweep, SweepDraft } from "./sweep-references.ts";

const text = z.string().optional().catch(undefined);
const bag = z.record(z.string(), z.unknown()).catch({});

/** As much of a training as can be compared, whatever else is wrong in it. */
export const TrainingDraft = z
  .object({
    workload: text,
    image: text,
    params: bag,
    metrics: bag,
    schedule: z.unknown().optional(),
    timeZone: z.unknown().optional(),
    onUp: text,
    gpu: GpuDraft,
    resources: bag,
    sweep: SweepDraft.optional().catch(undefined),
  })
  .catch({
    workload: undefined,
    image: undefined,
    params: {},
    metrics: {},
    schedule: undefined,
    timeZone: undefined,
    onUp: undefined,
    gpu: undefined,
    resources: {},
    sweep: undefined,
  });
export type TrainingDraft = z.infer<typeof TrainingDraft>;

export interface Known {
  workloads: ReadonlyMap<string, WorkloadDeclaration>;
  gpuPools: Readonly<Record<string, GpuPoolDraft>>;
}

/** What a training names that is not there, or that does not fit together. */
export function checkTraining(
  path: readonly string[],
  training: TrainingDraft,
  known: Known,
): ReferenceProblem[] {
  return [
    ...checkWorkload(path, training, known.workloads),
    ...checkSchedule(path, training),
    ...checkTurns(path, training),
    ...checkPool([...path, "gpu", "pool"], training.gpu?.pool, known.gpuPools),
    ...checkResources([...path, "resources"], training, known.workloads),
  ];
}

function checkWorkload(
  path: readonly string[],
  { workload, params, sweep }: TrainingDraft,
  workloads: Known["workloads"],
): ReferenceProblem[] {
  if (workload === undefined) return [];
  const declaration = workloads.get(workload);
  if (declaration === undefined) {
    const names = [...workloads.keys()].join(", ");
    const message = `no workload is called "${workload}"; there is ${names}`;
    return [{ path: [...path, "workload"], message }];
  }
  const issues = parameterSchema(declaration).safeParse(params).error?.issues ?? [];
  const wrong = issues.flatMap((issue): ReferenceProblem[] => {
    if (issue.code !== "unrecognized_keys") {
      return [{ path: [...path, "params", ...issue.path], message: issue.message }];
    }
    const names = Object.keys(declaration.parameters).join(", ");
    const message = `workload ${declaration.name} has no such parameter; it has ${names}`;
    return issue.keys.map((key) => ({ path: [...path, "params", key], message }));
  });
  if (sweep === undefined) return wrong;
  const both = Object.keys(params).filter((name) => Object.hasOwn(sweep.parameters, name));
  return [
    ...wrong,
    ...both.map((name) => ({
      path: [...path, "params", name],
      message: "the sweep draws this one: leave it out here or there",
    })),
    ...checkSweep([...path, "sweep"], sweep, declaration),
  ];
}

/** A schedule without its time zone, or the other way round. */
export function checkSchedule(
  path: readonly string[],
  { schedule, timeZone }: { schedule?: unknown; timeZone?: unknown },
): ReferenceProblem[] {
  if ((schedule === undefined) === (timeZone === undefined)) return [];
  return [
    schedule === undefined
      ? { path: [...path, "timeZone"], message: "says nothing without `schedule`" }
      : {
          path: [...path, "timeZone"],
          message: "is missing: a schedule needs one, such as Europe/Helsinki or Etc/UTC",
        },
  ];
}

/** Jobs of a workload wait for each other (`run/turn.ts`); a trainer's image cannot be made to. */
function checkTurns(
  path: readonly string[],
  { image, schedule, onUp }: TrainingDraft,
): ReferenceProblem[] {
  if (image === undefined || schedule === undefined || onUp === "never") return [];
  const message =
    "must be `never` beside `schedule`: two Jobs of a trainer of your own could be at work at the same time";
  return [{ path: [...path, "onUp"], message }];
}

function checkResources(
  path: readonly string[],
  { gpu, resources, workload = "" }: TrainingDraft,
  workloads: Known["workloads"],
): ReferenceProblem[] {
  const { cpu, memory } = defaultResources.training;
  const defaults: Readonly<Record<string, string>> = hasGpu(gpu)
    ? gpuDefaults
    : { cpu, memory: workloads.get(workload)?.memory ?? memory };
  return ["cpu", "memory"].flatMap((name): ReferenceProblem[] => {
    const limit = Quantity.safeParse(resources[`${name}Limit`]).data;
    const request = Quantity.safeParse(resources[name] ?? defaults[name]).data;
    if (limit === undefined || request === undefined) return [];
    if (quantityOf(limit) >= quantityOf(request)) return [];
    const message = `is less than the ${request} of ${name} that it requests`;
    return [{ path: [...path, `${name}Limit`], message }];
  });
}
