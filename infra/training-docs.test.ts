import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "./config.ts";
import type { EnvironmentConfig } from "./schema.ts";

const page = readFileSync(join(import.meta.dirname, "../docs/training.md"), "utf8");
const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => text);

const rest = { "isotherm:role": "environment", "isotherm:target": { kind: "cluster" } };

test.each(examples)("the example of docs/training.md is a sound stack file:\n%s", (text) => {
  const config = parse(text) as Record<string, unknown>;
  expect(Object.keys(config)).toContain("isotherm:training");
  const { training } = parseConfig({ ...rest, ...config }) as EnvironmentConfig;
  expect(Object.keys(training)).toEqual(Object.keys(config["isotherm:training"] as object));
});

test("docs/training.md shows each part of a training by example", () => {
  const shown = examples.join("");
  for (const part of ["params", "schedule", "dataSet", "gpu", "sweep", "image", "volume"]) {
    expect(shown).toContain(`${part}:`);
  }
});
