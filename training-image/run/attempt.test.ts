import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buckets, tags } from "../../contracts/names.ts";
import { fileByRole } from "../../contracts/release.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import { createRandom } from "../engine/random.ts";
import { FakePlatform } from "../testing/platform.ts";
import { stubData, stubWorkload } from "../testing/stub-workload.ts";
import { BadInputError, DivergedError } from "../workloads/errors.ts";
import { attempt, StoppedError } from "./attempt.ts";
import { exitCodeOf } from "./exit-code.ts";

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
const onlyRun = () => {
  expect(platform.mlflow.runs.size).toBe(1);
  return platform.mlflow.runs.values().next().value!;
};

/** Every version that can be seen has its release and its MLflow model, whole. */
async function expectWholeVersions(): Promise<void> {
  const releases = new ReleaseStore(platform.services().objects, buckets.releases);
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

async function expectOneOfEverything(): Promise<void> {
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
  await expectWholeVersions();
}

/** A fetch whose process dies at a request: that one and all later ones are never answered. */
function dyingFetch(deadline: number, reached: "before" | "after"): typeof fetch {
  let count = 0;
  return async (...request) => {
    const mine = count++;
    if (mine > deadline || (mine === deadline && reached === "before")) throw new Error("dead");
    const answer = await fetch(...request);
    if (mine === deadline) throw new Error("dead");
    return answer;
  };
}

describe("a training Job", () => {
  it("registers one version with its release, its evidence and its lineage", async () => {
    const outcome = await go();
    await expectOneOfEverything();
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
      [tags.image]: "localhost/isotherm/training:1",
      [tags.dataVersion]: "1",
      [tags.environment]: "dev",
      [tags.workload]: "stub",
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

  it("run again gives the version it made, and trains nothing", async () => {
    const first = await go();
    const untrainable = stubWorkload({ train: () => Promise.reject(new Error("trained again")) });
    expect(await go(platform.services(), untrainable)).toEqual(first);
    await expectOneOfEverything();
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
    for (let deadline = 0; deadline < count; deadline++) {
      for (const reached of ["before", "after"] as const) {
        const fresh = await new FakePlatform().start();
        await platform.stop();
        platform = fresh;
        const fetch = dyingFetch(deadline, reached);
        await expect(go(platform.services({ fetch }))).rejects.toThrow();
        await expectWholeVersions();
        await go();
        await expectOneOfEverything();
      }
    }
  });

  it("killed at two requests in a row still ends with one version", async () => {
    const random = createRandom(1);
    for (let round = 0; round < 20; round++) {
      const fresh = await new FakePlatform().start();
      await platform.stop();
      platform = fresh;
      for (const reached of ["after", "before"] as const) {
        const fetch = dyingFetch(Math.floor(random.uniform() * 30), reached);
        await go(platform.services({ fetch })).catch(() => {});
      }
      await go();
      await expectOneOfEverything();
    }
  });

  it("running twice at once ends with one version, in whatever order requests arrive", async () => {
    for (let seed = 0; seed < 25; seed++) {
      const fresh = await new FakePlatform().start();
      await platform.stop();
      platform = fresh;
      const random = createRandom(seed);
      const slow: typeof fetch = async (...request) => {
        await new Promise((resolve) => setTimeout(resolve, 4 * random.uniform()));
        return fetch(...request);
      };
      const both = await Promise.all([
        go(platform.services({ fetch: slow })),
        go(platform.services({ fetch: slow })),
      ]);
      expect(both[0]).toEqual(both[1]);
      await expectOneOfEverything();
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

describe("bad days", () => {
  it("an object store that is down for a while is waited for", async () => {
    let failures = 0;
    platform.s3.weather.strike = () => {
      failures++;
      if (failures <= 2) return "drop";
      return failures <= 4 ? { status: 503, body: "" } : undefined;
    };
    await go(platform.services({ retries: 5 }));
    await expectOneOfEverything();
    expect(failures).toBeGreaterThan(4);
  });

  it("an object store that stays down ends the run FAILED with nothing registered; the retry heals it", async () => {
    platform.s3.weather.strike = ({ path }) => (path.includes("blobs/") ? "drop" : undefined);
    const error = await go(platform.services({ retries: 1 })).catch((reason: unknown) => reason);
    expect(exitCodeOf(error)).toBe(1);
    expect(onlyRun().info.status).toBe("FAILED");
    expect(onlyRun().tags.get(tags.failure)).toBeTruthy();
    expect(platform.mlflow.versions("demo")).toHaveLength(0);
    platform.s3.weather = {};
    await go();
    expect(onlyRun().tags.has(tags.failure)).toBe(false);
    await expectOneOfEverything();
  });

  it("a registry that is down for a while is waited for", async () => {
    let failures = 0;
    platform.mlflow.weather.strike = () => (failures++ % 2 === 0 ? "drop" : undefined);
    await go(platform.services({ retries: 5 }));
    await expectOneOfEverything();
  });

  it("an answer of the registry that is lost after the version was made does not make two", async () => {
    const made = platform.services({
      retries: 3,
      fetch: async (...request) => {
        const answer = await fetch(...request);
        const lost = String(request[0]).endsWith("model-versions/create");
        if (lost && platform.mlflow.versions("demo").length === 1)
          throw new TypeError("fetch failed");
        return answer;
      },
    });
    await go(made);
    await expectOneOfEverything();
    expect(platform.mlflow.models.get("demo")!.last).toBe(2);
  });

  it("wrong credentials are bad input: no retry makes sense", async () => {
    platform.s3.weather.strike = () => ({
      status: 403,
      body: "<Error><Code>SignatureDoesNotMatch</Code></Error>",
    });
    const error = await go().catch((reason: unknown) => reason);
    expect(String(error)).toContain("403 SignatureDoesNotMatch");
    expect(exitCodeOf(error)).toBe(2);
  });

  it("T-14 data that do not pass their checks stop the run with the reason; nothing is registered", async () => {
    const workload = stubWorkload({
      read: () => {
        throw new BadInputError("data: 3 rows, wanted at least 100");
      },
    });
    const error = await go(undefined, workload).catch((reason: unknown) => reason);
    expect(exitCodeOf(error)).toBe(2);
    expect(onlyRun().info.status).toBe("FAILED");
    expect(onlyRun().tags.get(tags.failure)).toBe("data: 3 rows, wanted at least 100");
    expect(platform.mlflow.models.size).toBe(0);
    expect([...platform.s3.objects.keys()].filter((key) => !key.includes("/jobs/"))).toEqual([]);
  });

  it("altered data are refused by their hash", async () => {
    const altered = async () => new TextEncoder().encode("other data");
    const work = attempt(platform.services(), platform.config(), stubWorkload(), altered);
    await expect(work).rejects.toThrow(/stub 1 has been altered: its SHA-256 is [0-9a-f]{64}/);
    expect(onlyRun().info.status).toBe("FAILED");
  });

  it("a diverging loss ends the run FAILED, with the steps so far logged", async () => {
    const workload = stubWorkload({
      async train(_data, context) {
        context.progress(1, { loss: [3, Number.NaN] });
        throw new DivergedError(2, Number.NaN);
      },
    });
    const error = await go(undefined, workload).catch((reason: unknown) => reason);
    expect(exitCodeOf(error)).toBe(2);
    expect(onlyRun().tags.get(tags.failure)).toContain("the loss is NaN at step 2");
    expect([...onlyRun().metrics.values()].map(({ value }) => value)).toEqual([3, "NaN"]);
    expect(platform.mlflow.models.size).toBe(0);
  });

  it("U-09 a workload that measures something else than it declares is refused", async () => {
    const workload = stubWorkload({ evaluate: async () => ({ eror: 0 }) });
    await expect(go(undefined, workload)).rejects.toThrow("declares the metrics error");
  });

  it("a request to end is obeyed while the registry hangs, and the run is marked KILLED", async () => {
    const ending = new AbortController();
    platform.mlflow.weather.strike = ({ path }) => {
      if (!path.includes("mlflow-artifacts")) return undefined;
      ending.abort();
      return "hang";
    };
    const work = go(platform.services({ signal: ending.signal }));
    await expect(work).rejects.toThrow(StoppedError);
    expect(onlyRun().info.status).toBe("KILLED");
    platform.mlflow.weather = {};
    await go();
    await expectOneOfEverything();
  });
});

/** Measured on a platform of its own. */
async function requestsOfOneAttempt(): Promise<number> {
  const other = await new FakePlatform().start();
  let count = 0;
  const counting: typeof fetch = (...request) => {
    count++;
    return fetch(...request);
  };
  await attempt(other.services({ fetch: counting }), other.config(), stubWorkload(), read);
  await other.stop();
  return count;
}
