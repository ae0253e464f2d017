import { mkdir, mkdtemp, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAlive, withLock } from "./lock.ts";

let folder: string;
const silent = () => undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isotherm-lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("locks", () => {
  it("lets one in at a time", async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
    };
    const file = join(folder, "lock");
    await Promise.all([1, 2, 3].map(() => withLock(file, silent, work)));
    expect(most).toBe(1);
  });

  it("is free again after work that failed", async () => {
    const file = join(folder, "lock");
    const failing = () => Promise.reject(new Error("broken"));
    await expect(withLock(file, silent, failing)).rejects.toThrow("broken");
    expect(await withLock(file, silent, () => Promise.resolve("next"))).toBe("next");
  });

  it("takes over a lock that its holder has long stopped touching", async () => {
    const file = join(folder, "lock");
    await mkdir(`${file}.lock`);
    await utimes(`${file}.lock`, 1, 1);
    expect(await withLock(file, silent, () => Promise.resolve("mine"))).toBe("mine");
  });

  it("tells the living from the dead", () => {
    expect(isAlive(process.pid)).toBe(true);
    expect(isAlive(2 ** 22 + 1)).toBe(false);
  });
});
