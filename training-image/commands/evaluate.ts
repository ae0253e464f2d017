import { Command } from "commander";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import { tags } from "../../contracts/names.ts";
import { metricValue } from "../../contracts/primitives.ts";
import { DataSetStore } from "../data/data-set-store.ts";
import type { Services } from "../run/context.ts";
import { startOf } from "../run/evidence.ts";
import { openRun } from "../../contracts/job-run.ts";
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
  release: string;
  data?: string;
  target: string;
  log?: boolean;
}

/** `evaluate`: metrics of one release on a data set. */
export function evaluateCommand(around: Surroundings): Command {
  return withRegistry(withStore(new Command("evaluate")))
    .description("score a release on a data set; prints the metrics as JSON")
    .requiredOption("--release <digest>", "12 digits or more")
    .option("--data <data set>", "name@version (default: what comes with the workload)")
    .option("--target <column>", "the truth, where no workload of ours made the release", "target")
    .option("--log", "log the metrics to the registry, as a run of <model>-evaluations")
    .action((options: Options) => unlessStopped(around.signal, evaluate(options, around)));
}

async function evaluate(options: Options, around: Surroundings): Promise<void> {
  const dataSet = options.data && requireDataSet(options.data);
  const mlflow = options.log === true ? openRegistry(options) : undefined;
  const objects = openStore(options, around);
  const { bucket, target } = options;
  const [{ workloads }, { openRelease }, { heldOutData }, { score }] = await Promise.all([
    import("../workloads/registry.ts"),
    import("../score/open-release.ts"),
    import("../score/held-out.ts"),
    import("../score/score.ts"),
  ]);
  const release = await openRelease(objects, bucket, options.release);
  const store = new DataSetStore(objects, bucket);
  const { log, signal, print } = around;
  const heldOut = await heldOutData([release], { store, dataSet, workloads });
  const scored = {
    dataSet: heldOut.dataSet,
    metrics: await score(release, heldOut, { target, signal }),
  };
  const { model } = release.manifest;
  if (mlflow !== undefined) {
    const services: Services = { mlflow, objects, log, signal };
    const name = `${model}-evaluations`;
    // The same release on the same data is the same run, however often it is asked for.
    const job = sha256Hex(canonicalJson({ release: release.digest, dataSet: scored.dataSet }));
    const runTags = {
      [tags.release]: release.digest,
      [tags.dataVersion]: scored.dataSet.version,
      [tags.dataSha256]: scored.dataSet.sha256,
    };
    const run = await openRun(services, { job, name, bucket, tags: runTags });
    const metrics = Object.entries(scored.metrics).map(([key, value]) => ({
      key,
      value: metricValue(value),
      timestamp: startOf(run),
      step: 0,
    }));
    await mlflow.logBatch(run.info.run_id, { metrics });
    await mlflow.endRun(run.info.run_id, "FINISHED");
  }
  const metrics = Object.entries(scored.metrics).map(([key, value]) => [key, metricValue(value)]);
  print(
    JSON.stringify({
      model,
      release: release.digest,
      dataSet: scored.dataSet,
      metrics: Object.fromEntries(metrics) as unknown,
    }),
  );
}
