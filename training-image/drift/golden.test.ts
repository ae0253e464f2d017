import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { buckets } from "../../contracts/names.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import { manifestWith } from "../../test/releases.ts";
import { FakePlatform } from "../testing/platform.ts";
import { driftBaseline } from "../workloads/baseline.ts";
import { measureDrift } from "./measure-drift.ts";
import { psi } from "./psi.ts";
import { recordOf, TestLog } from "./testing/audit-log.ts";

/** PSI of wine's features in one window of the source system, to four digits (SPEC U-15). */
const golden = {
  alcohol: 0.0384,
  malic_acid: 0.0596,
  ash: 0.1,
  alcalinity_of_ash: 0.0349,
  magnesium: 0.0643,
  total_phenols: 0.0241,
  flavanoids: 0.0452,
  nonflavanoid_phenols: 0.0172,
  proanthocyanins: 0.0261,
  color_intensity: 0.0354,
  hue: 0.0773,
  "od280/od315_of_diluted_wines": 0.0338,
  proline: 0.0942,
};
const names = Object.keys(golden);
const features = names.map((name) => ({ name }));
const rows = 1_000;
const now = new Date("2026-03-04T12:00:00.000Z");

const platform = new FakePlatform();
beforeAll(() => platform.start());
afterAll(() => platform.stop());

/**
 * Rows by bin that drifted so far and no less: of ten equal bins, `i` rows of the first went into the second, `j` of the
 * third into the fourth, and `k` of the fifth into the sixth.
 */
function countsFor(target: number): number[] {
  const even = new Array<number>(10).fill(rows / 10);
  let best = { counts: even, excess: Number.POSITIVE_INFINITY };
  for (let i = 0; i < 70; i++) {
    for (let j = 0; j <= i; j++) {
      for (let k = 0; k <= j; k++) {
        const counts = even.map((count, bin) => count + ([-i, i, -j, j, -k, k][bin] ?? 0));
        const shares = counts.map((count) => count / rows);
        const excess = psi(new Array<number>(10).fill(0.1), shares) - target;
        if (excess >= 0 && excess < best.excess) best = { counts, excess };
      }
    }
  }
  return best.counts;
}

/** A value in the middle of its bin for each row, in the order of the bins. */
const valuesOf = (counts: readonly number[]) =>
  counts.flatMap((count, bin) => new Array<number>(count).fill((bin + 0.5) * (rows / 10)));

async function storeRelease(): Promise<string> {
  const training = Array.from({ length: rows }, (_, row) =>
    new Float64Array(names.length).fill(row),
  );
  const contract = {
    schema: "isotherm.dev/model-contract/v1",
    model: "wine",
    task: "classification",
    inputs: [{ name: "features", dataType: "FP32", shape: [-1, names.length] }],
    outputs: [{ name: "label", dataType: "INT64", shape: [-1] }],
    features,
    predictions: "label",
  };
  const files = [
    { path: "model.onnx", role: "model" as const, content: "no graph is read here" },
    { path: "contract.json", role: "contract" as const, content: JSON.stringify(contract) },
    {
      path: "baseline.json",
      role: "baseline" as const,
      content: JSON.stringify(driftBaseline(features, training, "0".repeat(64))),
    },
  ];
  const contents = new Map(
    files.map(({ path, content }) => [path, new TextEncoder().encode(content)]),
  );
  const manifest = manifestWith({ accuracy: 0.95 });
  manifest.files = files.map(({ path, role }) => {
    const bytes = contents.get(path) as Uint8Array;
    return { path, role, size: bytes.length, sha256: sha256Hex(bytes) };
  });
  return new ReleaseStore(platform.services().objects, buckets.releases).put(manifest, contents);
}

test("U-15 of thirteen features one is at 0.1000 while the mean is 0.0500: an alert on the mean is silent, one on the maximum warns", async () => {
  const release = await storeRelease();
  const columns = Object.values(golden).map((target) => valuesOf(countsFor(target)));
  const inputs = Array.from({ length: rows }, (_, row) => columns.map((column) => column[row]));
  const record = recordOf(release, "all", new Date(now.getTime() - 60_000), [], 0);
  const outputs = { label: new Array<number>(rows).fill(0) };
  new TestLog(platform.s3).write(
    [{ ...record, rows, inputs, outputs }],
    new Date(now.getTime() - 60_000),
  );

  const [result] = await measureDrift({
    objects: platform.services({ fetch: platform.direct }).objects,
    bucket: buckets.releases,
    environment: "prod",
    model: "wine",
    window: { from: new Date(now.getTime() - 3_600_000), to: now },
    minimumRows: 200,
    threshold: 0.1,
  });

  const measured = result?.features.map(({ name, psi: value }) => [name, value.toFixed(4)]);
  expect(measured).toEqual(Object.entries(golden).map(([name, value]) => [name, value.toFixed(4)]));
  const { max, maxFeature, mean } = result!.psi!;
  expect([maxFeature, max.toFixed(4), mean.toFixed(4)]).toEqual(["ash", "0.1000", "0.0500"]);
  const [warning, critical] = [0.1, 0.25];
  expect(max).toBeGreaterThanOrEqual(warning);
  expect(max).toBeLessThan(critical);
  expect(mean).toBeLessThan(warning);
  expect(result!.drifted).toEqual({ threshold: 0.1, share: 1 / 13 });
});
