import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakePlatform } from "../testing/platform.ts";
import { dvcFiles, parseRemote } from "./dvc.ts";

/**
 * K-11 `.dvc` pointers and a remote as DVC 3.67.1 wrote them for a table and a folder (`dvc add`, `dvc push`); the older
 * layout as its documentation says.
 */
let platform: FakePlatform;
beforeEach(async () => {
  platform = await new FakePlatform().start();
  platform.s3.buckets.add("lake");
});
afterEach(() => platform.stop());

const md5 = (text: string) => createHash("md5").update(text).digest("hex");
const tablePointer = `outs:
- md5: b202f333fba4fd38d4b8e5e693077aab
  size: 10
  hash: md5
  path: t.csv
`;
const folderPointer = `outs:
- md5: 9641d181ff316adc9f6b309e2341e26b.dir
  size: 4
  nfiles: 2
  hash: md5
  path: pics
`;
const listing =
  '[{"md5": "401b30e3b8b5d629635a5c613cdb7919", "relpath": "one.txt"}, {"md5": "009520053b00386d1173f3988c55d192", "relpath": "sub/two.txt"}]';
const hold = (key: string, content: string) =>
  platform.s3.objects.set(`lake/dvc/${key}`, Buffer.from(content));
const holdAll = () => {
  hold("files/md5/b2/02f333fba4fd38d4b8e5e693077aab", "a,b\r\n1,2\r\n");
  hold("files/md5/96/41d181ff316adc9f6b309e2341e26b.dir", listing);
  hold("files/md5/40/1b30e3b8b5d629635a5c613cdb7919", "x\n");
  hold("files/md5/00/9520053b00386d1173f3988c55d192", "y\n");
};
const read = async (pointer: string) => {
  const { objects } = platform.services();
  const files = await dvcFiles("set.dvc", pointer, { objects, bucket: "lake", prefix: "dvc" });
  const contents = await Promise.all(files.map((file) => file.read()));
  return Object.fromEntries(
    files.map(({ path }, index) => [path, Buffer.from(contents[index]!).toString()]),
  );
};

describe("a .dvc pointer", () => {
  it("K-11 to a file is read from its remote by MD5, byte for byte", async () => {
    holdAll();
    expect(await read(tablePointer)).toEqual({ "t.csv": "a,b\r\n1,2\r\n" });
  });

  it("K-11 to a folder is read through its list", async () => {
    holdAll();
    expect(await read(folderPointer)).toEqual({ "one.txt": "x\n", "sub/two.txt": "y\n" });
  });

  it("to several outputs keeps their names apart", async () => {
    holdAll();
    const both = `${tablePointer}${folderPointer.replace("outs:\n", "")}`;
    expect(Object.keys(await read(both))).toEqual(["t.csv", "pics/one.txt", "pics/sub/two.txt"]);
  });

  it("of DVC 2 is read from the older layout, with the MD5 of Unix line ends", async () => {
    const sum = md5("a,b\n1,2\n");
    hold(`${sum.slice(0, 2)}/${sum.slice(2)}`, "a,b\r\n1,2\r\n");
    const pointer = `outs:\n- md5: ${sum}\n  size: 8\n  path: data/t.csv\n`;
    expect(await read(pointer)).toEqual({ "t.csv": "a,b\r\n1,2\r\n" });
  });

  it("to content that was altered or is not there is refused with what and where", async () => {
    await expect(read(tablePointer)).rejects.toThrow(
      "set.dvc: t.csv: s3://lake/dvc/files/md5/b2/02f333fba4fd38d4b8e5e693077aab is missing",
    );
    holdAll();
    hold("files/md5/b2/02f333fba4fd38d4b8e5e693077aab", "a,b\r\n1,3\r\n");
    await expect(read(tablePointer)).rejects.toThrow(/t\.csv has been altered: its MD5 is [0-9a-f]{32}/);
    hold("files/md5/96/41d181ff316adc9f6b309e2341e26b.dir", "[]");
    await expect(read(folderPointer)).rejects.toThrow("pics has been altered");
  });

  it.each([
    ["no YAML", "outs: [", /set\.dvc is not YAML/],
    ["no outputs", "deps: []", /outs: /],
    ["a version of a cloud", "outs:\n- path: x\n  cloud: {}\n", /outs\.0\.md5/],
    ["another hash", `outs:\n- md5: ${"0".repeat(32)}\n  hash: sha256\n  path: x\n`, /outs\.0\.hash/],
  ])("with %s is refused", async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});

describe("parseRemote", () => {
  it("knows bucket and prefix, with or without a slash at the end", () => {
    expect(parseRemote("s3://lake")).toEqual({ bucket: "lake", prefix: "" });
    expect(parseRemote("s3://lake/a/b/")).toEqual({ bucket: "lake", prefix: "a/b" });
    expect(() => parseRemote("gs://lake")).toThrow("wanted s3://bucket/prefix");
  });
});
