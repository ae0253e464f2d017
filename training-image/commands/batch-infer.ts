import { Command, Option } from "commander";
import { BadInputError } from "../workloads/errors.ts";
import { unlessStopped } from "../run/with-run.ts";
import { openStore, type PlaceOptions, requireDataSet, withStore } from "./options.ts";
import type { Surroundings } from "./surroundings.ts";

interface Options extends PlaceOptions {
  release: string;
  data: string;
  out?: string;
  format: "jsonl" | "csv";
  rowsPerPart: string;
  keep: string[];
}

/** `batch-infer`: predictions for a whole data set (SPEC B-01). */
export function batchInferCommand(around: Surroundings): Command {
  return withStore(new Command("batch-infer"))
    .description("write predictions for every row of a data set to the object store, in parts")
    .requiredOption("--release <digest>", "12 digits or more")
    .requiredOption(
      "--data <data set>",
      "name@version, tables whose columns are the model's features",
    )
    .option("--out <prefix>", "below predictions/ (default: one for each question)")
    .addOption(new Option("--format <format>").choices(["jsonl", "csv"]).default("jsonl"))
    .option("--rows-per-part <count>", "a part is what a restart does not do again", "10000")
    .option(
      "--keep <columns>",
      "columns to repeat beside each prediction, such as an id",
      (text: string) => text.split(","),
      [],
    )
    .action((options: Options) => unlessStopped(around.signal, run(options, around)));
}

async function run(options: Options, around: Surroundings): Promise<void> {
  const { release, format, keep, out, bucket } = options;
  const dataSet = requireDataSet(options.data);
  const rowsPerPart = Number(options.rowsPerPart);
  if (!Number.isInteger(rowsPerPart) || rowsPerPart < 1 || rowsPerPart > 1_000_000) {
    throw new BadInputError("--rows-per-part: must be a whole number from 1 to 1000000");
  }
  if (
    out !== undefined &&
    !/^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/.test(out)
  ) {
    throw new BadInputError("--out: must be names of A-Z, a-z, 0-9, '.', '_', '-', parted by '/'");
  }
  const objects = openStore(options, around);
  const { batchInfer } = await import("../batch/batch-infer.ts");
  const { signal, log, progress } = around;
  const { key, predictions } = await batchInfer({
    objects,
    bucket,
    release,
    dataSet,
    format,
    rowsPerPart,
    keep,
    out,
    signal,
    log,
    progress,
  });
  around.print(
    JSON.stringify({
      predictions: `s3://${bucket}/${key}`,
      rows: predictions.rows,
      parts: predictions.parts.length,
    }),
  );
}
