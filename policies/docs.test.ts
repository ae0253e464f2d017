import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PolicyConfigJSONSchema } from "@pulumi/policy/schema.js";
import { expect, test } from "vitest";
import { policiesPage } from "./docs.ts";
import { policies } from "./policies.ts";

const page = join(import.meta.dirname, "../docs/policies.md");

test("docs/policies.md shows every policy and option; `npm run docs` writes it anew", async () => {
  expect(readFileSync(page, "utf8")).toBe(await policiesPage());
});

test("every policy has a name of its own, a sentence and a level", () => {
  const names = policies.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  for (const { name, description, enforcementLevel } of policies) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(description).toMatch(/^[A-Z].*\.$/);
    expect(enforcementLevel).toBeDefined();
  }
});

test("every option says what it is", () => {
  const options = policies.flatMap(({ configSchema }) =>
    Object.values(configSchema?.properties ?? {}),
  );
  expect(options.length).toBeGreaterThan(0);
  for (const option of options as PolicyConfigJSONSchema[]) expect(option.description).toBeTruthy();
});
