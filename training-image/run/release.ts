import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import type { Evidence } from "../../contracts/evidence.ts";
import { inputExamplePath } from "../../contracts/input-example.ts";
import {
  type FileRole,
  type ReleaseFile,
  releaseDigest,
  ReleaseManifest,
} from "../../contracts/release.ts";
import type { TrainedModel } from "../workloads/workload.ts";

export interface Release {
  manifest: ReleaseManifest;
  digest: string;
  /** Bytes of the files that the manifest names, by path. */
  files: Map<string, Uint8Array>;
}

/** Puts a trained model and its evidence together: every file by digest, one digest over all. */
export function assembleRelease(trained: TrainedModel, evidence: Evidence): Release {
  const { model, contract, baseline, example, graphs = {} } = trained;
  const parts: [string, FileRole, Uint8Array][] = [
    ["model.onnx", "model", model],
    ["contract.json", "contract", json(contract)],
  ];
  if (baseline !== undefined) parts.push(["baseline.json", "baseline", json(baseline)]);
  if (example !== undefined) parts.push([inputExamplePath, "example", json(example)]);
  for (const role of ["residual", "boundary", "initial"] as const) {
    const graph = graphs[role];
    if (graph !== undefined) parts.push([`${role}.onnx`, role, graph]);
  }
  const manifest = ReleaseManifest.parse({
    schema: "isotherm.dev/release/v1",
    model: contract.model,
    files: parts.map(([path, role, bytes]): ReleaseFile => ({
      path,
      role,
      size: bytes.length,
      sha256: sha256Hex(bytes),
    })),
    evidence,
  });
  const files = new Map(parts.map(([path, , bytes]) => [path, bytes]));
  return { manifest, digest: releaseDigest(manifest), files };
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}
