import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { FakePlatform } from "../testing/platform.ts";
import { testSurroundings } from "../testing/surroundings.ts";
import { dataCommand } from "./data.ts";

/** K-11 `data` as it is typed, against a fake object store. */
let platform: FakePlatform;
let folder: string;
beforeEach(async () => {
  platform = await new FakePlatform().start();
  folder = await mkdtemp(join(tmpdir(), "isotherm-data-"));
  await writeFile(join(folder, "t.csv"), "a,b\n1,2\n");
});
afterEach(async () => {
  await platform.stop();
  await rm(folder, { recursive: true });
});

const type = async (words: string[], environment = {}) => {
  const around = testSurroundings(platform, environment);
  const place = words.includes("--endpoint") ? [] : ["--endpoint", platform.s3.url];
  const command = dataCommand(around);
  await command.parseAsync([...words, ...place], { from: "user" });
  return around.printed.map((line) => JSON.parse(line) as unknown);
};
const told = {
  dataSet: "table@1",
  rows: 1,
  files: 1,
  bytes: 8,
  sha256: sha256Hex("a,b\n1,2\n"),
};

describe("data", () => {
  it("push, list and pull say what a version is, and give the bytes back", async () => {
    expect(await type(["push", "table", "1", join(folder, "t.csv")])).toEqual([told]);
    expect(await type(["list"])).toEqual([told]);
    expect(await type(["list", "other"])).toEqual([]);
    expect(await type(["pull", "table@1", join(folder, "out")])).toEqual([told]);
    expect(await readFile(join(folder, "out/t.csv"), "utf8")).toBe("a,b\n1,2\n");
  });

  it("push takes what a .dvc pointer stands for, also from another store", async () => {
    const lake = await new FakePlatform().start();
    lake.s3.buckets.add("lake");
    const md5 = createHash("md5").update("x\n1\n2\n").digest("hex");
    const key = `lake/dvc/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`;
    lake.s3.objects.set(key, Buffer.from("x\n1\n2\n"));
    const pointer = join(folder, "d.csv.dvc");
    await writeFile(pointer, `outs:\n- md5: ${md5}\n  size: 6\n  hash: md5\n  path: d.csv\n`);
    const words = ["push", "lake", "1", pointer, "--remote", "s3://lake/dvc"];
    const there = [...words, "--remote-endpoint", lake.s3.url];
    const keys = { DVC_ACCESS_KEY_ID: "test-key", DVC_SECRET_ACCESS_KEY: "s" };
    expect(await type(there, keys)).toMatchObject([{ dataSet: "lake@1", rows: 2, files: 1 }]);
    await expect(type(there)).rejects.toThrow("needs DVC_ACCESS_KEY_ID and DVC_SECRET_ACCESS_KEY");
    await lake.stop();
  });

  it.each([
    ["a pointer without its remote", ["push", "t", "1", "x.dvc"], /needs --remote s3:/],
    ["a name that is none", ["pull", "table", "out"], /'table' is not <name>@<version>/],
    ["a list of what is no name", ["list", "a/b"], /no name of a data set/],
    [
      "no endpoint",
      ["list", "--endpoint", ""],
      /--endpoint \(or AWS_ENDPOINT_URL\): must be a URL/,
    ],
  ])("%s is refused", async (_, words, message) => {
    await expect(type(words)).rejects.toThrow(message);
  });

  it("refuses to start without credentials, and names the variables", async () => {
    const none = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: undefined };
    await expect(type(["list"], none)).rejects.toThrow(
      /AWS_ACCESS_KEY_ID is not set.*AWS_SECRET_ACCESS_KEY is not set/,
    );
  });
});
