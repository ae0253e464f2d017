import type { input } from "@pulumi/kubernetes/types/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { buckets } from "../../contracts/names.ts";
import { jobPod, podFailurePolicy } from "../foundation/jobs.ts";
import { containerResources } from "../foundation/requests.ts";
import { containerSecurity } from "../foundation/security.ts";
import type { ObjectStore } from "../registry/object-store.ts";
import { storageEnvironment } from "../registry/storage-environment.ts";

/** One command of the training image's CLI, on the releases of an environment's object store. */
export interface CommandJobArgs {
  command: "batch-infer" | "drift" | "shadow";
  /** What follows the place of the releases. */
  line: readonly pulumi.Input<string>[];
  /** The training image. */
  image: string;
  objects: ObjectStore;
  labels: Record<string, string>;
  resources: { cpu: string; memory: string };
  /** How often a pod that failed is tried again. */
  retries: number;
}

/** Drift and shadows are measured by one account. */
const accounts = { "batch-infer": "batch", drift: "drift", shadow: "drift" } as const;

export function commandJobSpec(args: CommandJobArgs) {
  const { command, line, image, objects, labels, resources, retries } = args;
  return {
    backoffLimit: retries,
    podFailurePolicy: podFailurePolicy([command]),
    template: {
      metadata: { labels },
      spec: {
        ...jobPod,
        containers: [
          {
            name: command,
            image,
            imagePullPolicy: "IfNotPresent",
            command: ["node", "/app/cli.js", command],
            args: [
              ...["--endpoint", objects.endpoint, "--region", objects.region],
              ...["--bucket", buckets.releases],
              ...line,
            ],
            env: storageEnvironment(objects, accounts[command]),
            resources: containerResources(resources.cpu, resources.memory, resources.memory),
            securityContext: containerSecurity,
            volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
          },
        ],
        volumes: [{ name: "tmp", emptyDir: {} }],
      },
    },
  } satisfies input.batch.v1.JobSpec;
}
