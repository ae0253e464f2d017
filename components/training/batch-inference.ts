import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob.js";
import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import * as pulumi from "@pulumi/pulumi";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import { keys } from "../../contracts/names.ts";
import { oneAtATime } from "../foundation/jobs.ts";
import { objectLabels } from "../foundation/labels.ts";
import type { ModelRegistry } from "../registry/model-registry.ts";
import { commandJobSpec } from "./command-job.ts";

export interface BatchInferenceArgs {
  /** Name of the batch. */
  batch: string;
  model: string;
  /** Digest of the release that predicts. */
  release: pulumi.Input<string>;
  /** The data set in the environment's bucket, `name@version`. */
  dataSet: string;
  format: "jsonl" | "csv";
  /** Columns of the data set to repeat beside each prediction. */
  keep: readonly string[];
  environment: string;
  namespace: pulumi.Input<string>;
  /** The training image. */
  image: string;
  registry: ModelRegistry;
  resources: { cpu: string; memory: string };
  /** How often a pod that failed is tried again; it goes on where the last one stopped. */
  retries: number;
  /** Whether a Job is made now, and waited for. Plain, because it decides which resources there are. */
  onUp: "await" | "start" | "never";
  /** When it is done anew: five fields of cron and an IANA time zone. @default never */
  schedule?: { cron: string; timeZone: string } | undefined;
}

/**
 * Predictions of a release for a whole data set, as a Job, a CronJob or both. The Job is named by its question: the same
 * release and data are never asked twice.
 */
export class BatchInference extends pulumi.ComponentResource {
  constructor(name: string, args: BatchInferenceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:training:BatchInference", name, {}, opts);
    const { batch, namespace, onUp, schedule, registry } = args;
    const labels = batchLabels(args);
    const spec = jobSpec(args, labels);
    if (onUp !== "never") {
      const metadata = {
        name: jobName(args),
        namespace,
        labels,
        ...(onUp === "await" ? {} : { annotations: { "pulumi.com/skipAwait": "true" } }),
      };
      // Hours of predictions may fit in here; ten minutes do not hold them.
      const customTimeouts = { create: "6h" };
      new Job(name, { metadata, spec }, { parent: this, dependsOn: [registry], customTimeouts });
    }
    if (schedule !== undefined) {
      new CronJob(
        `${name}-schedule`,
        {
          metadata: { name: `batch-${batch}`, namespace, labels },
          spec: {
            schedule: schedule.cron,
            timeZone: schedule.timeZone,
            ...oneAtATime,
            jobTemplate: { metadata: { labels }, spec },
          },
        },
        { parent: this, dependsOn: [registry] },
      );
    }
    this.registerOutputs({});
  }
}

function jobName(args: BatchInferenceArgs): pulumi.Output<string> {
  const { batch, model, dataSet, format, keep, image } = args;
  return pulumi.output(args.release).apply((release) => {
    const question = canonicalJson({ model, release, dataSet, format, keep, image });
    return `batch-${batch}-${sha256Hex(question).slice(0, 10)}`;
  });
}

function batchLabels({ batch, environment, model }: BatchInferenceArgs) {
  const component = "batch-inference";
  const identity = { name: component, instance: batch, component, environment };
  return { ...objectLabels(identity), [keys.model]: model };
}

function jobSpec(args: BatchInferenceArgs, labels: Record<string, string>) {
  const { registry, release, dataSet, format, keep, image, resources, retries } = args;
  const line = [
    ...["--release", release, "--data", dataSet, "--format", format],
    ...(keep.length > 0 ? ["--keep", keep.join(",")] : []),
  ];
  const { objects } = registry;
  return commandJobSpec({
    command: "batch-infer",
    line,
    image,
    objects,
    labels,
    resources,
    retries,
  });
}
