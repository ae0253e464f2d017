import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buckets, tags } from "../../contracts/names.ts";
import { fileByRole } from "../../contracts/release.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import { createRandom } from "../engine/random.ts";
import { DataSetStore } from "../data/data-set-store.ts";
import { dyingFetch } from "../testing/dying-fetch.ts";
import { expectOneOfEverything, expectWholeVersions } from "../testing/expectations.ts";
import { FakePlatform } from "../testing/platform.ts";
import { stubData, stubWorkload } from "../testing/stub-workload.ts";
import { attempt } from "./attempt.ts";
import type { runRecord } from "./run-record.ts";

/**
 * One training Job against fakes of the registry and the object store, on good days and bad ones.
 * Does not prove that the real servers answer as the fakes do.
 */
let platform: FakePlatform;
beforeEach(async () => void (platform = await new FakePlatform().start()));
afterEach(() => platform.stop());

const read = async () => stubData;
const go = (
  services = platform.services(),
  workload = stubWorkload(),
  config = platform.config(),
) => attempt(services, config, workload, read);
/** Without a network, and with graphs for checking beside the model. */
const goDirect = (fetch: typeof globalThis.fetch = platform.direct) =>
  go(platform.services({ fetch }), withGraphs);
const withGraphs = stubWorkload({
  train: async (data, context) => ({
    ...(await stubWorkload().train(data, context)),
    graphs: { residual: Uint8Array.of(1), boundary: Uint8Array.of(2), initial: Uint8Array.of(3) },
  }),
});
const renew = async () => {
  const fresh = await new FakePlatform().start();
  await platform.stop();
  platform = fresh;
};
const onlyRun = () => {
  expect(platform.mlflow.runs.size).toBe(1);
  return platform.mlflow.runs.values().next().value!;
};

describe("a training Job", () => {
  it("G-04 registers one version with its release, its evidence and its lineage, parameters, steps and tags", async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    const config = platform.config();
    config.run.image = `registry.example/training@${digest}`;
    const outcome = await go(platform.services(), stubWorkload(), config);
    await expectOneOfEverything(platform);
    const releases = new ReleaseStore(platform.services().objects, buckets.releases);
    const { evidence, ...manifest } = await releases.manifest(outcome.release);
    expect(evidence.metrics).toEqual({ error: 0.5 });
    expect(evidence.lineage).toMatchObject({
      workload: "stub",
      gitCommit: "0123abc",
      environment: "dev",
      dataSet: { name: "stub", version: "1", rows: 1 },
    });
    expect(fileByRole({ evidence, ...manifest }, "contract")!.path).toBe("contract.json");
    const run = onlyRun();
    expect(Object.fromEntries(run.tags)).toMatchObject({
      [tags.gitCommit]: "0123abc",
      [tags.image]: `registry.example/training@${digest}`,
      [tags.imageDigest]: digest,
      [tags.dataVersion]: "1",
      [tags.environment]: "dev",
      [tags.workload]: "stub",
      [tags.task]: "regression",
      [tags.optimiser]: "none",
      [tags.release]: outcome.release,
    });
    expect(Object.fromEntries(run.params)).toEqual({ steps: "3" });
    const losses = [...run.metrics.values()].filter(({ key }) => key === "loss");
    expect(losses.map(({ step, value }) => [step, value])).toEqual([
      [1, 3],
      [2, 2],
      [3, 1],
    ]);
  });

  it("T-06 keeps a metadata file with parameters, runtime and statistics, and its log, with the run", async () => {
    const services = { ...platform.services(), logged: () => platform.lines.join("") };
    await go(services);
    const folder = onlyRun().info.artifact_uri.replace("mlflow-artifacts:/", "");
    const text = platform.mlflow.artifacts.get(`${folder}/run.json`)!.toString();
    const record = JSON.parse(text) as ReturnType<typeof runRecord>;
    expect(record).toMatchObject({
      run: "run1",
      params: { steps: 3 },
      dataSet: { name: "stub", version: "1", rows: 1 },
      runtime: {
        node: process.versions.node,
        onnxruntime: expect.stringMatching(/^1\./) as string,
      },
    });
    const steps = ["fetch", "validate", "train", "evaluate", "register"];
    expect(Object.keys(record.statistics.seconds)).toEqual(steps);
    expect(record.statistics.cpuSeconds).toBeGreaterThan(0);
    expect(record.statistics.peakResidentBytes).toBeGreaterThan(1e6);
    const log = platform.mlflow.artifacts.get(`${folder}/log.jsonl`)!.toString().trim().split("\n");
    const done = log.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(done).toEqual(expect.arrayContaining(steps.map((name) => `${name} done`)));
  });

  it("K-11 trains on the version of a data set that it is told, and names it in its lineage", async () => {
    const store = new DataSetStore(platform.services().objects, buckets.releases);
    const files = [{ path: "t.csv", read: async () => new TextEncoder().encode("a,b\n1,2\n") }];
    const manifest = await store.push({ name: "table", version: "2026-01", files });
    const seen: string[] = [];
    const workload = stubWorkload({
      read: (bytes) => {
        seen.push(new TextDecoder().decode(bytes));
        return { data: "", rows: 1, warnings: [] };
      },
    });
    const run = platform.run({ dataSet: "table@2026-01" });
    const outcome = await go(undefined, workload, platform.config({ run }));
    expect(seen).toEqual(["a,b\n1,2\n"]);
    const releases = new ReleaseStore(platform.services().objects, buckets.releases);
    const { evidence } = await releases.manifest(outcome.release);
    const { sha256 } = manifest.files[0]!;
    expect(evidence.lineage.dataSet).toEqual({
      name: "table",
      version: "2026-01",
      sha256,
      rows: 1,
    });
    expect(onlyRun().tags.get(tags.dataVersion)).toBe("2026-01");
    expect(onlyRun().tags.get(tags.dataSha256)).toBe(sha256);
  });

  it("K-11 run again gives the version it made, and trains nothing", async () => {
    const first = await go();
    const untrainable = stubWorkload({ train: () => Promise.reject(new Error("trained again")) });
    expect(await go(platform.services(), untrainable)).toEqual(first);
    await expectOneOfEverything(platform);
  });

  it("of another name makes a run and a version of its own, and moves the alias to it", async () => {
    await go();
    const second = await go(undefined, undefined, platform.config({ job: "job-2" }));
    expect(second.version).toBe("2");
    expect(platform.mlflow.models.get("demo")!.aliases.get("candidate")).toBe("2");
  });

  it("whose late retry comes after a newer version leaves the alias with the newer one", async () => {
    // The first attempt dies just before it ends its run: everything else is done.
    const count = await requestsOfOneAttempt();
    await go(platform.services({ fetch: dyingFetch(count - 1, "before") })).catch(() => {});
    await go(undefined, undefined, platform.config({ job: "job-2" }));
    expect((await go()).version).toBe("1");
    expect(platform.mlflow.models.get("demo")!.aliases.get("candidate")).toBe("2");
  });

  it("killed at any request, and tried again, ends with one version that is whole", async () => {
    const count = await requestsOfOneAttempt();
    expect(count).toBeGreaterThan(20);
    // The last one looks for what other Jobs left behind, when all of this one is done.
    for (let deadline = 0; deadline < count - 1; deadline++) {
      for (const reached of ["before", "after"] as const) {
        await renew();
        const dying = dyingFetch(deadline, reached, platform.direct);
        await expect(goDirect(dying)).rejects.toThrow();
        await expectWholeVersions(platform, platform.direct);
        await goDirect();
        await expectOneOfEverything(platform, platform.direct);
      }
    }
    await renew();
    await goDirect(dyingFetch(count - 1, "before", platform.direct));
    await expectOneOfEverything(platform, platform.direct);
  });

  it("killed 100 times at random, up to four times in a row, never has a version without its release, and never two", async () => {
    const random = createRandom(1);
    const count = await requestsOfOneAttempt();
    let kills = 0;
    while (kills < 100) {
      await renew();
      const inARow = 1 + Math.floor(4 * random.uniform());
      for (let kill = 0; kill < inARow; kill++) {
        const reached = random.uniform() < 0.5 ? "before" : "after";
        const dying = dyingFetch(Math.floor(count * random.uniform()), reached, platform.direct);
        await goDirect(dying).then(
          () => {},
          () => kills++,
        );
        await expectWholeVersions(platform, platform.direct);
      }
      await goDirect();
      await expectOneOfEverything(platform, platform.direct);
    }
    expect(kills).toBeGreaterThanOrEqual(100);
  });

  it("running twice at once ends with one version, in whatever order requests arrive", async () => {
    for (let seed = 0; seed < 25; seed++) {
      await renew();
      const random = createRandom(seed);
      const slow: typeof fetch = async (...request) => {
        await new Promise((resolve) => setTimeout(resolve, 4 * random.uniform()));
        return platform.direct(...request);
      };
      const both = await Promise.all([goDirect(slow), goDirect(slow)]);
      expect(both[0]).toEqual(both[1]);
      await expectOneOfEverything(platform, platform.direct);
    }
  });

  it("whose run somebody deleted makes a new one", async () => {
    await go();
    onlyRun().info.lifecycle_stage = "deleted";
    const again = await go();
    expect(again.version).toBe("2");
    expect(platform.mlflow.runs.get("run2")!.info.status).toBe("FINISHED");
  });
});

/** Measured on a platform of its own. */
async function requestsOfOneAttempt(): Promise<number> {
  const other = await new FakePlatform().start();
  let count = 0;
  const counting: typeof fetch = (...request) => {
    count++;
    return other.direct(...request);
  };
  await attempt(other.services({ fetch: counting }), other.config(), withGraphs, read);
  await other.stop();
  return count;
}
