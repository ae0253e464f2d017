import { describe, expect, test } from "vitest";
import { releaseAdmission } from "./release-admission.ts";
import { isUnknown, unknown, violations } from "./testing/ask.ts";
import { object } from "./testing/objects.ts";
import { release } from "./testing/releases.ts";

/** Trained at 03:04:05. */
const admitted = (admission: unknown) =>
  release(
    {},
    { "admission.json": typeof admission === "string" ? admission : JSON.stringify(admission) },
  ).asked;
const text = async (admission: unknown) => {
  const asked = admitted(admission);
  return (await violations(releaseAdmission, asked)).map((message) =>
    message.replace(`${asked.name}: `, ""),
  );
};

describe("release-admission", () => {
  test("U-07 a release that was fresh when it was admitted passes, however long ago that was", async () => {
    expect(await text({ admittedAt: "2026-01-02T04:04:05.000Z", maxAgeSeconds: 3_600 })).toEqual(
      [],
    );
  });

  test("U-07 one that was a second too old is refused, whatever age is stored beside it", async () => {
    expect(
      await text({ admittedAt: "2026-01-02T04:04:06.000Z", ageSeconds: 1, maxAgeSeconds: 3_600 }),
    ).toEqual(["was 3601 s old when it was admitted, more than 3600 s"]);
  });

  test("U-07 of what was a shadow before it had requests the age counts that it had then", async () => {
    const later = { admittedAt: "2026-09-01T00:00:00.000Z", maxAgeSeconds: 3_600 };
    expect(await text({ ...later, shadowSince: "2026-01-02T04:04:05.000Z" })).toEqual([]);
    expect(await text({ ...later, shadowSince: "2026-01-02T04:04:06.000Z" })).toHaveLength(1);
    expect(await text({ ...later, shadowSince: "yesterday" })).toEqual([
      expect.stringContaining("admission.json: "),
    ]);
  });

  test("without a limit any age passes", async () => {
    expect(await text({ admittedAt: "2026-09-01T00:00:00.000Z" })).toEqual([]);
  });

  test("nothing is admitted before it is trained", async () => {
    expect(await text({ admittedAt: "2026-01-01T00:00:00.000Z" })).toEqual([
      "was admitted at 2026-01-01T00:00:00.000Z, before it was trained at 2026-01-02T03:04:05.000Z",
    ]);
    // The clocks of two machines differ a little.
    expect(await text({ admittedAt: "2026-01-02T03:03:05.000Z", maxAgeSeconds: 1 })).toEqual([]);
    expect(await text({ admittedAt: "2026-01-02T03:03:04.000Z" })).toHaveLength(1);
  });

  test("a record that is missing, or none, is refused", async () => {
    const { asked } = release({}, { "admission.json": undefined });
    expect(await violations(releaseAdmission, asked)).toEqual([
      `${asked.name}: admission.json is missing: nobody knows when it was admitted`,
    ]);
    for (const record of ["{", {}]) {
      expect(await text(record)).toEqual([expect.stringContaining("admission.json: ")]);
    }
  });

  test("a release that is not known yet is neither passed nor failed", async () => {
    const { labels } = release();
    const later = object("ConfigMap", "release-wine", {
      metadata: { labels },
      data: unknown.object,
    });
    await expect(violations(releaseAdmission, later)).rejects.toThrow(isUnknown);
  });
});
