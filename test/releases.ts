import { canonicalJson } from "../contracts/canonical.ts";
import type { Comparison } from "../contracts/comparison.ts";
import { releaseDigest, type ReleaseManifest } from "../contracts/release.ts";

/** A sound manifest; metrics as given. */
export function manifestWith(metrics: Record<string, number>, model = "wine"): ReleaseManifest {
  return {
    schema: "isotherm.dev/release/v1",
    model,
    files: [
      { path: "model.onnx", role: "model", size: 10, sha256: "a".repeat(64) },
      { path: "contract.json", role: "contract", size: 20, sha256: "b".repeat(64) },
    ],
    evidence: {
      schema: "isotherm.dev/evidence/v1",
      run: { id: "run-1", experiment: model },
      trainedAt: "2026-01-02T03:04:05.000Z",
      metrics,
      params: { hidden: 32 },
      lineage: {
        environment: "dev",
        workload: model,
        gitCommit: "c".repeat(40),
        image: "localhost/isotherm/training:1",
        dataSet: { name: "wine", version: "1", sha256: "d".repeat(64), rows: 178 },
      },
    },
  };
}

/** A manifest as it is stored. */
export function stored(manifest: ReleaseManifest): { digest: string; text: string } {
  return { digest: releaseDigest(manifest), text: canonicalJson(manifest) };
}

/** Accuracies of a candidate and an incumbent of wine, as a scorer gives them. */
export const comparisonOf = (
  { candidate, incumbent }: Readonly<Record<"candidate" | "incumbent", string>>,
  [ours, theirs]: readonly [number, number],
): Comparison => ({
  schema: "isotherm.dev/comparison/v1",
  model: "wine",
  dataSet: { name: "wine", version: "1", sha256: "d".repeat(64), rows: 36 },
  scorer: { workload: "wine", image: "training:1" },
  candidate: { release: candidate, metrics: { accuracy: ours } },
  incumbent: { release: incumbent, metrics: { accuracy: theirs } },
});
