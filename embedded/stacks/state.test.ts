import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, expect, test } from "vitest";
import { stacksWithResources } from "./state.ts";

// Does not prove that the CLI writes checkpoints like these.

let state: string;
let folder: string;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "isotherm-state-"));
  folder = join(state, ".pulumi", "stacks", "isotherm");
  mkdirSync(folder, { recursive: true });
});

function checkpoint(resources: unknown[] | null): string {
  return JSON.stringify({ version: 3, checkpoint: { stack: "s", latest: { resources } } });
}

test("the stacks that have resources are named, compressed ones too", () => {
  writeFileSync(join(folder, "dev.json"), checkpoint([{ urn: "a" }]));
  writeFileSync(join(folder, "big.json.gz"), gzipSync(checkpoint([{ urn: "a" }])));
  expect(stacksWithResources(state, "isotherm")).toEqual(["big", "dev"]);
});

test("a stack that was destroyed, or never brought up, has none, and backups do not count", () => {
  writeFileSync(join(folder, "destroyed.json"), checkpoint(null));
  writeFileSync(join(folder, "empty.json"), checkpoint([]));
  writeFileSync(join(folder, "new.json"), JSON.stringify({ version: 3, checkpoint: {} }));
  writeFileSync(join(folder, "empty.json.bak"), checkpoint([{ urn: "a" }]));
  expect(stacksWithResources(state, "isotherm")).toEqual([]);
  expect(stacksWithResources(join(state, "none"), "isotherm")).toEqual([]);
});

test("a checkpoint that cannot be read is never taken for an empty one", () => {
  writeFileSync(join(folder, "dev.json"), '{"version": 3, "check');
  expect(() => stacksWithResources(state, "isotherm")).toThrow(join(folder, "dev.json"));
});
