import { z } from "zod";
import type { WorkloadDeclaration } from "../contracts/workload.ts";
import {
  checkCudaImage,
  checkGpuPool,
  checkPool,
  GpuDraft,
  GpuPoolDraft,
} from "./gpu-references.ts";
import { checkCompare, CompareDraft } from "./compare-references.ts";
import type { ReferenceProblem } from "./reference-problem.ts";
import { checkSlots, SlotsDraft } from "./slot-references.ts";
import { checkSchedule, checkTraining, TrainingDraft } from "./training-references.ts";

const text = z.string().optional().catch(undefined);

/** As much of a stack file as can be compared, whatever else is wrong in it: so one run names every mistake. */
const Draft = z.object({
  images: z.record(z.string(), z.unknown()).catch({}),
  gpuPools: z.record(z.string(), GpuPoolDraft).catch({}),
  training: z.record(z.string(), TrainingDraft).catch({}),
  models: z
    .record(
      z.string(),
      z
        .object({
          ...SlotsDraft,
          compare: CompareDraft,
          gates: z.array(z.object({ metric: text }).catch({ metric: undefined })).catch([]),
          gpu: GpuDraft,
        })
        // What is no model at all is a mistake of its own.
        .catch({ blue: { weight: 100 }, gates: [], gpu: undefined }),
    )
    .catch({}),
  batch: z
    .record(
      z.string(),
      z
        .object({
          model: text,
          schedule: z.unknown().optional(),
          timeZone: z.unknown().optional(),
        })
        .catch({ model: undefined }),
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
  const known = { workloads, gpuPools: draft.gpuPools };
  return [
    ...Object.entries(draft.gpuPools).flatMap(([name, pool]) =>
      checkGpuPool(["gpuPools", name], name, pool),
    ),
    ...Object.entries(draft.training).flatMap(([name, training]) =>
      checkTraining(["training", name], training, known),
    ),
    ...checkCudaImage(
      "training",
      draft.images["training"],
      Object.entries(draft.training)
        .filter(([, { workload }]) => workload !== undefined)
        .map(([name, { gpu }]) => ({ who: `training ${name}`, gpu })),
    ),
    ...checkCudaImage(
      "serving",
      draft.images["serving"],
      Object.entries(draft.models).map(([name, { gpu }]) => ({ who: `model ${name}`, gpu })),
    ),
    ...Object.entries(draft.models).flatMap(([name, model]) => [
      ...checkFollow(["models", name, "blue", "follow"], name, model.blue?.follow, draft),
      ...checkSlots(["models", name], model),
      ...checkCompare(["models", name, "compare"], model.compare, model.gates),
      ...(["blue", "green"] as const).flatMap((slot) =>
        checkCompare(["models", name, slot, "compare"], model[slot]?.compare, model.gates),
      ),
      ...checkPool(["models", name, "gpu", "pool"], model.gpu?.pool, draft.gpuPools),
      ...checkGates(
        ["models", name, "gates"],
        model.gates,
        logged(draft.training[name], workloads),
      ),
    ]),
    ...Object.entries(draft.batch).flatMap(([name, batch]) => [
      ...checkBatchModel(["batch", name, "model"], batch.model, draft),
      ...checkSchedule(["batch", name], batch),
    ]),
  ];
}

function checkBatchModel(
  path: readonly string[],
  model: string | undefined,
  { models }: Draft,
): ReferenceProblem[] {
  if (model === undefined) return [];
  const found = Object.hasOwn(models, model) ? models[model] : undefined;
  if (found?.blue !== undefined || found?.green !== undefined) return [];
  if (found !== undefined) {
    const message = `model "${model}" has no slot, so it has no release to predict with`;
    return [{ path, message }];
  }
  const known = Object.keys(models).join(", ") || "none";
  return [{ path, message: `no model is called "${model}"; there is ${known}` }];
}

/** Who logs metrics, and which. */
interface Logged {
  who: string;
  metrics: readonly string[];
  /** Metrics that a gate must bound. */
  required: readonly string[];
}

/** What is known of a training's metrics: what its workload declares, or its own definition promises. */
function logged(
  training: TrainingDraft | undefined,
  workloads: ReadonlyMap<string, WorkloadDeclaration>,
): Logged | undefined {
  if (training === undefined) return undefined;
  if (training.image !== undefined) {
    const metrics = Object.keys(training.metrics);
    return metrics.length === 0 ? undefined : { who: "the trainer", metrics, required: [] };
  }
  const workload = workloads.get(training.workload ?? "");
  if (workload === undefined) return undefined;
  const metrics = Object.keys(workload.metrics);
  const required = metrics.filter((metric) => workload.metrics[metric]?.gateRequired);
  return { who: `workload ${workload.name}`, metrics, required };
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
  known: Logged | undefined,
): ReferenceProblem[] {
  if (known === undefined) return [];
  const missing = known.required.filter(
    (required) => !gates.some(({ metric }) => metric === required),
  );
  return [
    ...missing.map((metric) => ({
      path,
      message: `${known.who} needs a gate on ${metric}, which has no bound that is safe by default`,
    })),
    ...gates.flatMap(({ metric }, index): ReferenceProblem[] => {
      if (metric === undefined || known.metrics.includes(metric)) return [];
      const message = `${known.who} logs no metric "${metric}"; it logs ${known.metrics.join(", ")}`;
      return [{ path: [...path, index, "metric"], message }];
    }),
  ];
}
