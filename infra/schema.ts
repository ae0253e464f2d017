import { z } from "zod";
import { Name } from "../contracts/primitives.ts";
import { BackupChoice } from "./backup-schema.ts";
import { Batch } from "./batch-schema.ts";
import { GpuPool } from "./gpu-schema.ts";
import { Model } from "./model-schema.ts";
import { Image, Quantity } from "./schema-parts.ts";
import { Training } from "./training-schema.ts";

/**
 * What people write under `config:` in a stack file. `meta` is what docs/configuration.md says of it: `description`;
 * `shown`, the type in words where the schema says less; `unset`, what holds where it is left out; `entry`, what the keys of a map are; `forms`, where one of
 * several shapes is to be chosen.
 */

/** Choices of the design that this version does not have yet are refused by name, not as a mere typo. */
function kind<Kind extends string>(built: Kind, planned: readonly string[], description: string) {
  return z
    .string()
    .transform((value, context): Kind => {
      if (value === built) return built;
      const message = planned.includes(value)
        ? `"${value}" is not built yet; use "${built}"`
        : `must be "${built}"`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    })
    .meta({
      shown: `\`${built}\``,
      description: `${description}. Not built yet: ${planned.map((name) => `\`${name}\``).join(", ")}`,
    });
}

const Target = z.strictObject({
  kind: kind("cluster", ["onprem", "aws"], "Where it runs: a Kubernetes cluster"),
  context: z.string().min(1).optional().meta({
    shown: "text",
    unset: "this machine's own cluster",
    description: "A kube context; stack `cluster` and the environments on it name the same",
  }),
  storageClass: z.string().min(1).optional().meta({
    shown: "text",
    unset: "the cluster's default",
    description: "Storage class of the registry's volumes",
  }),
});
export type TargetConfig = z.infer<typeof Target>;

const Volume = (what: string, planned: readonly string[], storage: string) =>
  z
    .strictObject({
      kind: kind("in-cluster", planned, what).default("in-cluster"),
      storage: Quantity.default(storage).meta({ description: "Size of its volume" }),
    })
    .prefault({});

const Registry = z
  .strictObject({
    database: Volume("PostgreSQL, which keeps MLflow's records", ["rds"], "1Gi"),
    objects: Volume("The object store: MLflow's files and every release", ["s3"], "2Gi"),
    protect: z
      .boolean()
      .default(false)
      .meta({
        shown: "`true` or `false`",
        description:
          "Whether the volumes are protected: `pulumi destroy` refuses to take them, and a volume that leaves the program " +
          "stays in the cluster",
      }),
  })
  .prefault({});

export const imageRoles = [
  "envoy-gateway",
  "envoy",
  "metrics-server",
  "postgres",
  "s3",
  "mlflow",
  "training",
  "serving",
] as const;
export type ImageRole = (typeof imageRoles)[number];

const Images = z
  .partialRecord(z.enum(imageRoles), Image)
  .prefault({})
  .meta({
    entry: "role",
    shown: "image reference",
    unset: "what `npm run images` built; on a named context public images where there are any",
    description:
      `Image of a role (${imageRoles.map((role) => `\`${role}\``).join(", ")}), ` +
      "with a tag that is not `latest`, or a digest",
  });

const Metrics = z
  .strictObject({
    server: z
      .enum(["install", "existing"])
      .default("existing")
      .meta({
        description:
          "`install`: this stack runs metrics-server, which autoscalers and `kubectl top` ask. `existing`: the cluster has one, " +
          "or needs none",
      }),
    kubeletCertificates: z
      .enum(["verify", "skip"])
      .default("verify")
      .meta({
        description:
          "`verify`: metrics-server asks only kubelets whose certificate the cluster's own authority signed. `skip`: any, where " +
          "kubelets sign their own",
      }),
  })
  .prefault({});

export const ClusterStack = z.strictObject({
  role: z.literal("cluster").meta({ description: "This file is of a cluster" }),
  target: Target,
  gateway: z
    .strictObject({
      service: z.enum(["ClusterIP", "NodePort", "LoadBalancer"]).default("ClusterIP").meta({
        description:
          "How the gateway is reached from outside; `ClusterIP`: from the node's machine",
      }),
    })
    .prefault({}),
  metrics: Metrics,
  images: Images,
});
export type ClusterConfig = z.infer<typeof ClusterStack>;

export const EnvironmentStack = z.strictObject({
  role: z.literal("environment").meta({ description: "This file is of an environment" }),
  target: Target,
  registry: Registry,
  backup: BackupChoice.optional(),
  gpuPools: z.record(Name, GpuPool).prefault({}),
  training: z.record(Name, Training).prefault({}),
  models: z.record(Name, Model).prefault({}),
  batch: z.record(Name, Batch).prefault({}),
  gateway: z
    .strictObject({
      class: Name.default("isotherm").meta({
        description: "GatewayClass; stack `cluster` makes the default one",
      }),
    })
    .prefault({}),
  images: Images,
});
export type EnvironmentConfig = z.infer<typeof EnvironmentStack>;
