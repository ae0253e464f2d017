import { expect, test } from "vitest";
import { sha256Hex } from "../contracts/canonical.ts";
import type { ModelVersion, Run } from "../contracts/mlflow-types.ts";
import { manifestWith, stored } from "../test/releases.ts";
import { findRelease } from "./registry.ts";

const gates = [{ metric: "accuracy", atLeast: 0.85 }];

interface Registered {
  version: string;
  accuracy: number;
  training?: string;
  /** What the artifact says, where it is not what was registered. */
  tampered?: string;
}

/** A registry with these versions, newest first, as MLflow's client gives them. */
function registryWith(registered: readonly Registered[]) {
  const texts = new Map<string, string>();
  const versions = registered.map(
    ({ version, accuracy, training = "wine", tampered }): ModelVersion => {
      const { digest, text } = stored(manifestWith({ accuracy }));
      texts.set(`run-${version}`, tampered ?? text);
      const tags = [
        { key: "isotherm.release", value: digest },
        { key: "isotherm.training", value: training },
      ];
      return { name: "wine", version, run_id: `run-${version}`, tags, aliases: [] };
    },
  );
  const read: string[] = [];
  return {
    read,
    modelVersions: () => Promise.resolve(versions),
    getRun: (runId: string) =>
      Promise.resolve({
        info: { run_id: runId, experiment_id: "1", status: "FINISHED" },
        data: { metrics: [], params: [], tags: [] },
      } as Run),
    downloadArtifact: (run: Run, path: string) => {
      read.push(`${run.info.run_id}/${path}`);
      return Promise.resolve(new TextEncoder().encode(texts.get(run.info.run_id)));
    },
  };
}

test("N-04 dev serves what training made last", async () => {
  const registry = registryWith([
    { version: "10", accuracy: 0.97 },
    { version: "9", accuracy: 0.99 },
  ]);
  const release = await findRelease(registry, "wine", { follow: "wine" }, gates);
  expect(release).toMatchObject({ version: "10", runId: "run-10", verdict: { passed: true } });
  expect(release.digest).toBe(stored(release.manifest).digest);
  expect(registry.read).toEqual(["run-10/model/release.json", "run-10/model/contract.json"]);
});

test("G-01 a release that fails its gate is skipped: what passed before goes on serving", async () => {
  const registry = registryWith([
    { version: "3", accuracy: 0.8 },
    { version: "2", accuracy: 0.9 },
  ]);
  expect((await findRelease(registry, "wine", { follow: "wine" }, gates)).version).toBe("2");
});

test("where none passes, every verdict is named", async () => {
  const registry = registryWith([
    { version: "2", accuracy: 0.8 },
    { version: "1", accuracy: 0.7 },
  ]);
  await expect(findRelease(registry, "wine", { follow: "wine" }, gates)).rejects.toThrow(
    /version 2 \([0-9a-f]{12}, run run-2\): gates 0\/1: accuracy 0.8 is not >= 0.85\n {2}version 1 .*accuracy 0.7/,
  );
});

test("an empty registry says that it is empty", async () => {
  await expect(findRelease(registryWith([]), "wine", { follow: "wine" }, gates)).rejects.toThrow(
    "the registry holds none",
  );
});

test("evidence that was edited in the registry is refused by its digest", async () => {
  const better = stored(manifestWith({ accuracy: 0.99 })).text;
  const registry = registryWith([{ version: "1", accuracy: 0.5, tampered: better }]);
  await expect(findRelease(registry, "wine", { follow: "wine" }, gates)).rejects.toThrow(
    "the stored manifest has digest",
  );
});

test("a version of another training is not followed", async () => {
  const registry = registryWith([{ version: "1", accuracy: 0.99, training: "by-hand" }]);
  await expect(findRelease(registry, "wine", { follow: "wine" }, gates)).rejects.toThrow(
    "holds none",
  );
});

test("a release is found by its short digest, whatever is newer", async () => {
  const registry = registryWith([
    { version: "2", accuracy: 0.99 },
    { version: "1", accuracy: 0.9 },
  ]);
  const short = stored(manifestWith({ accuracy: 0.9 })).digest.slice(0, 12);
  expect((await findRelease(registry, "wine", { release: short }, gates)).version).toBe("1");
});

test("a named release that fails the gates is refused, not replaced by another", async () => {
  const registry = registryWith([
    { version: "2", accuracy: 0.99 },
    { version: "1", accuracy: 0.5 },
  ]);
  const short = stored(manifestWith({ accuracy: 0.5 })).digest.slice(0, 12);
  await expect(findRelease(registry, "wine", { release: short }, gates)).rejects.toThrow(
    "accuracy 0.5 is not >= 0.85",
  );
});

// The manifests of these tests were trained at 2026-01-02T03:04:05Z.
const hourLater = new Date("2026-01-02T04:04:05.000Z");
const wish = { follow: "wine" };

test("U-07 a release as old as it may be is admitted, with the time and its age; one a second older is not", async () => {
  const registry = registryWith([{ version: "1", accuracy: 0.97 }]);
  const admitted = await findRelease(registry, "wine", wish, gates, {
    maxAgeSeconds: 3_600,
    now: hourLater,
  });
  expect(JSON.parse(admitted.record["admission.json"] ?? "")).toEqual({
    admittedAt: hourLater.toISOString(),
    ageSeconds: 3_600,
    maxAgeSeconds: 3_600,
    comparison: { kind: "none" },
  });
  const older = findRelease(registry, "wine", wish, gates, {
    maxAgeSeconds: 3_599,
    now: hourLater,
  });
  await expect(older).rejects.toThrow(
    "was trained 3600 s ago; this environment admits nothing older than 3599 s",
  );
});

test("U-07 a release that was admitted is never asked its age again, and keeps its record", async () => {
  const registry = registryWith([{ version: "1", accuracy: 0.97 }]);
  const first = await findRelease(registry, "wine", wish, gates, { now: hourLater });
  const again = await findRelease(registry, "wine", wish, gates, {
    maxAgeSeconds: 1,
    recordOf: (digest) => (digest === first.digest ? first.record : undefined),
  });
  expect(again.record).toEqual(first.record);
});

test("gates are asked each time: a release that was admitted and fails one of today is refused", async () => {
  const registry = registryWith([{ version: "1", accuracy: 0.97 }]);
  const first = await findRelease(registry, "wine", wish, gates);
  const stricter = [{ metric: "accuracy", atLeast: 0.99 }];
  const recordOf = () => first.record;
  await expect(findRelease(registry, "wine", wish, stricter, { recordOf })).rejects.toThrow(
    "accuracy 0.97 is not >= 0.99",
  );
});

test("a release that is to come from another environment and is not here says how to bring it", async () => {
  const pinned = { release: "a".repeat(12), from: "dev" };
  await expect(findRelease(registryWith([]), "wine", pinned, gates)).rejects.toThrow(
    "copy it from dev with `npm run releases -- sync",
  );
});

test("the record says where a release came from, and holds its contract where that is the manifest's", async () => {
  const contract = '{"model":"wine"}';
  const manifest = manifestWith({ accuracy: 0.97 });
  const { digest, text } = stored({
    ...manifest,
    files: manifest.files.map((file) =>
      file.role === "contract" ? { ...file, sha256: sha256Hex(contract) } : file,
    ),
  });
  const tags = Object.entries({
    "isotherm.release": digest,
    "isotherm.training": "wine",
    "isotherm.from": "staging",
  }).map(([key, value]) => ({ key, value }));
  const registryHolding = (artifact: string) => ({
    ...registryWith([]),
    modelVersions: () =>
      Promise.resolve([{ name: "wine", version: "1", run_id: "run-1", tags, aliases: [] }]),
    downloadArtifact: (_run: Run, path: string) =>
      Promise.resolve(new TextEncoder().encode(path === "model/release.json" ? text : artifact)),
  });
  const { record } = await findRelease(registryHolding(contract), "wine", wish, gates);
  expect(record).toMatchObject({ from: "staging", "contract.json": contract });
  const edited = await findRelease(registryHolding('{"model":"heat"}'), "wine", wish, gates);
  expect(edited.record).not.toHaveProperty("contract.json");
});
