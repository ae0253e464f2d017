import { z } from "zod";
import { defaultResources } from "../components/foundation/requests.ts";
import { gpuServerDefaults } from "../components/gpu/gpu.ts";
import { AuditPolicy, EventSink, PhysicsPolicy } from "../contracts/audit-policy.ts";
import { DataSetName } from "../contracts/data-set.ts";
import { Gate } from "../contracts/gates.ts";
import { Identifier, Name } from "../contracts/primitives.ts";
import { Drift } from "./drift-schema.ts";
import { Gpu } from "./gpu-schema.ts";
import { Digest, Duration, offOr, oneOf, Quantity } from "./schema-parts.ts";

/** What people write under `isotherm:models.<name>` in a stack file: for the program, and for what edits stack files. */

const Follow = z.strictObject({
  follow: Name.meta({
    description:
      "Serve the newest release of this training that passes all gates. Such a slot is alone and has all the traffic; " +
      "a newer release takes the place of the older one in a rolling update",
  }),
  weight: z
    .literal(100, "must be 100: a slot that follows a training has all the traffic")
    .default(100)
    .meta({ shown: "whole number, 0 to 100", description: "Share of the requests, in percent" }),
});

const Compare = offOr(
  "Admit releases without a comparison with the incumbent, the release that has most of the requests",
  z.strictObject({
    metric: Identifier.optional().meta({
      shown: "metric",
      unset: "that of the first gate",
      description:
        "In which metric a release that is admitted here must be as good as the incumbent, both scored on the same " +
        "held-out data; the gate on it says which side is better. Where a slot follows a training, only if `compare` is written",
    }),
    tolerance: z.number().nonnegative().default(0).meta({
      shown: "number, 0 or more",
      description: "How much worse it may be, in the metric's own unit",
    }),
    data: DataSetName.optional().meta({
      shown: "`name@version`",
      unset: "the workload's own",
      description: "The held-out data, in the environment's bucket",
    }),
    target: z.string().min(1).optional().meta({
      shown: "text",
      unset: "`target`",
      description: "Column of the truth in it, where no workload of ours made the releases",
    }),
  }),
);
export type CompareConfig = z.infer<typeof Compare>;

/** Of one release alone. */
const ownCompare = Compare.optional().meta({
  forms: undefined,
  shown: "as the model's",
  unset: "the model's",
  description: "The model's `compare`, for this release alone",
});

const Ramp = z.strictObject({
  weights: z
    .array(z.int().min(1).max(100))
    .min(1)
    .refine((weights) => weights.every((one, index) => one > (weights[index - 1] ?? 0)), {
      message: "must rise from one to the next",
    })
    .refine((weights) => weights.at(-1) === 100, { message: "must end at 100" })
    .meta({
      shown: "list of whole numbers, rising to 100",
      unset: "required with a `ramp`",
      description:
        "The shares that a new release has one after the other: a weight that rises to any but the next one is refused. " +
        "Down, and back to the release before, is always allowed",
    }),
  bake: Duration.meta({
    unset: "required with a `ramp`",
    description: "How long a share is held before the next one, such as `1h` or `2d`",
  }),
});
export type RampConfig = z.infer<typeof Ramp>;

const digits = "12 or 64 hexadecimal digits";

const from = Name.optional().meta({
  description:
    "The environment that the release comes from; `npm run releases -- sync` copies it into this one's registry",
});

/** @param share of the requests where the stack file says nothing */
const Pinned = (share: number, what: string, unset?: string) =>
  z.strictObject({
    release: Digest.meta({
      shown: digits,
      description: what,
      ...(unset === undefined ? {} : { unset }),
    }),
    from,
    compare: ownCompare,
    weight: z.int().min(0).max(100).default(share).meta({
      description:
        "Share of the requests, in percent; those of both slots sum to 100. A slot that has one keeps its release",
    }),
  });
export type PinnedSlot = z.infer<ReturnType<typeof Pinned>>;
export type SlotConfig = z.infer<typeof Follow> | PinnedSlot;

/** Of a shadow, which nothing else asks anything beside the incumbent. */
const shadowCompare = Compare.optional().meta({
  forms: undefined,
  shown: "as the model's",
  unset: "`off`",
  description:
    "What is asked of the shadow's release before it gets copies; the model's `compare` is asked before it gets requests",
});

const Shadow = z.strictObject({
  release: Digest.meta({
    shown: digits,
    unset: "required with a `shadow`",
    description: "Give this release a copy of the requests; what it answers reaches nobody",
  }),
  from,
  compare: shadowCompare,
  percent: z.int().min(1).max(100).default(100).meta({
    description: "Share of the requests that are copied, in percent",
  }),
});

/** The settings of contracts/audit-policy.ts, with what people are told of them. */
const Audit = z
  .strictObject({
    log: AuditPolicy.shape.log.meta({
      description:
        "What is logged of each answer to the environment's bucket: inputs too, answers alone, or nothing",
    }),
    redact: AuditPolicy.shape.redact.meta({
      shown: "list of features",
      unset: "none",
      description: "Features whose values are never written down, nor sent away",
    }),
    retentionDays: AuditPolicy.shape.retentionDays.meta({
      description: "Days after which `drift` deletes what was logged",
    }),
  })
  .prefault({});

const Events = z.strictObject({
  sink: EventSink.shape.url
    .refine((text) => {
      const url = URL.parse(text);
      return url === null || (url.username === "" && url.password === "");
    }, "must carry no user and no password: a sink that asks for them is not supported")
    .meta({
      shown: "URL",
      unset: "none",
      description:
        "Where each answer goes as a CloudEvent, by http or https. A Service of the cluster is named " +
        "`<service>.<namespace>.svc`",
    }),
});

const Fixed = z.strictObject({
  replicas: z
    .int()
    .min(1)
    .max(20)
    .default(1)
    .meta({ description: "Number of servers of each slot" }),
});

const Autoscaled = z
  .strictObject({
    min: z.int().min(1).max(100).default(2).meta({
      description:
        "Servers of each slot at least; an autoscaler decides, for which the cluster needs metrics-server",
    }),
    max: z.int().min(1).max(100).meta({
      unset: "required with an autoscaler",
      description: "Servers of each slot at most; not beside `replicas`",
    }),
    cpuPercent: z.int().min(10).max(100).default(70).meta({
      description: "CPU in use, in percent of what is requested, that the autoscaler aims at",
    }),
  })
  .refine(({ min, max }) => min <= max, { path: ["max"], message: "must be at least min" });
export type ScaleConfig = z.infer<typeof Fixed> | z.infer<typeof Autoscaled>;

const { server } = defaultResources;

const ServerResources = z
  .strictObject({
    cpu: Quantity.optional().meta({
      unset: `\`${server.cpu}\`; with a GPU \`${gpuServerDefaults.cpu}\``,
      description: "CPU that a server requests",
    }),
    memory: Quantity.optional().meta({
      unset: `\`${server.memory}\`; with a GPU \`${gpuServerDefaults.memory}\``,
      description: "Memory that a server may use at most",
    }),
  })
  .prefault({});

export const Model = z.strictObject({
  blue: oneOf(
    { key: "release" },
    Follow,
    Pinned(100, "Serve this release, if it passes all gates"),
  ).optional(),
  green: Pinned(0, "The same, in the second slot", "required with a `green`").optional(),
  shadow: Shadow.optional(),
  gates: z
    .array(Gate)
    .min(1, "needs at least one gate: evidence that no gate judges is refused")
    .meta({
      shown: "list, at least one",
      description:
        "Each a `metric` of the workload and one bound: `above` or `below` (strict: a value equal to the bound is " +
        "refused), `atLeast` or `atMost`. A release must pass all; a missing or non-finite metric is refused",
    }),
  maxAge: Duration.optional().meta({
    description:
      "How long ago a release may have been trained, such as `3600s`, when this environment admits it; never asked again",
  }),
  compare: Compare.optional(),
  ramp: Ramp.optional(),
  floor: Digest.optional().meta({
    shown: digits,
    unset: "none",
    description:
      "The oldest release, by when it was trained, that may have requests; one that this environment never admitted bounds " +
      "nothing but `npm run rollback`",
  }),
  scale: oneOf(
    {
      key: ["min", "max", "cpuPercent"],
      excludes: {
        replicas: "an autoscaler decides on the number of servers; leave one of the two out",
      },
    },
    Fixed,
    Autoscaled,
  ).prefault({}),
  surge: z
    .enum(["add", "replace"])
    .default("add")
    .meta({
      description:
        "`add`: a rollout has a new server ready before an old one goes, which takes a spare GPU where servers have one. " +
        "`replace`: the old ones go first, for nodes with room (or a GPU) for one only; a slot with weight may then change its " +
        "release, and gives no answers meanwhile",
    }),
  gpu: Gpu("GPUs of each server of each slot").optional(),
  resources: ServerResources,
  audit: Audit,
  drift: Drift.optional(),
  events: Events.optional(),
  physics: z
    .strictObject({
      share: PhysicsPolicy.shape.share.meta({
        shown: "number, 0 to 1",
        description:
          "Share of the served rows that are held against the equation, where the release has its graphs",
      }),
    })
    .prefault({}),
});
export type ModelConfig = z.infer<typeof Model>;

/** Whether a model is served; one without a slot waits for what is promoted to it. */
export function hasSlot({ blue, green }: Pick<ModelConfig, "blue" | "green">): boolean {
  return blue !== undefined || green !== undefined;
}
