import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buckets, tags } from "../../../contracts/names.ts";
import { fileByRole } from "../../../contracts/release.ts";
import { ReleaseStore } from "../../../contracts/release-store.ts";
import { build } from "../../build.ts";
import { credentials, FakePlatform } from "../../testing/platform.ts";
import { startBundle } from "../../testing/process.ts";

/**
 * The bundle trains heat in two threads and is asked to end, and killed, in the middle. Takes a minute or two of a core,
 * most of it for the reference that a generated problem is measured by.
 */
let app: string;
beforeAll(async () => {
  app = await mkdtemp(path.join(tmpdir(), "isotherm-threads-"));
  await build(app);
});
afterAll(() => rm(app, { recursive: true, force: true }));

const params = { layers: 2, width: 32, batch: 64, steps: 3_000, threads: 2 };

function train(platform: FakePlatform) {
  return startBundle(app, ["train"], {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ISOTHERM_TRAINING_RUN: JSON.stringify(
      platform.run({ name: "plate", workload: "heat", params }),
    ),
    ISOTHERM_JOB: "job-1",
    ISOTHERM_CHECKPOINT_SECONDS: "0",
  });
}

/** Digest of the one version's model file. */
async function modelOf(platform: FakePlatform): Promise<string> {
  const [version, ...others] = platform.mlflow.versions("plate");
  expect(others).toEqual([]);
  const release = version!.tags.find(({ key }) => key === tags.release)!.value;
  const releases = new ReleaseStore(platform.services().objects, buckets.releases);
  return fileByRole(await releases.manifest(release), "model")!.sha256;
}

it("T-08 asked to end and killed while two threads train, it comes to the same bits", async () => {
  const calm = await new FakePlatform().start();
  const whole = await train(calm).ended;
  expect(whole.code, whole.text).toBe(0);
  const expected = await modelOf(calm);
  await calm.stop();

  const platform = await new FakePlatform().start();
  for (const [signal, code] of [
    ["SIGTERM", 1],
    ["SIGKILL", null],
  ] as const) {
    const { child, ended } = train(platform);
    let left = 10;
    platform.s3.weather.strike = ({ method, path: key }) => {
      if (method === "PUT" && key.includes("/checkpoints/") && --left === 0) child.kill(signal);
      return undefined;
    };
    const stopped = await ended;
    expect(stopped.code, stopped.text).toBe(code);
  }
  platform.s3.weather = {};
  const last = await train(platform).ended;
  expect(last.code, last.text).toBe(0);
  expect(last.text).toContain("the training goes on after");
  expect(await modelOf(platform)).toBe(expected);
  await platform.stop();
}, 1_200_000);
