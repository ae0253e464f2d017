import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { FakeRequest } from "../contracts/testing/fake-server.ts";
import { build } from "./build.ts";
import { createRandom } from "./engine/random.ts";
import { expectOneOfEverything, expectWholeVersions } from "./testing/expectations.ts";
import { credentials, FakePlatform } from "./testing/platform.ts";
import { startBundle } from "./testing/process.ts";

/**
 * Trainings in processes of their own, by the image's command line, that are killed while they register; registry and
 * object store are fakes that are asked over HTTP. Does not prove what the real servers keep when they are killed.
 */
const kills = Number(process.env["ISOTHERM_TEST_REGISTRATION_KILLS"] ?? 100);
const seed = Number(process.env["ISOTHERM_TEST_SEED"] ?? 1);

let app: string;
beforeAll(async () => {
  app = await mkdtemp(path.join(tmpdir(), "isotherm-registration-"));
  await build(app);
});
afterAll(() => rm(app, { recursive: true, force: true }));

/** Trains, and tells of each request from the first of the registration on. */
function train(platform: FakePlatform, registering: (kill: () => void) => void) {
  const run = platform.run({ name: "demo", workload: "wine", params: { steps: 20, hidden: 4 } });
  const { child, ended } = startBundle(app, ["train"], {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ISOTHERM_TRAINING_RUN: JSON.stringify(run),
    ISOTHERM_JOB: "job-1",
  });
  let hasBegun = false;
  const strike = ({ path: key }: FakeRequest) => {
    hasBegun ||= key.includes("/artifacts/model/");
    if (hasBegun) registering(() => child.kill("SIGKILL"));
    return undefined;
  };
  platform.mlflow.weather.strike = strike;
  platform.s3.weather.strike = strike;
  return ended;
}

it(`a training killed ${kills} times at random moments around its registration never leaves a version without its artifact, and never two`, async () => {
  const random = createRandom(seed);
  let requests = 0;
  const whole = await new FakePlatform().start();
  const { code, text } = await train(whole, () => requests++);
  expect(code, text).toBe(0);
  await expectOneOfEverything(whole);
  await whole.stop();
  expect(requests).toBeGreaterThan(15);

  let killed = 0;
  let [before, after] = [0, 0];
  while (killed < kills) {
    const platform = await new FakePlatform().start();
    const inARow = 1 + Math.floor(4 * random.uniform());
    for (let time = 0; time < inARow && killed < kills; time++) {
      let left = 1 + Math.floor(requests * random.uniform());
      const ended = await train(platform, (kill) => {
        // Some at once, before there is an answer, others anywhere in the milliseconds after it.
        if (--left === 0) setTimeout(kill, random.uniform() < 0.5 ? 0 : 10 * random.uniform());
      });
      // One that was quicker than the blow is done.
      if (ended.code !== null) expect(ended.code, ended.text).toBe(0);
      else killed++;
      await expectWholeVersions(platform);
      const versions = platform.mlflow.versions("demo").length;
      expect(versions).toBeLessThanOrEqual(1);
      if (ended.code !== null) continue;
      if (versions === 0) before++;
      else after++;
    }
    const last = await train(platform, () => {});
    expect(last.code, last.text).toBe(0);
    await expectOneOfEverything(platform);
    await platform.stop();
  }
  console.log(`${killed} kills, ${before} before the version was there, ${after} after`);
  expect(before).toBeGreaterThan(0);
});
