import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buckets, tags } from "../../contracts/names.ts";
import { DataSetStore } from "../data/data-set-store.ts";
import { expectOneOfEverything } from "../testing/expectations.ts";
import { FakePlatform } from "../testing/platform.ts";
import { stubData, stubWorkload } from "../testing/stub-workload.ts";
import { BadInputError, DivergedError } from "../workloads/errors.ts";
import { attempt } from "./attempt.ts";
import { exitCodeOf } from "./exit-code.ts";
import { StoppedError } from "./with-run.ts";

/** What a training Job makes of servers that fail and of input that cannot work, against fakes of the servers. */
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

describe("a training Job on a bad day", () => {
  it("an object store that is down for a while is waited for", async () => {
    let failures = 0;
    platform.s3.weather.strike = () => {
      failures++;
      if (failures <= 2) return "drop";
      return failures <= 4 ? { status: 503, body: "" } : undefined;
    };
    await go(platform.services({ retries: 5 }));
    await expectOneOfEverything(platform);
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
    await expectOneOfEverything(platform);
  });

  it("a registry that is down for a while is waited for", async () => {
    let failures = 0;
    platform.mlflow.weather.strike = () => (failures++ % 2 === 0 ? "drop" : undefined);
    await go(platform.services({ retries: 5 }));
    await expectOneOfEverything(platform);
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
    await expectOneOfEverything(platform);
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

  it("K-11 a data set whose file was altered in the store is refused by its hash, before training", async () => {
    const store = new DataSetStore(platform.services().objects, buckets.releases);
    const files = [{ path: "t.csv", read: async () => stubData }];
    const manifest = await store.push({ name: "table", version: "1", files });
    const key = `${buckets.releases}/blobs/sha256/${manifest.files[0]!.sha256}`;
    platform.s3.objects.set(key, Buffer.from("other data"));
    const train = () => Promise.reject(new Error("trained on altered data"));
    const config = platform.config({ run: platform.run({ dataSet: "table@1" }) });
    const error = await go(undefined, stubWorkload({ train }), config).catch((reason) => reason);
    expect(String(error)).toMatch(/t\.csv has been altered: its SHA-256 is [0-9a-f]{64}, wanted/);
    expect(exitCodeOf(error)).toBe(2);
    expect(onlyRun().info.status).toBe("FAILED");
    expect(platform.mlflow.models.size).toBe(0);
  });

  it("K-11 a version of a data set that is not there is bad input and names those that are", async () => {
    const config = platform.config({ run: platform.run({ dataSet: "table@1" }) });
    const error = await go(undefined, undefined, config).catch((reason) => reason);
    expect(String(error)).toContain("there is no version of table");
    expect(exitCodeOf(error)).toBe(2);
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
    await expectOneOfEverything(platform);
  });
});
