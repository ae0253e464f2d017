import { describe, expect, test } from "vitest";
import { releasePath } from "./release-path.ts";
import { isUnknown, unknown, violations } from "./testing/ask.ts";
import { object } from "./testing/objects.ts";
import { release } from "./testing/releases.ts";

const { asked, labels } = release();

describe("release-path", () => {
  test("what prod serves came from staging, and what staging serves from dev", async () => {
    expect(await violations(releasePath, asked, { stack: "prod" })).toEqual([]);
    expect(
      await violations(releasePath, release({}, { from: "dev" }).asked, { stack: "staging" }),
    ).toEqual([]);
  });

  test("a release that went past staging is refused in prod", async () => {
    expect(await violations(releasePath, release({}, { from: "dev" }).asked)).toEqual([
      `${asked.name}: came from dev; what prod serves comes from staging: \`npm run promote\` brings it there first`,
    ]);
  });

  test("one that came from nowhere is refused", async () => {
    expect(await violations(releasePath, release({}, { from: undefined }).asked)).toEqual([
      `${asked.name}: was trained in dev and copied from nowhere; what prod serves comes from staging: ` +
        "`npm run promote` brings it there first",
    ]);
  });

  test("N-04 dev serves what it trained", async () => {
    const own = release({}, { from: undefined }).asked;
    expect(await violations(releasePath, own, { stack: "dev" })).toEqual([]);
  });

  test("config names another way", async () => {
    const config = { before: { prod: "dev" } };
    expect(await violations(releasePath, asked, { config })).toHaveLength(1);
    expect(await violations(releasePath, release({}, { from: "dev" }).asked, { config })).toEqual(
      [],
    );
  });

  test("a release that is not known yet is neither passed nor failed", async () => {
    const later = object("ConfigMap", "release-wine", {
      metadata: { labels },
      data: unknown.object,
    });
    await expect(violations(releasePath, later)).rejects.toThrow(isUnknown);
  });
});
