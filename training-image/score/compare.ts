import { canonicalJson } from "../../contracts/canonical.ts";
import { Comparison, comparisonKey } from "../../contracts/comparison.ts";
import { keepComparison } from "../../contracts/kept-comparison.ts";
import type { Mlflow } from "../../contracts/mlflow.ts";
import type { ObjectStore } from "../../contracts/object-store.ts";
import { metricValue } from "../../contracts/primitives.ts";
import { shortDigest } from "../../contracts/release.ts";
import { BadInputError } from "../workloads/errors.ts";
import { openRelease } from "./open-release.ts";
import { heldOutData, type HeldOutOptions } from "./held-out.ts";
import { score, type ScoreOptions } from "./score.ts";

export interface CompareOptions extends ScoreOptions, HeldOutOptions {
  objects: Pick<ObjectStore, "get" | "putOnce" | "list">;
  bucket: string;
  candidate: string;
  incumbent: string;
  /** The image that scores, kept with the comparison. */
  image: string;
}

/**
 * Scores two releases by the same code on the same held-out data, and keeps what came out (SPEC C-01).
 * @throws BadInputError where they are of different models, or do not fit the data
 */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const { objects, bucket, image } = options;
  const candidate = await openRelease(objects, bucket, options.candidate);
  const incumbent = await openRelease(objects, bucket, options.incumbent);
  const { model } = candidate.manifest;
  if (model !== incumbent.manifest.model) {
    throw new BadInputError(
      `a release of ${model} cannot be compared with one of ${incumbent.manifest.model}`,
    );
  }
  const heldOut = await heldOutData([candidate, incumbent], options);
  const ours = await score(candidate, heldOut, options);
  const theirs = await score(incumbent, heldOut, options);
  const workload = heldOut.workload?.declaration.name;
  const scored = (digest: string, metrics: Readonly<Record<string, number>>) => ({
    release: digest,
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, value]) => [name, metricValue(value)]),
    ),
  });
  const comparison = Comparison.parse({
    schema: "isotherm.dev/comparison/v1",
    model,
    dataSet: heldOut.dataSet,
    scorer: { ...(workload === undefined ? {} : { workload }), image },
    candidate: scored(candidate.digest, ours),
    incumbent: scored(incumbent.digest, theirs),
  });
  await objects.putOnce(bucket, comparisonKey(comparison), canonicalJson(comparison));
  return comparison;
}

/**
 * Keeps a comparison in the registry too, where an environment's program asks for it.
 * @throws BadInputError where this registry has no version of the candidate
 */
export async function tagComparison(mlflow: Mlflow, comparison: Comparison): Promise<void> {
  if (await keepComparison(mlflow, comparison)) return;
  const { model, candidate } = comparison;
  throw new BadInputError(
    `the registry has no version of ${model} for release ${shortDigest(candidate.release)}`,
  );
}
