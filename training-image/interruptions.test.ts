import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buckets, tags } from "../contracts/names.ts";
import { fileByRole } from "../contracts/release.ts";
import { ReleaseStore } from "../contracts/release-store.ts";
import { build } from "./build.ts";
import { createRandom } from "./engine/random.ts";
import { decodeCheckpoint } from "./run/checkpoints/file.ts";
import { credentials, FakePlatform } from "./testing/platform.ts";
import { startBundle } from "./testing/process.ts";

/**
 * T-08 A training in a process of its own that is killed, asked to end, or loses its object store, against fakes of the
 * servers. `npm run soak` does the same with twenty kills. Does not prove that a cluster starts the next attempt.
 */
const kills = Number(process.env["ISOTHERM_TEST_KILLS"] ?? 2);

/** Enough for so many kills to find their place between two checkpoints. */
const interval = 50;
const steps = interval * 12 * kills;

let app: string;
let folder: string | undefined;
let platform: FakePlatform;
/** What the training comes to when nothing happens to it. */
let whole: Awaited<ReturnType<typeof result>>;
beforeAll(async () => {
  app = await mkdtemp(path.join(tmpdir(), "isotherm-interrupted-"));
  await build(app);
  platform = await new FakePlatform().start();
  const { code, text } = await train({ ISOTHERM_CHECKPOINT_SECONDS: "3600" }).ended;
  expect(code, text).toBe(0);
  whole = await result();
  expect(storedCheckpoints()).toEqual([]);
  await platform.stop();
}, 300_000);
afterAll(() => rm(app, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "isotherm-checkpoints-"));
  platform = await new FakePlatform().start();
});
afterEach(async () => {
  await platform.stop();
  await rm(folder!, { recursive: true, force: true });
});

function train(environment: Record<string, string> = {}) {
  const run = platform.run({ name: "demo", workload: "wine", params: { steps, hidden: 4 } });
  return startBundle(app, ["train"], {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ISOTHERM_TRAINING_RUN: JSON.stringify(run),
    ISOTHERM_JOB: "job-1",
    ISOTHERM_CHECKPOINT_DIR: folder ?? "",
    ISOTHERM_CHECKPOINT_SECONDS: "0",
    ...environment,
  });
}

/** The step that the log says the training goes on after. */
const resumedAfter = (lines: Record<string, unknown>[]) =>
  lines.find(({ msg }) => String(msg).startsWith("the training goes on after"))?.["checkpoint"];

const storedCheckpoints = () =>
  [...platform.s3.objects].filter(([key]) => key.includes("/checkpoints/"));
const lastStored = () =>
  Math.max(0, ...storedCheckpoints().map(([, bytes]) => decodeCheckpoint(bytes).checkpoint.step));

const statuses = () => [...platform.mlflow.runs.values()].map(({ info }) => info.status);

/** The one version there is: digest of its model file, and the loss by step of its run. */
async function result() {
  const [version, ...others] = platform.mlflow.versions("demo");
  expect(others).toEqual([]);
  const run = platform.mlflow.runs.get(version!.run_id)!;
  expect(run.info.status).toBe("FINISHED");
  const release = version!.tags.find(({ key }) => key === tags.release)!.value;
  const releases = new ReleaseStore(platform.services().objects, buckets.releases);
  const losses = [...run.metrics.values()].filter(({ key }) => key === "loss");
  return {
    model: fileByRole(await releases.manifest(release), "model")!.sha256,
    losses: losses
      .map(({ step, value }) => [step, value])
      .sort(([a], [b]) => Number(a) - Number(b)),
  };
}

describe("a training of a definition of which another Job is at work", () => {
  it("U-07 waits until that one has ended", async () => {
    const { objects } = platform.services();
    await objects.putOnce(buckets.releases, "turns/demo/1.json", JSON.stringify({ job: "other" }));
    const { child, ended } = train();
    const waits = new Promise((resolve) =>
      child.stdout.on(
        "data",
        (text: Buffer) => text.includes("waits until other") && resolve(text),
      ),
    );
    await Promise.race([waits, ended]);
    expect(platform.mlflow.runs.size).toBe(0);
    await objects.putOnce(buckets.releases, "turns/demo/1.end", "");
    const { code, text } = await ended;
    expect(code, text).toBe(0);
    expect(await result()).toEqual(whole);
    const turns = (await objects.list(buckets.releases, "turns/")).map((key) => key.slice(11));
    expect(turns).toEqual(["1.end", "1.json", "2.beat", "2.end", "2.json"]);
  });
});

describe("an interrupted training", () => {
  it(`killed ${kills} times at random moments comes to the same bits and repeats at most an interval`, async () => {
    const random = createRandom(Number(process.env["ISOTHERM_TEST_SEED"] ?? 1));
    // As many checkpoints between two kills as leave room for all of them, with half of the steps to spare.
    const most = Math.floor(steps / interval / 2 / kills);
    let before = 0;
    for (let kill = 0; kill < kills; kill++) {
      const { child, ended } = train();
      let left = 1 + Math.floor(random.uniform() * most);
      platform.s3.weather.strike = ({ method, path: key }) => {
        // The moment is anywhere in, between and after the writes that follow.
        if (method === "PUT" && key.includes("/checkpoints/") && --left === 0) {
          setTimeout(() => child.kill("SIGKILL"), 15 * random.uniform());
        }
        return undefined;
      };
      const { code, lines, text } = await ended;
      expect(code, text).toBeNull();
      // A folder that came through may be one write ahead of the object store; one that did not is another pod's.
      const resumed = Number(resumedAfter(lines) ?? 0);
      expect(resumed).toBeGreaterThanOrEqual(before);
      expect(resumed).toBeLessThanOrEqual(before + 2 * interval);
      before = lastStored();
      expect(before).toBeGreaterThan(resumed);
      if (kill % 2 === 1) await rm(folder!, { recursive: true });
    }
    platform.s3.weather = {};
    const { code, lines, text } = await train().ended;
    expect(code, text).toBe(0);
    expect(Number(resumedAfter(lines))).toBeGreaterThanOrEqual(before);
    expect(await result()).toEqual(whole);
    expect(storedCheckpoints()).toEqual([]);
    expect(await readdir(folder!)).toEqual([]);
  }, 900_000);

  it("asked to end writes a checkpoint that was not due; where the object store is down it trains on, ends clearly, and repeats nothing when it is back", async () => {
    const { child, ended } = train({ ISOTHERM_CHECKPOINT_DIR: "" });
    // The first one is lost on its way, so that there is none when the process is asked to end.
    let writes = 0;
    platform.s3.weather.strike = ({ method, path: key }) => {
      if (method !== "PUT" || !key.includes("/checkpoints/") || ++writes > 1) return undefined;
      child.kill("SIGTERM");
      return "drop";
    };
    const first = await ended;
    expect(first.code, first.text).toBe(1);
    expect(statuses()).toEqual(["KILLED"]);
    const asked = first.lines.findIndex(({ signal }) => signal === "SIGTERM");
    const kept = first.lines.slice(asked).filter(({ msg }) => String(msg).endsWith("is kept"));
    const last = kept.at(-1)?.["checkpoint"];
    expect(last, first.text).toBe(lastStored());

    platform.s3.weather.strike = ({ method, path: key }) =>
      method === "PUT" && !/\/(jobs|turns)\//.test(key) ? { status: 503 } : undefined;
    const { code, lines, text } = await train().ended;
    expect(code, text).toBe(1);
    expect(resumedAfter(lines)).toBe(last);
    expect(String(lines.at(-1)!["msg"])).toContain("object store: ");
    expect(platform.mlflow.models.size).toBe(0);
    expect(statuses()).toEqual(["FAILED"]);
    const warnings = lines.filter(({ msg }) => String(msg).includes("could not be written"));
    expect(warnings.length).toBeGreaterThan(0);
    // Asked ever less often: by far not at each of the checkpoints.
    expect(warnings.length).toBeLessThan(10);

    platform.s3.weather = {};
    const again = await train().ended;
    expect(again.code, again.text).toBe(0);
    expect(resumedAfter(again.lines)).toBe(steps);
    expect(await result()).toEqual(whole);
  }, 180_000);
});
