import { expect, test } from "vitest";
import { sha256Hex } from "../contracts/canonical.ts";
import { MlflowError } from "../contracts/mlflow.ts";
import type { Run } from "../contracts/mlflow-types.ts";
import type { ReleaseFile } from "../contracts/release.ts";
import { fileFault } from "./whole-release.ts";

const run = { info: { run_id: "run-1", experiment_id: "1", status: "FINISHED" } } as Run;
const held = new Map([
  ["model/model.onnx", "the graph"],
  ["model/contract.json", "{}"],
]);
const mlflow = {
  downloadArtifact: (_: Run, path: string) => {
    const text = held.get(path);
    if (text !== undefined) return Promise.resolve(new TextEncoder().encode(text));
    return Promise.reject(new MlflowError(path, 404, "RESOURCE_DOES_NOT_EXIST", "it is not there"));
  },
};
const file = (path: string, role: ReleaseFile["role"], text: string): ReleaseFile => ({
  path,
  role,
  size: text.length,
  sha256: sha256Hex(text),
});
const contract = file("contract.json", "contract", "{}");

test("files that are what the manifest names have no fault", async () => {
  const files = [file("model.onnx", "model", "the graph"), contract];
  expect(await fileFault(mlflow, run, { files })).toBeUndefined();
});

test("a file that somebody wrote over is named, with both digests", async () => {
  const files = [contract, file("model.onnx", "model", "another graph")];
  const [actual, wanted] = ["the graph", "another graph"].map((text) =>
    sha256Hex(text).slice(0, 12),
  );
  expect(await fileFault(mlflow, run, { files })).toBe(
    `model.onnx is not the file that the manifest names: its digest is ${actual}, not ${wanted}`,
  );
});

test("a file that is gone is no fault of the others", async () => {
  const files = [contract, file("baseline.json", "baseline", "{}")];
  expect(await fileFault(mlflow, run, { files })).toBeUndefined();
});
