import type * as pulumi from "@pulumi/pulumi";
import type { ModelRegistry } from "../components/registry/model-registry.ts";
import { BatchInference } from "../components/training/batch-inference.ts";
import type { BatchConfig } from "./batch-schema.ts";

export interface BatchesArgs {
  environment: string;
  namespace: pulumi.Input<string>;
  registry: ModelRegistry;
  /** The training image. */
  image: string;
  /** Digest of the release that the model serves. */
  release: pulumi.Input<string>;
}

/** The batch inferences of one model, each on its own. */
export function declareBatches(
  batches: readonly (readonly [string, BatchConfig])[],
  args: BatchesArgs,
  opts: pulumi.ComponentResourceOptions,
): void {
  for (const [batch, { schedule, timeZone, ...config }] of batches) {
    const when =
      schedule === undefined || timeZone === undefined ? undefined : { cron: schedule, timeZone };
    const inference = { ...args, ...config, batch, schedule: when };
    new BatchInference(`batch-${batch}`, inference, opts);
  }
}
