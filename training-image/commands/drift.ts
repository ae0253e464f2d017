import { Command, InvalidArgumentError } from "commander";
import { canonicalJson } from "../../contracts/canonical.ts";
import type { DriftResult } from "../../contracts/drift.ts";
import { Name } from "../../contracts/primitives.ts";
import { shortDigest } from "../../contracts/release.ts";
import { unlessStopped } from "../run/with-run.ts";
import { BadInputError } from "../workloads/errors.ts";
import { openStore, type PlaceOptions, withStore } from "./options.ts";
import type { Surroundings } from "./surroundings.ts";

interface Options extends PlaceOptions {
  environment: string;
  model: string;
  release?: string;
  window: number;
  until?: Date;
  minimumRows: number;
  threshold: number;
  pushgateway?: string;
  retentionDays?: number;
}

/** A window that nothing can be said about. The next try, with the same window, would end the same. */
export class NothingMeasuredError extends BadInputError {}

/** `drift`: logged production inputs against what a release was trained on (SPEC U-14 to U-16, K-07). */
export function driftCommand(around: Surroundings): Command {
  return withStore(new Command("drift"))
    .description(
      "measure the drift of a model's logged inputs and answers; prints one JSON line a release",
    )
    .requiredOption("--environment <name>", "whose log", parseName)
    .requiredOption("--model <name>", "which model", parseName)
    .option("--release <digest>", "12 digits or more (default: all that answered in the window)")
    .option(
      "--window <duration>",
      "how far back, such as 90m, 24h or 7d",
      parseDuration,
      24 * 3_600_000,
    )
    .option("--until <time>", "its end, ISO 8601 (default: now)", parseTime)
    .option("--minimum-rows <count>", "fewer rows are not enough data", parseCount, 200)
    .option("--threshold <psi>", "PSI from which a feature counts as drifted", parsePositive, 0.1)
    .option("--pushgateway <url>", "where metrics go as well")
    .option(
      "--retention-days <days>",
      "delete logs that are older (default: delete nothing)",
      parseCount,
    )
    .action((options: Options) => unlessStopped(around.signal, run(options, around)));
}

async function run(options: Options, around: Surroundings): Promise<void> {
  const { environment, model, bucket, minimumRows, threshold, pushgateway, retentionDays } =
    options;
  if (pushgateway !== undefined && !URL.canParse(pushgateway)) {
    throw new BadInputError("--pushgateway: must be a URL, such as http://pushgateway:9091");
  }
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
  const to = options.until ?? now;
  const window = { from: new Date(to.getTime() - options.window), to };
  const place = { objects, bucket, environment, model };
  const release = options.release && (await resolveDigest(objects, bucket, options.release));
  const results = await measureDrift({ ...place, window, release, minimumRows, threshold, signal });
  for (const result of results) {
    const key = keyOf(result, to);
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

function keyOf({ environment, model, release }: DriftResult, to: Date): string {
  const name = release === undefined ? "none" : shortDigest(release);
  return `drift/${environment}/${model}/${to.toISOString().replace(/\.\d+Z$/, "Z")}-${name}.json`;
}

function parseName(text: string): string {
  const result = Name.safeParse(text);
  if (result.success) return text;
  throw new InvalidArgumentError(result.error.issues[0]?.message ?? "is no name");
}

const units = { m: 60_000, h: 3_600_000, d: 24 * 3_600_000 } as const;

function parseDuration(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  if (unit === undefined)
    throw new InvalidArgumentError("Wanted minutes, hours or days: 90m, 24h, 7d.");
  return Number(count) * units[unit as keyof typeof units];
}

function parseTime(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError("Wanted such as 2026-03-04T05:06:07Z.");
  return time;
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Wanted a whole number from 1.");
  return Number(text);
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("Wanted a number over 0.");
  return value;
}
