import { Command, Option } from "commander";
import { canonicalJson } from "../../contracts/canonical.ts";
import type { ShadowResult } from "../../contracts/shadow.ts";
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
  minimumPairs: number;
  tolerance: number;
  largest: number;
  format: "json" | "table";
}

/** Servers write their records so much later; a window that ended now would take what is still to come for lost. */
const settleMs = 60_000;

/** `shadow`: a shadow's answers against those that clients got to the same requests (SPEC T-02). */
export function shadowCommand(around: Surroundings): Command {
  return withWindow(withStore(new Command("shadow")), "every shadow that answered in the window")
    .description(
      "compare the logged answers of a model's shadow with those that clients got to the same requests; the window ends a " +
        "minute ago, unless --until says otherwise",
    )
    .option("--minimum-pairs <count>", "fewer pairs are not enough data", parseCount, 200)
    .option(
      "--tolerance <share>",
      "relative difference over which two numbers disagree; regression",
      parsePositive,
      0.01,
    )
    .option("--largest <count>", "how many of the rows that differ most are told", parseCount, 10)
    .addOption(
      new Option("--format <format>", "one JSON line for each two releases, or tables for people")
        .choices(["json", "table"])
        .default("json"),
    )
    .action((options: Options) => unlessStopped(around.signal, run(options, around)));
}

async function run(options: Options, around: Surroundings): Promise<void> {
  const { environment, model, bucket, minimumPairs, tolerance, largest } = options;
  const pushgateway = requirePushgateway(options);
  const objects = openStore(options, around);
  const { log, signal } = around;
  const [{ compareShadow }, { pushShadow }, { renderShadow }, { resolveDigest }] =
    await Promise.all([
      import("../drift/shadow/compare-shadow.ts"),
      import("../drift/shadow/metrics.ts"),
      import("../drift/shadow/table.ts"),
      import("../score/open-release.ts"),
    ]);
  const now = new Date();
  const window = windowOf(options, new Date(now.getTime() - settleMs));
  const place = { objects, bucket, environment, model };
  const release = options.release && (await resolveDigest(objects, bucket, options.release));
  const results = await compareShadow({
    ...place,
    window,
    release,
    minimumPairs,
    tolerance,
    largest,
    signal,
  });
  for (const result of results) {
    const key = reportKey("shadow", result, [result.release, result.primary], window);
    await objects.put(bucket, key, canonicalJson(result));
    log.info({ verdict: result.verdict, result: `s3://${bucket}/${key}` }, result.message);
    const lines =
      options.format === "json" ? [JSON.stringify(result)] : renderShadow(result).split("\n");
    for (const line of lines) around.print(line);
  }
  if (pushgateway !== undefined) await pushShadow(pushgateway, results, place, now);
  const silent = results.filter(({ verdict }) => !fine.includes(verdict));
  if (silent.length > 0) {
    throw new NothingMeasuredError(
      silent.map(({ verdict, message }) => `${model}: ${verdict}: ${message}`).join("; "),
    );
  }
}

/** Too few pairs are neither agreement nor a fault. */
const fine: readonly ShadowResult["verdict"][] = ["compared", "not-enough-data"];
