import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buckets, tags } from "../../contracts/names.ts";
import { createRandom } from "../../training-image/engine/random.ts";
import { dyingFetch } from "../../training-image/testing/dying-fetch.ts";
import { findRelease } from "../registry.ts";
import { copyRelease, type NamedRelease, wholeVersion } from "./copy-release.ts";
import { cutFetch } from "./testing/cut-fetch.ts";
import { registerSample, TwoPlaces } from "./testing/two-places.ts";

/**
 * Releases copied between fakes of two environments' registries, on good days and bad ones. Does not prove that the real
 * servers answer as the fakes do.
 */
let places: TwoPlaces;
let sample: Awaited<ReturnType<typeof registerSample>>;
beforeAll(async () => void (places = await new TwoPlaces().start()));
afterAll(() => places.stop());

const renew = async () => {
  places.clear();
  sample = await registerSample(places.place("dev"));
};
beforeEach(renew);

const copy = (ask?: typeof fetch, release: NamedRelease = sample) =>
  copyRelease(places.place("dev", ask), places.place("staging", ask), release);
const both = ["before", "after"] as const;
const staging = () => places.staging.mlflow;
const folder = (platform: TwoPlaces["dev"]) => {
  const [version] = platform.mlflow.versions("wine");
  const prefix = `${version!.source.replace("mlflow-artifacts:/", "")}/`;
  const inside = [...platform.mlflow.artifacts].filter(([path]) => path.startsWith(prefix));
  return Object.fromEntries(
    inside.map(([path, bytes]) => [path.slice(prefix.length), bytes.toString()]),
  );
};
const objects = (platform: TwoPlaces["dev"]) =>
  Object.fromEntries(
    [...platform.s3.objects]
      .filter(([key]) => !key.includes("/jobs/"))
      .map(([key, bytes]) => [key, bytes.toString()]),
  );

/** Every version that can be seen is whole. */
async function expectNothingHalf() {
  for (const version of staging().versions("wine")) {
    expect(version.tags.find(({ key }) => key === tags.release)?.value).toBe(sample.digest);
    expect(objects(places.staging)).toEqual(objects(places.dev));
    expect(folder(places.staging)).toEqual(folder(places.dev));
  }
}

async function expectOneCopy() {
  expect(staging().versions("wine")).toHaveLength(1);
  const [version] = staging().versions("wine");
  expect(staging().models.get("wine")!.aliases.get("candidate")).toBe(version!.version);
  expect(staging().runs.get(version!.run_id)!.info.status).toBe("FINISHED");
  const others = [...staging().runs.values()].filter(({ info }) => info.run_id !== version!.run_id);
  expect(others.every(({ info }) => info.status === "KILLED")).toBe(true);
  await expectNothingHalf();
}

describe("a release that is copied", () => {
  it("is the same bytes in the other environment, with a run, lineage, evidence and where it came from", async () => {
    const version = await copy();
    await expectOneCopy();
    expect(await wholeVersion(places.place("staging"), sample)).toEqual(version);
    const run = staging().runs.get(version.run_id!)!;
    expect(Object.fromEntries(run.params)).toEqual({
      hidden: "32",
      optimiser: "adam",
      centred: "true",
    });
    expect([...run.metrics.values()]).toEqual([
      { key: "accuracy", value: 0.97, timestamp: Date.parse("2026-01-02T03:04:05Z"), step: 0 },
    ]);
    expect(Object.fromEntries(run.tags)).toMatchObject({
      [tags.release]: sample.digest,
      [tags.training]: "wine",
      [tags.workload]: "wine",
      [tags.environment]: "dev",
      [tags.gitCommit]: "c".repeat(40),
      [tags.dataVersion]: "uci-109",
      [tags.task]: "classification",
      [tags.from]: "dev",
    });
    const [held] = staging().versions("wine");
    expect(Object.fromEntries(held!.tags.map(({ key, value }) => [key, value]))).toMatchObject({
      [tags.release]: sample.digest,
      [tags.training]: "wine",
      [tags.from]: "dev",
      [tags.copiedAt]: expect.stringMatching(/^20\d\d-.*Z$/) as string,
    });
  });

  it("is found and judged by the program as one that was trained there", async () => {
    const version = await copy();
    const gates = [{ metric: "accuracy", atLeast: 0.9 }];
    const wish = { release: sample.digest.slice(0, 12) };
    const found = await findRelease(places.place("staging").mlflow, "wine", wish, gates);
    expect(found).toMatchObject({ digest: sample.digest, version: version.version });
    expect(found.manifest).toEqual(sample.manifest);
  });

  it("is only read where it comes from", async () => {
    await registerSample(places.place("dev"), { weights: "2" });
    const asked: string[] = [];
    const watching: typeof fetch = (resource, init) => {
      const request = new Request(resource, init);
      const { dev } = places;
      if ([dev.mlflow.url, dev.s3.url].some((url) => request.url.startsWith(url))) {
        asked.push(request.method);
      }
      return places.direct(request);
    };
    await copy(watching);
    // The version, the manifest and each file.
    expect(asked).toHaveLength(2 + sample.manifest.files.length);
    expect(new Set(asked)).toEqual(new Set(["GET"]));
  });

  it("copied again changes nothing, and writes no file", async () => {
    const first = await copy();
    const before = structuredClone([objects(places.staging), staging().versions("wine")]);
    const written: string[] = [];
    const watching: typeof fetch = (resource, init) => {
      const request = new Request(resource, init);
      if (request.method === "PUT" && request.url.includes("mlflow-artifacts")) {
        written.push(request.url);
      }
      return places.direct(request);
    };
    expect(await copy(watching)).toEqual(first);
    expect(written).toEqual([]);
    expect([objects(places.staging), staging().versions("wine")]).toEqual(before);
    await expectOneCopy();
  });

  it("killed before any request, or after any that writes, and copied again is one version, and it is whole", async () => {
    const methods = await requestsOfOneCopy();
    expect(methods.length).toBeGreaterThan(40);
    for (const [deadline, method] of methods.entries()) {
      // A server that only read is as it was.
      for (const reached of method === "GET" ? (["before"] as const) : both) {
        await renew();
        await expect(copy(dyingFetch(deadline, reached, places.direct))).rejects.toThrow("dead");
        await expectNothingHalf();
        await copy();
        await expectOneCopy();
      }
    }
  }, 300_000);

  it("whose connection is cut in the middle of any answer is one version when copied again", async () => {
    const count = (await requestsOfOneCopy()).length;
    for (let turn = 0; turn < count; turn++) {
      await renew();
      // An answer that nobody reads may be cut without harm.
      await copy(cutFetch(turn, places.direct)).catch(() => undefined);
      await expectNothingHalf();
      await copy();
      await expectOneCopy();
    }
  }, 300_000);

  it("killed up to four times in a row at random requests is one version in the end", async () => {
    const random = createRandom(1);
    const count = (await requestsOfOneCopy()).length;
    for (let round = 0; round < 10; round++) {
      await renew();
      for (let kill = 0; kill < 4; kill++) {
        const reached = random.uniform() < 0.5 ? "before" : "after";
        const dying = dyingFetch(Math.floor(count * random.uniform()), reached, places.direct);
        await copy(dying).catch(() => undefined);
        await expectNothingHalf();
      }
      await copy();
      await expectOneCopy();
    }
  }, 300_000);

  it("copied by two at once is one version, in whatever order requests arrive", async () => {
    for (let seed = 0; seed < 10; seed++) {
      await renew();
      const random = createRandom(seed);
      const slow: typeof fetch = async (...request) => {
        await new Promise((resolve) => setTimeout(resolve, 3 * random.uniform()));
        return places.direct(...request);
      };
      const [one, other] = await Promise.all([copy(slow), copy(slow)]);
      expect(one.version).toBe(other.version);
      await expectOneCopy();
    }
  }, 300_000);
});

describe("a release that is not what it says", () => {
  const blob = (platform: TwoPlaces["dev"], path: string) => {
    const { sha256 } = sample.manifest.files.find((file) => file.path === path)!;
    return [platform.s3.objects, `${buckets.releases}/blobs/sha256/${sha256}`] as const;
  };

  it("is not copied where a file of the source was changed", async () => {
    const [held, key] = blob(places.dev, "model.onnx");
    held.set(key, Buffer.from("another graph"));
    await expect(copy()).rejects.toThrow(/blob [0-9a-f]{12} is damaged/);
    expect(staging().runs.size).toBe(0);
    expect(staging().versions("wine")).toEqual([]);
  });

  it("is not copied where the source's manifest was changed", async () => {
    const key = `${buckets.releases}/releases/${sample.digest}.json`;
    const text = places.dev.s3.objects.get(key)!.toString().replace("0.97", "0.99");
    places.dev.s3.objects.set(key, Buffer.from(text));
    await expect(copy()).rejects.toThrow("the stored manifest has digest");
    expect(staging().versions("wine")).toEqual([]);
  });

  it("becomes no version where the target holds other bytes under a file's digest", async () => {
    const [, key] = blob(places.staging, "model.onnx");
    places.staging.s3.objects.set(key, Buffer.from("another graph"));
    await expect(copy()).rejects.toThrow(/is damaged/);
    expect(staging().versions("wine")).toEqual([]);
  });

  it("carries nothing that was edited in the source's registry: neither metrics, nor parameters, nor the MLflow model", async () => {
    const [version] = places.dev.mlflow.versions("wine");
    const run = places.dev.mlflow.runs.get(version!.run_id)!;
    run.tags.set(tags.gitCommit, "edited");
    run.params.set("hidden", "64");
    const path = `${version!.source.replace("mlflow-artifacts:/", "")}/requirements.txt`;
    places.dev.mlflow.artifacts.set(path, Buffer.from("something-else==6.6.6\n"));
    const { run_id } = await copy();
    const copied = staging().runs.get(run_id!)!;
    expect(copied.params.get("hidden")).toBe("32");
    expect(copied.tags.get(tags.gitCommit)).toBe("c".repeat(40));
    expect(folder(places.staging)["requirements.txt"]).toContain("mlflow==");
  });

  it("of a model of another name is refused", async () => {
    await expect(copy(undefined, { ...sample, model: "churn" })).rejects.toThrow(
      `churn@${sample.digest.slice(0, 12)}: release ${sample.digest.slice(0, 12)} is one of model wine`,
    );
  });

  it("damaged in the target after it was copied is made whole by copying again, where MLflow's own files are it", async () => {
    await copy();
    const [version] = staging().versions("wine");
    const path = `${version!.source.replace("mlflow-artifacts:/", "")}/model.onnx`;
    staging().artifacts.set(path, Buffer.from("another graph"));
    expect(await wholeVersion(places.place("staging"), sample)).toBeUndefined();
    await copy();
    await expectOneCopy();
  });
});

/** The methods of all requests, in their order. */
async function requestsOfOneCopy(): Promise<string[]> {
  const methods: string[] = [];
  await copy((resource, init) => {
    const request = new Request(resource, init);
    methods.push(request.method);
    return places.direct(request);
  });
  await renew();
  return methods;
}
