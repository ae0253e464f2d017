import { createRequire } from "node:module";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buckets, tags } from "../contracts/names.ts";
import { build } from "./build.ts";
import { plotFiles } from "./plots/plot-files.ts";
import { credentials, FakePlatform } from "./testing/platform.ts";
import { startBundle } from "./testing/process.ts";

/**
 * The bundle as a container runs it: a process of its own, away from the sources and their packages, against fakes of
 * the registry and the object store. Does not prove anything about the base image.
 */
let app: string;
beforeAll(async () => {
  app = await mkdtemp(path.join(tmpdir(), "isotherm-training-"));
  await build(app);
});
afterAll(() => rm(app, { recursive: true, force: true }));

let platform: FakePlatform;
beforeEach(async () => void (platform = await new FakePlatform().start()));
afterEach(() => platform.stop());

const start = (command: string | readonly string[], environment: Record<string, string>) =>
  startBundle(app, [command].flat(), environment);

const secrets = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
};
const trainEnvironment = (changes = {}) => ({
  ...secrets,
  ISOTHERM_TRAINING_RUN: JSON.stringify(
    platform.run({ name: "cellar", workload: "wine", params: { steps: 60 }, ...changes }),
  ),
});

describe("the bundled training image", () => {
  it("G-05 trains and registers wine in its steps; its last line names model, version and release; nothing is left at home", async () => {
    const home = await mkdtemp(path.join(tmpdir(), "isotherm-home-"));
    const { code, lines, text } = await start("train", { ...trainEnvironment(), HOME: home }).ended;
    expect(code, text).toBe(0);
    // The runtime's telemetry is off.
    expect(await readdir(home)).toEqual([]);
    await rm(home, { recursive: true });
    const [version] = platform.mlflow.versions("cellar");
    const release = version!.tags.find(({ key }) => key === tags.release)!.value;
    expect(lines.at(-1)).toMatchObject({ model: "cellar", version: "1", release });
    const steps = lines.filter(({ elapsedMs }) => elapsedMs !== undefined).map(({ step }) => step);
    expect(steps).toEqual(["fetch", "validate", "train", "evaluate", "register"]);
    expect(text).not.toContain(credentials.secretAccessKey);
  });

  it("K-11 C-01 pushes a data set, trains on it twice, scores both and compares them on it", async () => {
    const place = { ...secrets, AWS_ENDPOINT_URL: platform.s3.url };
    const type = async (...words: string[]) => {
      const { code, lines, text } = await start(words, place).ended;
      expect(code, text).toBe(0);
      return lines.at(-1)!;
    };
    const pushed = await type("data", "push", "cellar", "2026-01", path.join(app, "data/wine.csv"));
    expect(pushed).toMatchObject({ dataSet: "cellar@2026-01", rows: 178, files: 1 });
    const train = async (steps: number) => {
      const asked = trainEnvironment({ dataSet: "cellar@2026-01", params: { steps } });
      const { code, lines, text } = await start("train", asked).ended;
      expect(code, text).toBe(0);
      return String(lines.at(-1)!["release"]);
    };
    const [incumbent, candidate] = [await train(2), await train(60)];
    const data = ["--data", "cellar@2026-01"];
    const scored = await type("evaluate", "--release", candidate, ...data);
    expect(scored["dataSet"]).toMatchObject({ version: "2026-01", rows: 178 });
    const both = ["--candidate", candidate, "--incumbent", incumbent.slice(0, 12)];
    const registry = ["--registry", platform.mlflow.url];
    const compared = await type("compare", ...both, ...data, ...registry);
    expect(compared).toMatchObject({
      scorer: { workload: "wine" },
      candidate: { release: candidate, metrics: scored["metrics"] },
      incumbent: { release: incumbent },
    });
    const [, version] = platform.mlflow.versions("cellar");
    expect(version!.tags).toContainEqual({ key: tags.comparedWith, value: incumbent });
  });

  it("ends within seconds of SIGTERM, with the run marked KILLED and no version", async () => {
    const reached = new Promise<void>((resolve) => {
      platform.mlflow.weather.strike = ({ path: asked }) => {
        if (!asked.includes("mlflow-artifacts")) return undefined;
        resolve();
        return "hang";
      };
    });
    const { child, ended } = start("train", trainEnvironment());
    await reached;
    child.kill("SIGTERM");
    const { code, text } = await ended;
    expect(code, text).toBe(1);
    expect([...platform.mlflow.runs.values()].map(({ info }) => info.status)).toEqual(["KILLED"]);
    expect(platform.mlflow.versions("cellar")).toEqual([]);
  });

  it("ends within seconds of SIGTERM while the object store hangs, also in a command line's own work", async () => {
    const reached = new Promise<void>((resolve) => {
      platform.s3.weather.strike = () => {
        resolve();
        return "hang";
      };
    });
    const words = ["data", "push", "cellar", "1", path.join(app, "data/wine.csv")];
    const { child, ended } = start(words, { ...secrets, AWS_ENDPOINT_URL: platform.s3.url });
    await reached;
    child.kill("SIGTERM");
    const { code, text } = await ended;
    expect(code, text).toBe(1);
    expect(text).toContain("asked to end");
  });

  it("names every mistake of its environment at once, asks nobody and ends with 2", async () => {
    const mistakes = { name: "Cellar", workload: "wine", params: { steps: 0, stepz: 1 } };
    const { code, lines } = await start("train", {
      ISOTHERM_TRAINING_RUN: trainEnvironment(mistakes).ISOTHERM_TRAINING_RUN,
    }).ended;
    expect(code).toBe(2);
    const message = String(lines.at(-1)!["msg"]);
    expect(message).toContain("ISOTHERM_TRAINING_RUN.name: must be 1-40 of");
    expect(message).toContain("AWS_ACCESS_KEY_ID is not set");
    expect(message).toContain("AWS_SECRET_ACCESS_KEY is not set");
    expect(platform.mlflow.requests).toEqual([]);
  });

  it("makes the buckets of an environment, again and again", async () => {
    platform.s3.buckets.clear();
    for (let time = 0; time < 2; time++) {
      const environment = { ...secrets, AWS_ENDPOINT_URL: platform.s3.url };
      expect((await start("storage-init", environment).ended).code).toBe(0);
      expect([...platform.s3.buckets]).toEqual(Object.values(buckets));
    }
  });

  it("refuses credentials that the object store refuses, with 2 and without showing them", async () => {
    const wrong = { AWS_ACCESS_KEY_ID: "wrong-key", AWS_SECRET_ACCESS_KEY: "wrong-secret" };
    const { code, text } = await start("train", { ...trainEnvironment(), ...wrong }).ended;
    expect(code, text).toBe(2);
    expect(text).toContain("403 InvalidAccessKeyId");
    expect(text).not.toContain("wrong-secret");
  });

  it("G-04 finds what charts are drawn with beside itself", () => {
    const { resolve } = createRequire(path.join(app, "cli.js"));
    for (const file of Object.values(plotFiles)) {
      expect(resolve(file)).toBe(path.join(app, "node_modules", file));
    }
  });

  it("is under 150 MB, holds the attribution of its data, and one platform's runtime", async () => {
    const files = await readdir(app, { recursive: true, withFileTypes: true });
    const paths = files
      .filter((file) => file.isFile())
      .map((file) => path.join(file.parentPath, file.name));
    const sizes = await Promise.all(paths.map(async (file) => (await stat(file)).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150e6);
    const names = paths.map((file) => path.relative(app, file));
    expect(names).toContain("data/wine.ATTRIBUTION.md");
    expect(names).toContain("parallel-worker.js");
    const libraries = names.filter((name) => name.endsWith(".node"));
    expect(libraries).toEqual([
      "node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node",
    ]);
  });
});
