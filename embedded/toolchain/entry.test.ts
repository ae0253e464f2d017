import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as entryModule from "./entry.ts";

let root: string;
let built: number;
const said: string[] = [];
const report = (message: string) => void said.push(message);

/** A fresh copy of the module: it remembers what it has checked, as a new process would not. */
async function newProcess(): Promise<typeof entryModule> {
  vi.resetModules();
  return import("./entry.ts");
}

const entry = () => ({
  folder: join(root, "tools/thing-1.0.0-abcdef01"),
  name: "thing",
  build: async (folder: string) => {
    built += 1;
    await mkdir(join(folder, "bin"));
    await writeFile(join(folder, "bin/thing"), "the thing");
    await symlink("thing", join(folder, "bin/alias"));
  },
});

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "isotherm-entry-"));
  vi.stubEnv("XDG_CACHE_HOME", root);
  built = 0;
  said.length = 0;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

describe("cache entries", () => {
  it("builds an entry once and finds it afterwards", async () => {
    const folder = await (await newProcess()).ensureEntry(entry(), report);
    expect(await readFile(join(folder, "bin/alias"), "utf8")).toBe("the thing");
    await (await newProcess()).ensureEntry(entry(), report);
    expect(built).toBe(1);
  });

  it("notes how long it took to build", async () => {
    await (await newProcess()).ensureEntry(entry(), report);
    const times: unknown = JSON.parse(
      await readFile(join(root, "isotherm/build-times.json"), "utf8"),
    );
    expect(times).toMatchObject({ thing: { seconds: expect.any(Number) } });
  });

  it.each([
    ["has lost bin/thing", (folder: string) => rm(join(folder, "bin/thing"))],
    ["has a damaged bin/thing", (folder: string) => appendFile(join(folder, "bin/thing"), "!")],
    ["has an unexpected bin/else", (folder: string) => writeFile(join(folder, "bin/else"), "")],
    ["was not finished", (folder: string) => rm(join(folder, "stamp.json"))],
    ["was not finished", (folder: string) => writeFile(join(folder, "stamp.json"), '{"builtAt')],
  ])("makes an entry again that %s, and says so", async (fault, damage) => {
    const folder = await (await newProcess()).ensureEntry(entry(), report);
    await damage(folder);
    await (await newProcess()).ensureEntry(entry(), report);
    expect(built).toBe(2);
    expect(said).toContain(`the cached thing-1.0.0-abcdef01 ${fault}: making it again`);
    expect(await readdir(join(folder, "bin"))).toEqual(["alias", "thing"]);
    expect(await readFile(join(folder, "bin/thing"), "utf8")).toBe("the thing");
  });

  it("keeps an entry whose files were only touched", async () => {
    const folder = await (await newProcess()).ensureEntry(entry(), report);
    await utimes(join(folder, "bin/thing"), 1, 1);
    await (await newProcess()).ensureEntry(entry(), report);
    expect(built).toBe(1);
  });

  it("leaves nothing behind when a build fails, and builds again the next time", async () => {
    const failing = {
      ...entry(),
      build: async (folder: string) => {
        await writeFile(join(folder, "half"), "");
        throw new Error("no network");
      },
    };
    const { ensureEntry } = await newProcess();
    await expect(ensureEntry(failing, report)).rejects.toThrow("no network");
    expect(await readdir(join(root, "tools"))).toEqual([".locks"]);
    await ensureEntry(entry(), report);
    expect(built).toBe(1);
  });

  it("starts from an empty folder after a build that was killed", async () => {
    const left = join(root, "tools/.building-thing-1.0.0-abcdef01");
    await mkdir(left, { recursive: true });
    await writeFile(join(left, "half"), "");
    const folder = await (await newProcess()).ensureEntry(entry(), report);
    expect((await readdir(folder)).sort()).toEqual(["bin", "stamp.json"]);
  });

  it("builds once when two processes ask at the same time", async () => {
    const [one, two] = [await newProcess(), await newProcess()];
    await Promise.all([one.ensureEntry(entry(), report), two.ensureEntry(entry(), report)]);
    expect(built).toBe(1);
  });
});
