import { Command } from "commander";
import { canonicalJson } from "../../contracts/canonical.ts";
import type { DriftResult } from "../../contracts/drift.ts";
import { unlessStopped } from "../run/with-run.ts";
import { openStore, type PlaceOptions, withStore } from "./options.ts";
import type { Surroundings } from "./surroundings.ts";
import {
  NothingMeasuredError,
  parseCount,
  parsePositive,
  reportKey,
  requirePushgateway,
  type WindowOptions,
  windowOf,
  withWindow,
} from "./window.ts";

interface Options extends PlaceOptions, WindowOptions {
  minimumRows: number;
  threshold: number;
  retentionDays?: number;
}

/** `drift`: logged production inputs against what a release was trained on (SPEC U-14 to U-16, K-07). */
export function driftCommand(around: Surroundings): Command {
  return withWindow(withStore(new Command("drift")), "all that answered in the window")
    .description(
      "measure the drift of a model's logged inputs and answers; prints one JSON line a release",
    )
    .option("--minimum-rows <count>", "fewer rows are not enough data", parseCount, 200)
    .option("--threshold <psi>", "PSI from which a feature counts as drifted", parsePositive, 0.1)
    .option(
      "--retention-days <days>",
      "delete logs that are older (default: delete nothing)",
      parseCount,
    )
    .action((options: Options) => unlessStopped(around.signal, run(options, around)));
}

async function run(options: Options, around: Surroundings): Promise<void> {
  const { environment, model, bucket, minimumRows, threshold, retentionDays } = options;
  const pushgateway = requirePushgateway(options);
  const objects = openStore(options, around);
  const { log, signal } = around;
  const [{ measureDrift }, { pushDrift }, { deleteOldLogs }, { resolveDigest }] = await Promise.all(
    [
      import("../drift/measure-drift.ts"),
      import("../drift/metrics.ts"),
      import("../drift/retention.ts"),
      import("../score/open-release.ts"),
    ],
  );
  const now = new Date();
  const window = windowOf(options, now);
  const place = { objects, bucket, environment, model };
  const release = options.release && (await resolveDigest(objects, bucket, options.release));
  const results = await measureDrift({ ...place, window, release, minimumRows, threshold, signal });
  for (const result of results) {
    const key = reportKey("drift", result, [result.release], window);
    await objects.put(bucket, key, canonicalJson(result));
    log.info({ verdict: result.verdict, result: `s3://${bucket}/${key}` }, result.message);
    around.print(JSON.stringify(result));
  }
  if (pushgateway !== undefined) await pushDrift(pushgateway, results, place, now);
  if (retentionDays !== undefined) {
    const deleted = await deleteOldLogs(objects, bucket, place, retentionDays, now);
    if (deleted > 0) log.info({ deleted, retentionDays }, "old logs are deleted");
  }
  const silent = results.filter(({ verdict }) => !fine.includes(verdict));
  if (silent.length > 0) {
    throw new NothingMeasuredError(
      silent.map(({ verdict, message }) => `${model}: ${verdict}: ${message}`).join("; "),
    );
  }
}

/** Too few rows are neither drift nor a fault. */
const fine: readonly DriftResult["verdict"][] = ["measured", "not-enough-data"];
