import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "./config.ts";
import type { EnvironmentConfig } from "./schema.ts";

const pages = globSync(join(import.meta.dirname, "../{README,docs/*}.md")).sort();
const examples = pages.flatMap((page) =>
  [
    ...readFileSync(page, "utf8").matchAll(
      /^```yaml\n((?:# stacks\/Pulumi\.staging\.yaml.*?\n)?isotherm:.*?)^```$/gms,
    ),
  ].map(([, text = ""]) => ({ page: basename(page), text })),
);

const rest = { "isotherm:role": "environment", "isotherm:target": { kind: "cluster" } };

test.each(examples)("the example of $page is a sound stack file:\n$text", ({ text }) => {
  const config = parse(text) as Record<string, object>;
  const { training } = parseConfig({ ...rest, ...config }) as EnvironmentConfig;
  expect(Object.keys(training)).toEqual(Object.keys(config["isotherm:training"] ?? {}));
});

test("docs/training.md shows each part of a training by example", () => {
  const shown = examples.flatMap(({ page, text }) => (page === "training.md" ? [text] : [])).join();
  for (const part of ["params", "schedule", "dataSet", "gpu", "sweep", "image", "volume"]) {
    expect(shown).toContain(`${part}:`);
  }
});
