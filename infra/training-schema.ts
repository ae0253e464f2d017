import { z } from "zod";
import { gpuDefaults } from "../components/gpu/gpu.ts";
import { defaultResources } from "../components/foundation/requests.ts";
import { DataSetName } from "../contracts/data-set.ts";
import { Identifier, Name } from "../contracts/primitives.ts";
import { sweepMethods, SweepSpace } from "../contracts/sweep.ts";
import { scheduleProblem, timeZoneProblem } from "./cron.ts";
import { Gpu } from "./gpu-schema.ts";
import { Duration, Image, oneOf, Quantity } from "./schema-parts.ts";

/** A text that a function finds nothing wrong with. */
const checked = (problemOf: (text: string) => string | undefined) =>
  z.string().superRefine((text, context) => {
    const message = problemOf(text);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

const amount = (description: string, plain: string, withGpu: string) =>
  Quantity.optional().meta({ description, unset: `${plain}; with a GPU ${withGpu}` });

const Resources = z
  .strictObject({
    cpu: amount(
      "CPU it requests",
      `\`${defaultResources.training.cpu}\``,
      `\`${gpuDefaults.cpu}\``,
    ),
    memory: amount(
      "Memory it requests",
      `what the [workload](#workloads) says, else \`${defaultResources.training.memory}\``,
      `\`${gpuDefaults.memory}\``,
    ),
    cpuLimit: amount("CPU it may use at most", "none", `\`${gpuDefaults.cpuLimit}\``),
    memoryLimit: amount(
      "Memory it may use at most",
      "what it requests",
      `\`${gpuDefaults.memoryLimit}\``,
    ),
    sharedMemory: amount(
      "Size of `/dev/shm`, in memory",
      "the runtime's own",
      `\`${gpuDefaults.sharedMemory}\``,
    ),
  })
  .prefault({});

const Volume = oneOf(
  { key: "claim", excludes: { size: "a claim has its own size" } },
  z.strictObject({
    size: Quantity.meta({
      unset: `none; with a GPU \`${gpuDefaults.data}\``,
      description: "Size of a volume at `/data` that lives as long as the pod",
    }),
  }),
  z.strictObject({
    claim: Name.meta({
      shown: "name",
      unset: "none",
      description:
        "A PersistentVolumeClaim of the environment's namespace, as the volume at `/data`",
    }),
  }),
);

/** When something is done anew. That both are there, or none, is checked where whole files are compared. */
export const when = {
  schedule: checked(scheduleProblem).optional().meta({
    shown: "five fields of cron",
    description: "When it is done anew, besides: `0 2 * * *`. Never twice at the same time",
  }),
  timeZone: checked(timeZoneProblem).optional().meta({
    shown: "IANA time zone",
    unset: "required with `schedule`",
    description: "The zone that the schedule is in, such as `Europe/Helsinki`",
  }),
};

const common = {
  onUp: z.enum(["await", "start", "never"]).default("await").meta({
    description:
      "Whether an `up` waits for the training Job, only starts it, or leaves it alone; with `image` and `schedule` only `never`",
  }),
  ...when,
  retries: z.int().min(0).max(10).default(3).meta({
    description: "How often a failed pod is tried again, in a sweep that of each trial",
  }),
  deadline: Duration.optional().meta({
    description:
      "How long a Job may take, such as `12h`: waiting for a node and all its retries, or a sweep's trials, together. Then it is " +
      "ended and has failed. The budget of the policy `gpu-hours` needs one",
  }),
  gpu: Gpu("GPUs of a run").optional(),
  resources: Resources,
  volume: Volume.optional(),
};

const Sweep = z.strictObject({
  method: z.enum(sweepMethods).meta({
    description:
      "Every combination, independent draws, or draws that learn from the trials before (tree-structured Parzen estimator)",
  }),
  trials: z.int().min(1).max(1_000).optional().meta({
    unset: "required; with `grid` the number of combinations",
    description: "How many trainings are tried, each a pod",
  }),
  parallelism: z.int().min(1).max(100).default(2).meta({
    description: "How many trials run at the same time",
  }),
  metric: Identifier.meta({
    description:
      "The metric of the [workload](#workloads) that ranks the trials, in its own direction",
  }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(42)
    .meta({ description: "Start of the draws" }),
  parameters: SweepSpace.meta({
    entry: "parameter",
    shown:
      "one of `{choice: [...]}`, `{uniform: [low, high]}`, `{logUniform: [low, high]}`, `{integer: [low, high]}`",
    description:
      "What a parameter of the [workload](#workloads) is drawn from; `grid` takes `choice` and `integer`",
  }),
  earlyStopping: z
    .strictObject({
      metric: Identifier.default("loss").meta({
        description:
          "What is logged by step, less being better: a trial above the median of the others is stopped",
      }),
      minTrials: z.int().min(1).max(1_000).default(5).meta({
        description: "No trial is stopped before so many others have come as far",
      }),
      afterSteps: z.int().min(0).max(1_000_000).default(100).meta({
        description: "No trial is stopped before this step",
      }),
    })
    .optional(),
});
export type SweepConfig = z.infer<typeof Sweep>;

/** What both kinds of training have, with a different idea of what may be left out. */
const about = {
  params: {
    entry: "parameter",
    shown: "number or text",
    unset: "the workload's own",
    description: "A parameter of the [workload](#workloads), or of a trainer of your own",
  },
  dataSet: {
    shown: "`name@version`",
    unset: "the workload's own; required with `image`",
    description: "Version of a data set in the environment's bucket; another one trains anew",
  },
};

const OwnTraining = z.strictObject({
  workload: z
    .string({
      error: ({ input }) =>
        input === undefined ? "is missing: either `workload` or `image` trains" : undefined,
    })
    .pipe(Name)
    .meta({
      shown: "name",
      unset: "either this or `image`",
      description: "Which of the [workloads](#workloads) is trained",
    }),
  params: z
    .record(Identifier, z.union([z.number(), z.string()]))
    .prefault({})
    .meta(about.params),
  dataSet: DataSetName.optional().meta(about.dataSet),
  ...common,
  sweep: Sweep.optional(),
});

const ForeignTraining = z.strictObject({
  image: Image.meta({
    shown: "image reference",
    unset: "either this or `workload`",
    description: "A trainer of any framework that keeps the [run contract](run-contract.md)",
  }),
  command: z.array(z.string().min(1)).min(1).optional().meta({
    shown: "list of texts",
    unset: "the image's own",
    description: "What the trainer's image starts",
  }),
  metrics: z
    .record(Identifier, z.enum(["minimize", "maximize"]))
    .refine((metrics) => Object.keys(metrics).length > 0, "needs at least one metric")
    .meta({
      entry: "metric",
      unset: "required with `image`",
      description: "A metric that the trainer promises, and which way is better",
    }),
  params: z
    .record(Identifier, z.union([z.number(), z.string(), z.boolean()]))
    .prefault({})
    .meta(about.params),
  dataSet: DataSetName.meta(about.dataSet),
  ...common,
});

/** A training by a workload of ours, or by any image that keeps the run contract. */
export const Training = oneOf(
  {
    key: "image",
    excludes: {
      workload: "either `workload` or `image` trains, not both",
      sweep: "a sweep needs a `workload`, whose parameters have declared ranges",
    },
  },
  OwnTraining,
  ForeignTraining,
);
export type TrainingConfig = z.infer<typeof OwnTraining> | z.infer<typeof ForeignTraining>;
