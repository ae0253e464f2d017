import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileSha256, folderRecipe, recipeHash } from "./recipe.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isotherm-recipe-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("recipes", () => {
  it("hashes the same recipe to the same eight hex digits, whatever the order of its keys", () => {
    expect(recipeHash({ a: 1, b: { c: 2, d: 3 } })).toBe(recipeHash({ b: { d: 3, c: 2 }, a: 1 }));
    expect(recipeHash({ a: 1 })).toMatch(/^[0-9a-f]{8}$/);
  });

  it("hashes a recipe that differs anywhere to something else", () => {
    const hash = recipeHash({ flags: ["-s", "-w"], version: "1.0.0" });
    expect(recipeHash({ flags: ["-w", "-s"], version: "1.0.0" })).not.toBe(hash);
    expect(recipeHash({ flags: ["-s", "-w"], version: "1.0.1" })).not.toBe(hash);
  });

  it("knows every file of a folder by its path and sum", async () => {
    await mkdir(join(folder, "deep"));
    await writeFile(join(folder, "deep/file"), "abc");
    const sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(await folderRecipe(folder)).toEqual({ "deep/file": sum });
    expect(await fileSha256(join(folder, "deep/file"))).toBe(sum);
  });
});
