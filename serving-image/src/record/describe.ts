import { z } from "zod";
import { canonicalJson, sha256Hex } from "../../../contracts/canonical.ts";
import type { Change, ChangedObject, Training } from "../../../contracts/ledger.ts";
import { headers, keys } from "../../../contracts/names.ts";
import { Slot } from "../../../contracts/serving-config.ts";
import { annotationPath, authorOf, type Authorship } from "./author.ts";
import type { SeenObject } from "./seen-object.ts";

/** What an object says now, before anything is known of what it said. */
export interface Described extends Authorship {
  model: string;
  /** `from` is nothing yet. */
  change: Change;
}

/** A sort of object that is looked at. */
export interface Watched {
  kind: ChangedObject["kind"];
  change: Change["kind"];
  group: string;
  version: string;
  plural: string;
  labelSelector?: string;
  describe: (object: SeenObject) => Described;
}

/** In the order in which things come about, so that a first look reads like a story. */
export const watched: readonly Watched[] = [
  {
    kind: "Job",
    change: "training",
    group: "batch",
    version: "v1",
    plural: "jobs",
    labelSelector: "app.kubernetes.io/component=training",
    describe: describeTraining,
  },
  {
    kind: "ConfigMap",
    change: "admission",
    group: "",
    version: "v1",
    plural: "configmaps",
    // A hold names its release as well.
    labelSelector: `${keys.release},!${keys.hold}`,
    describe: describeAdmission,
  },
  {
    kind: "ConfigMap",
    change: "hold",
    group: "",
    version: "v1",
    plural: "configmaps",
    labelSelector: keys.hold,
    describe: describeHold,
  },
  {
    kind: "Deployment",
    change: "slot",
    group: "apps",
    version: "v1",
    plural: "deployments",
    labelSelector: `${keys.model},${keys.slot}`,
    describe: describeSlot,
  },
  {
    kind: "HTTPRoute",
    change: "traffic",
    group: "gateway.networking.k8s.io",
    version: "v1",
    plural: "httproutes",
    // Without a label as well: a route that leads elsewhere is what somebody would not label.
    describe: describeTraffic,
  },
  {
    kind: "GRPCRoute",
    change: "traffic",
    group: "gateway.networking.k8s.io",
    version: "v1",
    plural: "grpcroutes",
    describe: describeTraffic,
  },
];

/** The same object, gone: nobody's name is left on what was deleted. */
export function gone({ model, change }: Described, object: SeenObject): Described {
  return {
    model,
    change: { ...change, to: null },
    by: { manager: null },
    at: object.metadata.deletionTimestamp,
  };
}

function modelOf({ metadata }: SeenObject): string {
  return metadata.labels[keys.model] ?? metadata.name;
}

const Data = z.object({ data: z.record(z.string(), z.string()).default({}) });

function describeAdmission(object: SeenObject): Described {
  const { data } = Data.catch({ data: {} }).parse(object);
  const documents = Object.entries(data)
    .filter(([file]) => file.endsWith(".json") && file !== "manifest.json")
    .map(([file, text]) => [file.slice(0, -".json".length), parsed(text)] as const);
  const { by, at } = authorOf(object, [["f:data"]]);
  const admitter = Admitter.safeParse(parsed(data["admission.json"] ?? "")).data;
  return {
    model: modelOf(object),
    // The record never changes, so what it says of who made it was said then.
    by: { ...by, ...admitter },
    at,
    change: {
      kind: "admission",
      from: null,
      to: {
        release: data["digest"] ?? "",
        version: data["version"] ?? null,
        record: sha256Hex(canonicalJson(data)),
      },
      evidence: {
        ...Object.fromEntries(documents),
        ...(data["from"] === undefined ? {} : { from: data["from"] }),
      },
    },
  };
}

const Admitter = z.object({ deployer: z.string(), commit: z.string() });

function parsed(text: string): z.infer<ReturnType<typeof z.json>> {
  try {
    return z.json().parse(JSON.parse(text));
  } catch {
    return text;
  }
}

function describeHold(object: SeenObject): Described {
  const { data } = Data.catch({ data: {} }).parse(object);
  const text = (key: string) => data[key] ?? "";
  return {
    model: modelOf(object),
    ...authorOf(object, [["f:data"]]),
    change: {
      kind: "hold",
      from: null,
      to: { release: text("release"), reason: text("reason"), by: text("by"), at: text("at") },
    },
  };
}

const Deployment = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.array(z.object({ image: z.string().optional() })).default([]),
        volumes: z
          .array(z.object({ configMap: z.object({ name: z.string().optional() }).optional() }))
          .default([]),
      }),
    }),
  }),
});

function describeSlot(object: SeenObject): Described {
  const { labels, annotations } = object.metadata;
  const pod = Deployment.safeParse(object).data?.spec.template.spec;
  return {
    model: modelOf(object),
    ...authorOf(object, [annotationPath(keys.release), ["f:spec", "f:template"]]),
    change: {
      kind: "slot",
      slot: labels[keys.slot] ?? "",
      from: null,
      to: {
        release: annotations[keys.release] ?? null,
        image: pod?.containers[0]?.image ?? null,
        config: pod?.volumes.flatMap(({ configMap }) => configMap?.name ?? [])[0] ?? null,
      },
    },
  };
}

const Backend = z.object({ name: z.string(), weight: z.number().default(1) });
const Route = z.object({
  spec: z.object({
    rules: z
      .array(
        z.object({
          matches: z
            .array(z.object({ headers: z.array(z.object({ name: z.string() })).default([]) }))
            .default([]),
          backendRefs: z.array(Backend).default([]),
          filters: z
            .array(
              z.object({
                requestMirror: z
                  .object({
                    backendRef: z.object({ name: z.string() }),
                    percent: z.number().default(100),
                  })
                  .optional(),
              }),
            )
            .default([]),
        }),
      )
      .default([]),
  }),
});

function describeTraffic(object: SeenObject): Described {
  const model = modelOf(object);
  const slotOf = (service: string) => {
    const slot = Slot.safeParse(service.slice(`${model}-`.length));
    return service.startsWith(`${model}-`) && slot.success ? slot.data : service;
  };
  const rules = Route.safeParse(object).data?.spec.rules ?? [];
  // A rule that asks for a slot leads to it whatever its weight; gRPC's ask for the model, which over HTTP is the path.
  const shared = rules.filter(({ matches }) =>
    matches.every((match) => match.headers.every(({ name }) => name === headers.routeModel)),
  );
  const weights = Object.fromEntries(
    shared.flatMap(({ backendRefs }) =>
      backendRefs.map(({ name, weight }) => [slotOf(name), weight] as const),
    ),
  );
  const mirror = shared
    .flatMap(({ filters }) => filters)
    .find(({ requestMirror }) => requestMirror !== undefined)?.requestMirror;
  const shadow =
    mirror === undefined
      ? {}
      : { shadow: { slot: slotOf(mirror.backendRef.name), percent: mirror.percent } };
  return {
    model,
    ...authorOf(object, [["f:spec", "f:rules"]]),
    change: {
      kind: "traffic",
      from: null,
      to: { weights, ...shadow, rules: sha256Hex(canonicalJson(rawRules(object) ?? null)) },
      releases: {},
    },
  };
}

function rawRules(object: SeenObject): unknown {
  const spec = object["spec"];
  return typeof spec === "object" && spec !== null && "rules" in spec ? spec.rules : undefined;
}

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

function describeTraining(object: SeenObject): Described {
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
