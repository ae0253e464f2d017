import { describe, expect, test } from "vitest";
import { releaseLineage } from "./release-lineage.ts";
import { isUnknown, unknown, violations, type Surroundings } from "./testing/ask.ts";
import { object } from "./testing/objects.ts";
import { release } from "./testing/releases.ts";

const commit = "c".repeat(40);
const text = async (lineage: object, around: Surroundings = {}) => {
  const { asked } = release({ lineage });
  const messages = await violations(releaseLineage, asked, around);
  return messages.map((message) => message.replace(`${asked.name}: `, ""));
};

describe("release-lineage", () => {
  test("G-04 commit, image by digest and data by hash pass", async () => {
    expect(await text({})).toEqual([]);
  });

  test.each(["unknown", "main", commit.slice(0, 12)])("commit %s fails", async (gitCommit) => {
    expect(await text({ gitCommit })).toEqual([
      `its commit is ${gitCommit}; train from a checkout`,
    ]);
  });

  test("sources that differ from their commit fail, where config does not allow them", async () => {
    const lineage = { gitCommit: `${commit}-dirty` };
    expect(await text(lineage)).toEqual([
      "it was trained from sources that differ from their commit; commit them, train again",
    ]);
    expect(await text(lineage, { config: { allowDirty: true } })).toEqual([]);
  });

  test("an image by its tag fails, one that was built on the cluster's machine passes", async () => {
    expect(await text({ image: "registry.example/training:2" })).toEqual([
      "image registry.example/training:2 trained it, a tag that may mean another image now; train by digest",
    ]);
    expect(await text({ image: "localhost/isotherm/training:0a1b2c" })).toEqual([]);
    expect(
      await text({ image: "localhost/isotherm/training:2" }, { config: { builtHere: [] } }),
    ).toHaveLength(1);
  });

  test("dev may have what nobody can trace, until config says otherwise", async () => {
    const lineage = { gitCommit: "unknown", image: "unknown" };
    expect(await text(lineage, { stack: "dev" })).toEqual([]);
    expect(await text(lineage, { stack: "dev", config: { stacks: ["dev"] } })).toHaveLength(2);
  });

  test("a manifest that is missing is left to release-digest", async () => {
    const { asked } = release({}, { "manifest.json": undefined });
    expect(await violations(releaseLineage, asked)).toEqual([]);
  });

  test("a release that is not known yet is neither passed nor failed", async () => {
    const { labels } = release();
    const later = object("ConfigMap", "release-wine", {
      metadata: { labels },
      data: unknown.object,
    });
    await expect(violations(releaseLineage, later)).rejects.toThrow(isUnknown);
  });
});
