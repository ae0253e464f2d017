import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SweepStudy } from "../contracts/sweep.ts";
import { build } from "./build.ts";
import { sweepCommand } from "./commands/sweep.ts";
import { sweepTags } from "./sweep/trial.ts";
import { credentials, FakePlatform } from "./testing/platform.ts";
import { startBundle } from "./testing/process.ts";
import { testSurroundings } from "./testing/surroundings.ts";
import { BadInputError } from "./workloads/errors.ts";

/**
 * K-10 The pods of a sweep against fakes of the servers: those at once as processes of the bundle, what follows as
 * commands in this process. Not as an Indexed Job starts them.
 */
let app: string;
let platform: FakePlatform;
beforeAll(async () => {
  app = await mkdtemp(path.join(tmpdir(), "isotherm-sweep-"));
  await build(app);
  platform = await new FakePlatform().start();
}, 120_000);
afterAll(async () => {
  await platform.stop();
  await rm(app, { recursive: true, force: true });
});

const study: SweepStudy = {
  schema: "isotherm.dev/sweep/v1",
  name: "cellar",
  method: "grid",
  trials: 3,
  seed: 1,
  metric: "log_loss",
  direction: "minimize",
  parameters: { learning_rate: { choice: [1e-6, 0.02, 0.001] } },
};
const environmentOf = (changes: Record<string, string>) => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  ISOTHERM_TRAINING_RUN: JSON.stringify(
    platform.run({ name: "cellar", workload: "wine", params: { steps: 60 } }),
  ),
  ISOTHERM_SWEEP: JSON.stringify(study),
  ISOTHERM_JOB: "sweep-1",
  ...changes,
});
const start = (environment: Record<string, string>) =>
  startBundle(app, ["sweep"], environmentOf(environment));
/** @returns what was logged and printed */
const command = async (environment: Record<string, string>, words: string[] = []) => {
  platform.lines.length = 0;
  const around = testSurroundings(platform, environmentOf(environment));
  await sweepCommand(around).parseAsync(words, { from: "user" });
  return [...platform.lines, ...around.printed].join("\n");
};

test("K-10 pods at once, one of them killed and tried again, register the best of their trials", async () => {
  // The first pod dies as soon as it stores something.
  const killed = start({ JOB_COMPLETION_INDEX: "0" });
  platform.mlflow.weather.strike = ({ path: asked }) => {
    if (!asked.includes("mlflow-artifacts")) return undefined;
    killed.child.kill("SIGKILL");
    return "hang";
  };
  expect((await killed.ended).code).toBeNull();
  platform.mlflow.weather = {};
  const pods = ["0", "1", "2"].map((index) => start({ JOB_COMPLETION_INDEX: index }).ended);
  for (const { code, text } of await Promise.all(pods)) expect(code, text).toBe(0);

  const [version, ...others] = platform.mlflow.versions("cellar");
  expect(others).toEqual([]);
  const best = platform.mlflow.runs.get(version!.run_id)!;
  expect(best.params.get("learning_rate")).toBe("0.02");
  expect(best.tags.get(sweepTags.trial)).toBe("1");
  const runs = [...platform.mlflow.runs.values()];
  expect(runs.map(({ info }) => info.status)).toEqual(new Array(4).fill("FINISHED"));

  const rows = (await command({}, ["--rank"]))
    .split("\n")
    .filter((line) => line.includes("complete"));
  expect(rows.map((row) => row.split("│")[2]!.trim())).toEqual(["1", "2", "0"]);
}, 300_000);

test("a study whose last pod never comes is finished by hand, with the best that there is", async () => {
  const job = { ISOTHERM_JOB: "sweep-2" };
  const none = command(job, ["--finish"]);
  await expect(none).rejects.toThrow("no study of Job sweep-2 has begun");
  await expect(none).rejects.toBeInstanceOf(BadInputError);
  await command({ ...job, JOB_COMPLETION_INDEX: "2" });
  const before = platform.mlflow.versions("cellar").length;
  for (let time = 0; time < 2; time++) await command(job, ["--finish"]);
  expect(platform.mlflow.versions("cellar").length).toBe(before + 1);
  // A pod that comes after all trains nothing.
  const late = await command({ ...job, JOB_COMPLETION_INDEX: "0" });
  expect(platform.mlflow.versions("cellar").length).toBe(before + 1);
  expect(late).not.toContain("trial 0 begins");
});

test("a pod without a trial is told which variable is missing", async () => {
  const told = command({});
  await expect(told).rejects.toBeInstanceOf(BadInputError);
  await expect(told).rejects.toThrow("JOB_COMPLETION_INDEX");
});
