import { expect } from "vitest";
import { buckets, tags } from "../../contracts/names.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import type { FakePlatform } from "./platform.ts";

/** Every version that can be seen has its release and its MLflow model, whole. */
export async function expectWholeVersions(
  platform: FakePlatform,
  ask: typeof fetch = fetch,
): Promise<void> {
  const { objects } = platform.services({ fetch: ask });
  const releases = new ReleaseStore(objects, buckets.releases);
  for (const version of platform.mlflow.versions("demo")) {
    const digest = version.tags.find(({ key }) => key === tags.release)!.value;
    const manifest = await releases.manifest(digest);
    for (const file of manifest.files) {
      const bytes = await releases.file(file.sha256);
      const folder = `${version.source.replace("mlflow-artifacts:/", "")}/`;
      expect(platform.mlflow.artifacts.get(folder + file.path)).toEqual(Buffer.from(bytes));
      expect(platform.mlflow.artifacts.has(`${folder}MLmodel`)).toBe(true);
    }
  }
}

/** One version of one release, the alias on it, its run finished, and every other run ended. */
export async function expectOneOfEverything(
  platform: FakePlatform,
  ask: typeof fetch = fetch,
): Promise<void> {
  expect(platform.mlflow.versions("demo")).toHaveLength(1);
  const [version] = platform.mlflow.versions("demo");
  expect(platform.mlflow.models.get("demo")!.aliases.get("candidate")).toBe(version!.version);
  expect(platform.mlflow.runs.get(version!.run_id)!.info.status).toBe("FINISHED");
  const others = [...platform.mlflow.runs.values()].filter(
    ({ info }) => info.run_id !== version!.run_id,
  );
  expect(others.every(({ info }) => info.status === "KILLED")).toBe(true);
  const manifests = [...platform.s3.objects.keys()].filter((key) => key.includes("/releases/"));
  expect(manifests).toHaveLength(1);
  await expectWholeVersions(platform, ask);
}
