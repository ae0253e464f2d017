import { z } from "zod";
import { Gate } from "../contracts/gates.ts";
import { Identifier, Name } from "../contracts/primitives.ts";

/** A Kubernetes quantity, the subset that people write: `500m`, `2`, `256Mi`, `5Gi`. */
const Quantity = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(
    z
      .string()
      .regex(
        /^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/,
        "must be a quantity such as 250m, 2 or 512Mi",
      ),
  );

/** Choices of the design that this version does not have yet are refused by name, not as a mere typo. */
function kind<Kind extends string>(built: Kind, planned: readonly string[]) {
  return z.string().transform((value, context): Kind => {
    if (value === built) return built;
    const message = planned.includes(value)
      ? `"${value}" is not built yet; use "${built}"`
      : `must be "${built}"`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

const Target = z.strictObject({
  kind: kind("cluster", ["onprem", "aws"]),
  /** A kube context. Without one the embedded one-machine cluster is used. */
  context: z.string().min(1).optional(),
  /** @default the cluster's default storage class */
  storageClass: z.string().min(1).optional(),
});
export type TargetConfig = z.infer<typeof Target>;

const Volume = (planned: readonly string[], storage: string) =>
  z
    .strictObject({
      kind: kind("in-cluster", planned).default("in-cluster"),
      storage: Quantity.default(storage),
    })
    .prefault({});

const Registry = z
  .strictObject({
    database: Volume(["rds"], "1Gi"),
    objects: Volume(["s3"], "2Gi"),
  })
  .prefault({});
export type RegistryConfig = z.infer<typeof Registry>;

const Resources = z.strictObject({ cpu: Quantity.optional(), memory: Quantity.optional() });

const Training = z.strictObject({
  workload: Name,
  /** Values of the parameters that the workload declares; the others keep their defaults. */
  params: z.record(Identifier, z.union([z.number(), z.string()])).prefault({}),
  /** Whether an `up` waits for the training Job, only starts it, or leaves it alone. */
  onUp: z.enum(["await", "start", "never"]).default("await"),
  resources: Resources.prefault({}),
});

const Follow = z.strictObject({
  /** Serve what this training made last and what passes the gates. */
  follow: Name,
  weight: z.literal(100, "must be 100: a second slot is not built yet").default(100),
});

const Pinned = z.strictObject({
  /** Serve this release. */
  release: z
    .string()
    .regex(
      /^([0-9a-f]{12}|[0-9a-f]{64})$/,
      "must be 12 or 64 lower-case hexadecimal digits, in quotes",
    ),
  weight: z.literal(100, "must be 100: a second slot is not built yet").default(100),
});

const Model = z.strictObject({
  blue: z.unknown().transform((value, context): z.infer<typeof Follow> | z.infer<typeof Pinned> => {
    const named = typeof value === "object" && value !== null && "release" in value;
    const result = (named ? Pinned : Follow).safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) context.addIssue(issue as never);
    return z.NEVER;
  }),
  gates: z.array(Gate).min(1, "needs at least one gate: evidence that no gate judges is refused"),
  scale: z.strictObject({ replicas: z.int().min(1).max(20).default(1) }).prefault({}),
  resources: Resources.prefault({}),
});

const Image = z
  .string()
  .regex(
    /^[^\s@]+(:(?!latest$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|@sha256:[0-9a-f]{64})$/,
    "must end in a tag that is not latest, or in a digest",
  );

export const imageRoles = [
  "envoy-gateway",
  "envoy",
  "postgres",
  "s3",
  "mlflow",
  "training",
  "serving",
] as const;
export type ImageRole = (typeof imageRoles)[number];

const Images = z.partialRecord(z.enum(imageRoles), Image).prefault({});

export const ClusterStack = z.strictObject({
  role: z.literal("cluster"),
  target: Target,
  gateway: z
    .strictObject({
      /** How the gateway is reached from outside. */
      service: z.enum(["ClusterIP", "NodePort", "LoadBalancer"]).default("ClusterIP"),
    })
    .prefault({}),
  images: Images,
});
export type ClusterConfig = z.infer<typeof ClusterStack>;

export const EnvironmentStack = z.strictObject({
  role: z.literal("environment"),
  target: Target,
  registry: Registry,
  training: z.record(Name, Training).prefault({}),
  models: z.record(Name, Model).prefault({}),
  gateway: z.strictObject({ class: Name.default("isotherm") }).prefault({}),
  images: Images,
});
export type EnvironmentConfig = z.infer<typeof EnvironmentStack>;
export type ModelConfig = z.infer<typeof Model>;
export type TrainingConfig = z.infer<typeof Training>;
