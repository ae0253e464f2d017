import { expect, test } from "vitest";
import { ConfigError, parseConfig } from "./config.ts";
import type { EnvironmentConfig } from "./schema.ts";

const config = (batch: object) => ({
  "isotherm:role": "environment",
  "isotherm:target": { kind: "cluster" },
  "isotherm:training": { wine: { workload: "wine" } },
  "isotherm:models": {
    wine: { blue: { follow: "wine" }, gates: [{ metric: "accuracy", atLeast: 0.85 }] },
  },
  "isotherm:batch": { monthly: batch },
});
const monthly = { model: "wine", dataSet: "cellar@2026-01" };

test("B-01 a batch names a model and a version of a data set; all else has a default", () => {
  const { batch } = parseConfig(config(monthly)) as EnvironmentConfig;
  expect(batch["monthly"]).toEqual({
    ...monthly,
    format: "jsonl",
    keep: [],
    onUp: "start",
    retries: 3,
    resources: { cpu: "500m", memory: "512Mi" },
  });
});

test.each<[string, object, string, RegExp]>([
  [
    "a model that is not served",
    { model: "beer" },
    "model",
    /no model is called "beer"; there is wine/,
  ],
  ["a data set without version", { dataSet: "cellar" }, "dataSet", /<name>@<version>/],
  ["a schedule without a zone", { schedule: "0 4 1 * *" }, "timeZone", /a schedule needs one/],
  ["a format nobody writes", { format: "parquet" }, "format", /jsonl/],
  ["a column with a comma", { keep: ["a,b"] }, "keep[0]", /without commas/],
])("B-01 %s is a mistake", (_, change, path, message) => {
  try {
    parseConfig(config({ ...monthly, ...change }));
    expect.unreachable();
  } catch (error) {
    expect((error as ConfigError).problems).toEqual([
      {
        path: `isotherm:batch.monthly.${path}`,
        message: expect.stringMatching(message) as string,
      },
    ]);
  }
});

test("B-01 a model that nothing was promoted to yet cannot predict", () => {
  const gates = [{ metric: "accuracy", atLeast: 0.85 }];
  const waiting = { ...config(monthly), "isotherm:models": { wine: { gates } } };
  expect(() => parseConfig(waiting)).toThrow(
    'isotherm:batch.monthly.model: model "wine" has no slot, so it has no release to predict with',
  );
});
