import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { configurationPage } from "./config-docs.ts";

const page = join(import.meta.dirname, "../docs/configuration.md");

test("docs/configuration.md is what the schema says; `npm run docs` writes it anew", async () => {
  expect(readFileSync(page, "utf8")).toBe(await configurationPage());
});
