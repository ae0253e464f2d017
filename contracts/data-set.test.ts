import { describe, expect, it } from "vitest";
import { sha256Hex } from "./canonical.ts";
import { DataSetManifest, dataSetDigest, DataSetName, splitDataSetName } from "./data-set.ts";

const file = (path: string) => ({ path, sha256: sha256Hex(path), size: path.length });
const manifest = (...paths: string[]) => ({
  schema: "isotherm.dev/data-set/v1" as const,
  name: "wine",
  version: "1",
  rows: 3,
  files: paths.map(file),
});

describe("a data set's name", () => {
  it("is a name and a version", () => {
    expect(splitDataSetName("wine@2026-01.b")).toEqual({ name: "wine", version: "2026-01.b" });
  });

  it.each(["wine", "wine@", "@1", "wine@1@2", "Wine@1", "wine@../1", "wine@a/b", "wine@.hidden"])(
    "%s is refused",
    (text) => {
      expect(DataSetName.safeParse(text).success).toBe(false);
      expect(() => splitDataSetName(text)).toThrow("is not <name>@<version>");
    },
  );
});

describe("a data set's manifest", () => {
  it.each(["/etc/passwd", "../a", "a/../b", "a//b", "", "a\\b", "."])(
    "refuses path '%s'",
    (path) => {
      expect(DataSetManifest.safeParse(manifest(path)).success).toBe(false);
    },
  );

  it("has its paths in order, each once: equal content is equal bytes", () => {
    expect(DataSetManifest.safeParse(manifest("a", "b/c")).success).toBe(true);
    expect(DataSetManifest.safeParse(manifest("b", "a")).success).toBe(false);
    expect(DataSetManifest.safeParse(manifest("a", "a")).success).toBe(false);
  });

  it("has the digest of its only file, or one over all files that any change of them changes", () => {
    expect(dataSetDigest(manifest("a"))).toBe(sha256Hex("a"));
    const two = dataSetDigest(manifest("a", "b"));
    expect(two).toBe(dataSetDigest({ ...manifest("a", "b"), name: "other" } as DataSetManifest));
    expect(two).not.toBe(dataSetDigest(manifest("a", "c")));
  });
});
