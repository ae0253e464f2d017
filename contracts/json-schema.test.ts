import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jsonSchemas } from "./json-schema.ts";

const folder = join(import.meta.dirname, "../docs/schemas");

test("docs/schemas is what the code says; `npm run schemas` writes it anew", () => {
  const schemas = jsonSchemas();
  expect(readdirSync(folder).sort()).toEqual([...schemas.keys()].sort());
  for (const [file, text] of schemas)
    expect(readFileSync(join(folder, file), "utf8"), file).toBe(text);
});
