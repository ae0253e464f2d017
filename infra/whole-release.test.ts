import { expect, test } from "vitest";
import { sha256Hex } from "../contracts/canonical.ts";
import { MlflowError } from "../contracts/mlflow.ts";
import type { Run } from "../contracts/mlflow-types.ts";
import type { ReleaseFile } from "../contracts/release.ts";
import { ReleaseReader, ReleaseStore } from "../contracts/release-store.ts";
import { manifestWith } from "../test/releases.ts";
import { fileFault, releaseFault, storedFault } from "./whole-release.ts";

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

// The object store's copy, which servers load.
const bytes = (text: string) => new TextEncoder().encode(text);
const contents = new Map([
  ["model.onnx", bytes("the graph")],
  ["contract.json", bytes("{}")],
]);
const manifest = {
  ...manifestWith({ accuracy: 0.97 }),
  files: [file("model.onnx", "model", "the graph"), contract],
};
const [graph] = manifest.files;

/** A store that holds the release, and what then becomes of single keys; undefined is gone. */
async function storeWith(changes: Readonly<Record<string, string | undefined>> = {}) {
  const objects = new Map<string, Uint8Array>();
  const store = {
    get: (_: string, key: string) => Promise.resolve(objects.get(key)),
    putOnce: (_: string, key: string, body: Uint8Array | string) => {
      objects.set(key, typeof body === "string" ? bytes(body) : body);
      return Promise.resolve(true);
    },
  };
  const digest = await new ReleaseStore(store, "isotherm").put(manifest, contents);
  for (const [key, text] of Object.entries(changes)) {
    const whole = key === "manifest" ? `releases/${digest}.json` : `blobs/sha256/${key}`;
    if (!objects.has(whole)) throw new Error(`there is no ${whole}`);
    if (text === undefined) objects.delete(whole);
    else objects.set(whole, bytes(text));
  }
  return { digest, reader: new ReleaseReader(store, "isotherm") };
}

test("a release that servers can load whole has no fault", async () => {
  const { digest, reader } = await storeWith();
  expect(await storedFault(reader, digest, manifest)).toBeUndefined();
});

test.each<[string, string, string | undefined, RegExp]>([
  [
    "a tampered blob",
    graph?.sha256 ?? "",
    "another graph",
    /^servers could not load model\.onnx: blob [0-9a-f]{12} is damaged: its content has digest [0-9a-f]{12}$/,
  ],
  [
    "a missing blob",
    contract.sha256,
    undefined,
    /^servers could not load contract\.json: blob [0-9a-f]{12} is not in the object store$/,
  ],
  [
    "a manifest that was written over",
    "manifest",
    '{"metrics":{"accuracy":0.99}}',
    /^servers could not load its manifest: release [0-9a-f]{12}: the stored manifest has digest/,
  ],
  [
    "a manifest that is gone",
    "manifest",
    undefined,
    /^servers could not load its manifest: release [0-9a-f]{12} is not in the object store$/,
  ],
])("%s in the object store is found, with the file's name", async (_, key, text, message) => {
  const { digest, reader } = await storeWith({ [key]: text });
  expect(await storedFault(reader, digest, manifest)).toMatch(message);
});

test("a release is asked for in both places, the store is closed again, and a store that does not answer is no fault", async () => {
  const { digest, reader } = await storeWith({ [graph?.sha256 ?? ""]: "another graph" });
  let closed = 0;
  const open = (of: typeof reader | { manifest: () => Promise<never> }) => () =>
    Promise.resolve({
      reader: { ...parts(reader), ...(of === reader ? {} : of) },
      close: () => void closed++,
    });
  const candidate = { digest, run, manifest };
  expect(await releaseFault(mlflow, candidate, open(reader))).toContain(
    "could not load model.onnx",
  );
  const silent = { manifest: () => Promise.reject(new Error("connection refused")) };
  await expect(releaseFault(mlflow, candidate, open(silent))).rejects.toThrow("connection refused");
  expect(closed).toBe(2);
});

function parts(reader: ReleaseReader) {
  return {
    manifest: (digest: string) => reader.manifest(digest),
    file: (sha256: string) => reader.file(sha256),
  };
}
