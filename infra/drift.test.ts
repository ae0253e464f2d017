import { expect, test } from "vitest";
import { declare } from "../test/mocks.ts";
import { wineTraining } from "../test/trainings.ts";
import { parseConfig } from "./config.ts";
import { declareDrift } from "./drift.ts";
import type { EnvironmentConfig } from "./schema.ts";

const release = "a".repeat(12);

function config(drift: unknown, more: object = {}) {
  const wine = {
    blue: { release },
    gates: [{ metric: "accuracy", atLeast: 0.85 }],
    drift,
    ...more,
  };
  return {
    "isotherm:role": "environment",
    "isotherm:target": { kind: "cluster" },
    "isotherm:models": { wine },
  };
}

const modelOf = (drift: unknown, more?: object) => {
  const { models } = parseConfig(config(drift, more)) as EnvironmentConfig;
  return models["wine"]!;
};

test("U-14 a model's answers are looked at where its stack file says so, every half hour if it says no more", () => {
  expect(modelOf({}).drift).toEqual({
    schedule: "*/30 * * * *",
    timeZone: "Etc/UTC",
    window: 86_400,
    minimum: 200,
    threshold: 0.1,
    tolerance: 0.01,
    resources: { cpu: "100m", memory: "512Mi" },
  });
  expect(modelOf({ window: "90m" }).drift?.window).toBe(5_400);
  expect(modelOf(undefined).drift).toBeUndefined();
});

test.each([
  [{ window: "31d" }, "window", "30d at most"],
  [{ schedule: "sometimes" }, "schedule", "five fields"],
  [{ minimum: 0 }, "minimum", ""],
  [{ pushgateway: "http://me:secret@pushgateway" }, "pushgateway", "no password"],
  [{ every: "30m" }, "", "every"],
])("%j is refused with its path", (drift, path, reason) => {
  const parse = () => modelOf(drift);
  expect(parse).toThrow(`isotherm:models.wine.drift${path === "" ? "" : `.${path}`}`);
  expect(parse).toThrow(reason);
});

test("T-02 a shadow in the stack file is compared by the same schedule; without one nothing is", async () => {
  const shadow = { release: "b".repeat(12), percent: 50 };
  const made = async (drift: unknown, more?: object) => {
    const { resources } = await declare(() => {
      const { environment, namespace, image, registry } = wineTraining();
      declareDrift("wine", modelOf(drift, more), { environment, namespace, image, registry }, {});
    });
    const jobs = resources.filter(({ type }) => type.endsWith(":CronJob"));
    return jobs.map(({ name }) => name).sort();
  };
  expect(await made({}, { shadow })).toEqual(["wine-drift-drift", "wine-drift-shadow"]);
  expect(await made({})).toEqual(["wine-drift-drift"]);
  expect(await made(undefined, { shadow })).toEqual([]);
});
