import { Command } from "commander";
import { DataSetStore } from "../data/data-set-store.ts";
import { unlessStopped } from "../run/with-run.ts";
import {
  openRegistry,
  openStore,
  type PlaceOptions,
  requireDataSet,
  withRegistry,
  withStore,
} from "./options.ts";
import type { Surroundings } from "./surroundings.ts";

interface Options extends PlaceOptions {
  candidate: string;
  incumbent: string;
  data?: string;
  target: string;
  image: string;
}

/** `compare`: a candidate beside the release that has the weight (SPEC C-01). */
export function compareCommand(around: Surroundings): Command {
  return withRegistry(withStore(new Command("compare")))
    .description(
      "score two releases on the same held-out data; keeps the comparison, prints it, and with --registry tags the candidate's version",
    )
    .requiredOption("--candidate <digest>", "12 digits or more")
    .requiredOption("--incumbent <digest>", "the release that has the weight now")
    .option("--data <data set>", "name@version (default: what comes with the workload)")
    .option("--target <column>", "the truth, where no workload of ours made both", "target")
    .option("--image <image>", "this image, kept with the comparison", "unknown")
    .action((options: Options) => unlessStopped(around.signal, run(options, around)));
}

async function run(options: Options, around: Surroundings): Promise<void> {
  const dataSet = options.data && requireDataSet(options.data);
  const mlflow = options.registry === undefined ? undefined : openRegistry(options);
  const objects = openStore(options, around);
  const [{ workloads }, { compare, tagComparison }] = await Promise.all([
    import("../workloads/registry.ts"),
    import("../score/compare.ts"),
  ]);
  const { bucket, candidate, incumbent, target, image } = options;
  const comparison = await compare({
    objects,
    bucket,
    store: new DataSetStore(objects, bucket),
    dataSet,
    candidate,
    incumbent,
    workloads,
    target,
    image,
    signal: around.signal,
  });
  if (mlflow !== undefined) await tagComparison(mlflow, comparison);
  around.print(JSON.stringify(comparison));
}
