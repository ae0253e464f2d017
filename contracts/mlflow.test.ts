import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Mlflow, MlflowError, type MlflowOptions } from "./mlflow.ts";
import { tagOf } from "./mlflow-types.ts";
import { FakeMlflow } from "./testing/fake-mlflow.ts";

/** The REST client against a fake. Does not prove that a real server answers as the fake does. */
let server: FakeMlflow;
beforeEach(async () => void (server = await new FakeMlflow().listen()));
afterEach(() => server.close());
const client = (options: Partial<MlflowOptions> = {}) =>
  new Mlflow({ url: `${server.url}/`, retryDelayMs: 1, ...options });
const newRun = async () => {
  const mlflow = client();
  return mlflow.createRun(await mlflow.ensureExperiment("e"), "run", { a: "1" });
};

describe("Mlflow", () => {
  it("makes an experiment once, also when somebody else makes it in the same moment", async () => {
    const id = await client().ensureExperiment("e");
    expect(await client().ensureExperiment("e")).toBe(id);
    let asked = 0;
    server.weather.strike = ({ path }) =>
      path.endsWith("get-by-name") && asked++ === 0
        ? { status: 404, body: '{"error_code":"RESOURCE_DOES_NOT_EXIST","message":""}' }
        : undefined;
    expect(await client().ensureExperiment("e")).toBe(id);
    expect(server.experiments.size).toBe(1);
  });

  it("reads back a run with its tags, and finds it by one of them, newest first", async () => {
    const [first, second] = [await newRun(), await newRun()];
    const run = await client().getRun(first.info.run_id);
    expect(tagOf(run.data, "a")).toBe("1");
    expect(run.info.start_time).toBeGreaterThan(0);
    const found = await client().searchRuns(run.info.experiment_id, `tags."a" = '1'`);
    expect(found.map(({ info }) => info.run_id)).toEqual([second.info.run_id, first.info.run_id]);
    expect(await client().searchRuns(run.info.experiment_id, `tags."a" = '2'`)).toEqual([]);
  });

  it("splits what it logs into batches that the server takes", async () => {
    const run = await newRun();
    const metrics = Array.from({ length: 2500 }, (_, step) => ({
      key: "loss",
      value: 1,
      timestamp: step,
      step,
    }));
    const many = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`k${i}`, "v"]));
    await client().logBatch(run.info.run_id, { metrics, params: many, tags: many });
    const logged = server.runs.get(run.info.run_id)!;
    expect(logged.metrics.size).toBe(2500);
    expect(logged.params.size).toBe(250);
    expect(server.requests.filter(({ path }) => path.endsWith("log-batch"))).toHaveLength(3);
  });

  it("asks nothing where there is nothing to log", async () => {
    await client().logBatch("run", {});
    expect(server.requests).toEqual([]);
  });

  it("ends a run, lets it go on, and takes a tag off it or finds it gone", async () => {
    const { info } = await newRun();
    await client().endRun(info.run_id, "FAILED");
    expect(server.runs.get(info.run_id)!.info.status).toBe("FAILED");
    await client().resumeRun(info.run_id);
    expect(server.runs.get(info.run_id)!.info.status).toBe("RUNNING");
    for (let time = 0; time < 2; time++) await client().deleteTag(info.run_id, "a");
    expect(server.runs.get(info.run_id)!.tags.size).toBe(0);
  });

  it("gives back an artifact's bytes, whatever its name", async () => {
    const run = await newRun();
    const bytes = Uint8Array.of(0, 255, 10, 13);
    await client().uploadArtifact(run, "a folder/ä#?.bin", bytes);
    expect(await client().downloadArtifact(run, "a folder/ä#?.bin")).toEqual(bytes);
    await expect(client().downloadArtifact(run, "other")).rejects.toMatchObject({ status: 404 });
  });

  it("U-08 lists versions by number over all pages: 10 is newer than 9", async () => {
    await client().ensureRegisteredModel("m");
    await client().ensureRegisteredModel("m");
    for (let number = 1; number <= 11; number++) {
      await client().createModelVersion({ name: "m", source: "s", runId: "r", tags: {} });
    }
    const versions = (await client().modelVersions("m")).map(({ version }) => version);
    expect(versions).toEqual(["11", "10", "9", "8", "7", "6", "5", "4", "3", "2", "1"]);
    expect(await client().modelVersions("nobody")).toEqual([]);
    for (let time = 0; time < 2; time++) await client().deleteModelVersion("m", "10");
    expect((await client().modelVersions("m")).map(({ version }) => version)[1]).toBe("9");
  });

  it("puts a tag on a version, over one of the same name", async () => {
    await client().ensureRegisteredModel("m");
    await client().createModelVersion({ name: "m", source: "s", runId: "r", tags: { a: "1" } });
    for (const value of ["1", "2"]) await client().setVersionTag("m", "1", "b", value);
    const [version] = await client().modelVersions("m");
    expect([tagOf(version!, "a"), tagOf(version!, "b")]).toEqual(["1", "2"]);
    await expect(client().setVersionTag("m", "2", "b", "1")).rejects.toMatchObject({ status: 404 });
  });

  it("moves an alias, and knows one that is not there", async () => {
    await client().ensureRegisteredModel("m");
    expect(await client().versionByAlias("m", "candidate")).toBeUndefined();
    await client().createModelVersion({ name: "m", source: "s", runId: "r", tags: {} });
    await client().setAlias("m", "candidate", "1");
    expect((await client().versionByAlias("m", "candidate"))!.version).toBe("1");
  });

  it.each([
    ["a cut connection", "drop"],
    ["429", { status: 429, body: "" }],
    ["503", { status: 503, body: "" }],
    [
      "the refusal of a database in which another request was first",
      {
        status: 400,
        body: '{"error_code":"BAD_REQUEST","message":"UNIQUE constraint failed: params.key"}',
      },
    ],
  ] as const)("tries again after %s", async (_, weather) => {
    let failures = 2;
    server.weather.strike = () => (failures-- > 0 ? weather : undefined);
    await client().ensureExperiment("e");
    expect(server.experiments.size).toBe(1);
  });

  it("takes an object that S3 does not have for an artifact that is not there", async () => {
    const run = await newRun();
    const message =
      "The following failures occurred while downloading one or more artifacts: ##### File 1/r/artifacts/a #####\n" +
      "An error occurred (404) when calling the HeadObject operation: Not Found";
    const body = JSON.stringify({ error_code: "INTERNAL_ERROR", message });
    server.weather.strike = () => ({ status: 500, body });
    const before = server.requests.length;
    await expect(client().downloadArtifact(run, "a")).rejects.toMatchObject({ status: 404 });
    expect(server.requests.length - before).toBe(1);
  });

  it("gives up after the tries it was given, with the last error", async () => {
    server.weather.strike = () => ({ status: 503, body: "tired" });
    const work = client({ retries: 2 }).getRun("r");
    await expect(work).rejects.toThrow("mlflow: api/2.0/mlflow/runs/get answered 503");
    expect(server.requests).toHaveLength(3);
  });

  it("gives up on a server that does not answer", async () => {
    server.weather.strike = () => "hang";
    const work = client({ retries: 1, timeoutMs: 20 }).getRun("r");
    await expect(work).rejects.toThrow(/timeout/);
    expect(server.requests).toHaveLength(2);
  });

  it("does not ask again after a refusal, and tells the server's own code and message", async () => {
    const error = await client()
      .getRun("none")
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MlflowError);
    expect(error).toMatchObject({ status: 404, code: "RESOURCE_DOES_NOT_EXIST" });
    expect(String(error)).toContain("none does not exist");
    expect(server.requests).toHaveLength(1);
  });
});
