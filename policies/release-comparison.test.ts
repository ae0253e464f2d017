import { describe, expect, test } from "vitest";
import { canonicalJson, sha256Hex } from "../contracts/canonical.ts";
import type { Comparison } from "../contracts/comparison.ts";
import { releaseComparison } from "./release-comparison.ts";
import { isUnknown, unknown, violations } from "./testing/ask.ts";
import { object } from "./testing/objects.ts";
import { comparisonOf } from "../test/releases.ts";
import { release } from "./testing/releases.ts";

const incumbent = "b".repeat(64);
const { digest } = release();

const changedComparison = (
  ours: number,
  theirs: number,
  change: Partial<Comparison> = {},
): Comparison => ({
  ...comparisonOf({ candidate: digest, incumbent }, [ours, theirs]),
  ...change,
});
const made = (comparison: Comparison, rule = {}) => ({
  kind: "made",
  incumbent,
  rule: { metric: "accuracy", direction: "maximize", tolerance: 0, ...rule },
  sha256: sha256Hex(canonicalJson(comparison)),
});
const recordOf = (comparison: unknown, text?: string) =>
  release(
    {},
    {
      "admission.json": JSON.stringify({ admittedAt: "2026-01-02T03:54:05.000Z", comparison }),
      "comparison.json": text,
    },
  ).asked;

/** What the policy says of a record, without the record's name. */
async function say(asked: ReturnType<typeof recordOf>, config = {}): Promise<string[]> {
  const messages = await violations(releaseComparison, asked, { config });
  return messages.map((message) => message.replace(`${asked.name}: `, ""));
}
const judged = (comparison: Comparison, rule = {}, config = {}) =>
  say(recordOf(made(comparison, rule), canonicalJson(comparison)), config);

describe("release-comparison", () => {
  test("C-01 a release that was as good as the incumbent passes, and so does one that met none", async () => {
    expect(await judged(changedComparison(0.98, 0.97))).toEqual([]);
    expect(await judged(changedComparison(0.97, 0.97))).toEqual([]);
    expect(await say(recordOf({ kind: "none" }))).toEqual([]);
    expect(await say(recordOf({ kind: "shadow" }), { required: ["wine"] })).toEqual([]);
  });

  test("C-01 one that was worse is refused, unless so much was tolerated", async () => {
    const worse = changedComparison(0.95, 0.97);
    expect(await judged(worse)).toEqual([
      "beside bbbbbbbbbbbb: accuracy 0.95 is worse than the incumbent's 0.97",
    ]);
    expect(await judged(worse, { tolerance: 0.02 })).toEqual([]);
  });

  test("C-01 a comparison with another incumbent, or of another release, does not count", async () => {
    const stale = changedComparison(0.98, 0.97, {
      incumbent: { release: "e".repeat(64), metrics: { accuracy: 0.9 } },
    });
    expect(await judged(stale)).toEqual([expect.stringContaining("has the weight now")]);
    const other = changedComparison(0.98, 0.97, {
      candidate: { release: "c".repeat(64), metrics: { accuracy: 0.98 } },
    });
    expect(await judged(other)).toEqual(["comparison.json is of release cccccccccccc of wine"]);
  });

  test("a score that was edited is found by the digest", async () => {
    const comparison = changedComparison(0.95, 0.97);
    const text = canonicalJson(comparison).replace("0.95", "0.99");
    expect(await say(recordOf(made(comparison), text))).toEqual([
      "comparison.json is not the comparison that admission.json names",
    ]);
  });

  test("what is missing is refused: the comparison, and the word whether there was one", async () => {
    expect(await say(recordOf(made(changedComparison(1, 0.9))))).toEqual([
      "comparison.json is missing",
    ]);
    expect(await say(recordOf(undefined))).toEqual([
      expect.stringContaining("does not say whether it was compared"),
    ]);
  });

  test("config asks for a comparison where the stack file left it out, and bounds what it tolerates", async () => {
    const off = recordOf({ kind: "off", incumbent });
    expect(await say(off)).toEqual([]);
    expect(await say(off, { required: ["wine"] })).toEqual([
      "was not compared with bbbbbbbbbbbb, which had most of the requests",
    ]);
    const config = { maxTolerance: { wine: 0.01 } };
    expect(await judged(changedComparison(0.95, 0.97), { tolerance: 0.02 }, config)).toEqual([
      "might be 0.02 worse than bbbbbbbbbbbb, more than 0.01",
    ]);
    expect(await judged(changedComparison(0.97, 0.97), { tolerance: 0.01 }, config)).toEqual([]);
  });

  test("a release that is not known yet is neither passed nor failed", async () => {
    const { labels } = release();
    const later = object("ConfigMap", "release-wine", {
      metadata: { labels },
      data: unknown.object,
    });
    await expect(violations(releaseComparison, later)).rejects.toThrow(isUnknown);
  });
});
