import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../contracts/canonical.ts";
import { comparisonKey } from "../../contracts/comparison.ts";
import { buckets, tags } from "../../contracts/names.ts";
import { liveWith, recordOf, stagingText, useDevAndStaging } from "./testing/dev-and-staging.ts";
import { comparisonOf } from "../../test/releases.ts";
import { registerSample } from "./testing/two-places.ts";

/** What a promotion asks of a release: the gates, its age, and that it is no worse than the incumbent. */
const { places, seen, blue, compareAs, go, sample } = useDevAndStaging();

describe("a promotion", () => {
  it("G-01 is refused by the target's own gate at exactly its bound, whatever the source's gates let pass", async () => {
    await sample({ accuracy: 0.9 });
    const strict = stagingText(blue()).replace("atLeast: 0.9", "above: 0.9");
    await expect(go({}, strict)).rejects.toThrow(
      /wine@[0-9a-f]{12} is refused for staging:\n {2}gates 0\/1: accuracy 0.9 is not > 0.9/,
    );
    expect(seen.compared).toEqual([]);
  });

  it("G-01 is refused where the metric is NaN or missing", async () => {
    const nan = await sample({ accuracy: "NaN" });
    await expect(go({ release: nan.digest })).rejects.toThrow("accuracy is NaN, wanted >= 0.9");
    const missing = await sample({ f1_macro: 0.99 });
    await expect(go({ release: missing.digest })).rejects.toThrow("accuracy is missing");
  });

  it("C-01 is refused where it is worse than the incumbent, unless so much is tolerated", async () => {
    await sample();
    const compare = compareAs(0.95, 0.97);
    await expect(go({ compare })).rejects.toThrow(
      "accuracy 0.95 is worse than the incumbent's 0.97",
    );
    const tolerant = stagingText(blue(), "      compare: { tolerance: 0.03 }\n");
    expect((await go({ compare }, tolerant)).edits).toHaveLength(2);
    const without = await go({ compare }, stagingText(blue(), "      compare: off\n"));
    expect(without.verdicts.at(-1)).toContain("was not compared with");
    expect(without.text).not.toContain("weight: 10, compare");
  });

  it("C-01 writes what is asked of this release alone into its slot, where preview reads it", async () => {
    await sample();
    const compare = compareAs(0.95, 0.97);
    const { text } = await go({ compare, ask: { tolerance: 0.03 } });
    expect(text).toContain("from: dev, compare: { tolerance: 0.03 }, weight: 10 }");
    expect((await go({ compare, weight: 100 }, text)).text).toContain(
      "from: dev, compare: { tolerance: 0.03 }, weight: 100 }",
    );
    const off = await go({ ask: "off" });
    expect(off.verdicts.at(-1)).toContain("was not compared with");
    expect(off.text).toContain("from: dev, compare: off, weight: 10 }");
    // The next release in that slot is asked what every one is asked.
    const next = await registerSample(places.place("dev"), { weights: "2" });
    const back = off.text
      .replace("weight: 90", "weight: 100")
      .replace("weight: 10 }", "weight: 0 }");
    const digits = next.digest.slice(0, 12);
    expect((await go({ release: digits }, back)).text).toContain(
      `green: { release: "${digits}", from: dev, weight: 10 }`,
    );
  });

  it("C-01 takes a comparison that the source keeps, keeps it in the target and names it on the version", async () => {
    const { digest } = await sample();
    const kept = comparisonOf({ candidate: digest, incumbent: seen.incumbent }, [0.99, 0.97]);
    const key = comparisonKey(kept);
    places.dev.s3.objects.set(`${buckets.releases}/${key}`, Buffer.from(canonicalJson(kept)));
    const { verdicts } = await go();
    expect(verdicts.at(-1)).toContain("accuracy 0.99 is better");
    expect(seen.compared).toEqual([]);
    expect(places.staging.s3.objects.has(`${buckets.releases}/${key}`)).toBe(true);
    const version = places.staging.mlflow.versions("wine").find((one) => one.version === "2");
    expect(Object.fromEntries(version!.tags.map((tag) => [tag.key, tag.value]))).toMatchObject({
      [tags.comparison]: key,
      [tags.comparedWith]: seen.incumbent,
    });
    expect([...places.staging.mlflow.artifacts.keys()]).toContainEqual(
      expect.stringMatching(new RegExp(`/artifacts/${key}$`)),
    );
  });

  it("C-01 believes no comparison that was edited where it lies", async () => {
    const { digest } = await sample();
    const kept = comparisonOf({ candidate: digest, incumbent: seen.incumbent }, [0.9, 0.97]);
    const better = canonicalJson(kept).replace("0.9}", "0.99}");
    const key = `${buckets.releases}/${comparisonKey(kept)}`;
    places.dev.s3.objects.set(key, Buffer.from(better));
    await expect(go()).rejects.toThrow("is not the comparison that its key names");
  });

  it("U-07 is refused where it was trained too long ago", async () => {
    await sample(undefined, "2026-01-02T00:00:00.000Z");
    const now = new Date("2026-01-02T02:00:00.000Z");
    const old = stagingText(blue(), "      maxAge: 3600s\n");
    await expect(go({ now }, old)).rejects.toThrow(
      "was trained 7200 s ago, more than the 3600 s of maxAge",
    );
    const young = new Date("2026-01-02T00:30:00.000Z");
    expect((await go({ now: young }, old)).verdicts).toContain(
      "was trained 1800 s ago, within the 3600 s of maxAge",
    );
  });

  it("U-07 C-01 of a release that the environment admitted asks neither its age nor a comparison again", async () => {
    const admitted = await sample(undefined, "2026-01-02T00:00:00.000Z");
    const old = stagingText(blue(), "      maxAge: 3600s\n");
    const later = { now: new Date("2026-06-02T00:00:00.000Z"), compare: compareAs(0.9, 0.97) };
    const live = liveWith(seen.incumbent, [recordOf(admitted)]);
    const { text, verdicts } = await go({ ...later, live }, old);
    expect(verdicts).toEqual([
      "gates 1/1: accuracy 0.95 is >= 0.9",
      "was admitted to staging at 2026-01-02T00:10:00.000Z: neither its age nor a comparison is asked again",
    ]);
    expect(seen.compared).toEqual([]);
    // A weight in the stack file alone is no admission: preview would ask as well.
    await expect(go({ ...later, weight: 50 }, text)).rejects.toThrow(
      "more than the 3600 s of maxAge",
    );
    // Nor is the record of another manifest under its name.
    const forged = { ...recordOf(admitted), "manifest.json": "{}" };
    await expect(go({ ...later, live: liveWith(seen.incumbent, [forged]) }, old)).rejects.toThrow(
      "more than the 3600 s of maxAge",
    );
    // Its gates are.
    const strict = old.replace("atLeast: 0.9 ", "atLeast: 0.99 ");
    await expect(go({ ...later, live }, strict)).rejects.toThrow("accuracy 0.95 is not >= 0.99");
  });

  it("C-01 a shadow that is to have requests is compared, and its age not asked again", async () => {
    const shadow = await sample(undefined, "2026-01-02T00:00:00.000Z");
    const admission = {
      admittedAt: "2026-01-02T00:10:00.000Z",
      ageSeconds: 600,
      comparison: { kind: "shadow" },
    };
    const record = { ...recordOf(shadow), "admission.json": canonicalJson(admission) };
    const live = liveWith(seen.incumbent, [record]);
    const later = { now: new Date("2026-06-02T00:00:00.000Z"), live };
    const old = stagingText(blue(), "      maxAge: 3600s\n");
    expect((await go(later, old)).verdicts.slice(1)).toEqual([
      "is a shadow since 2026-01-02T00:10:00.000Z: its age is not asked again",
      `beside ${seen.incumbent.slice(0, 12)}: accuracy 0.98 is better than the incumbent's 0.97`,
    ]);
  });

  it("U-07 is refused where it says that it was trained later than now, whatever maxAge there is", async () => {
    await sample(undefined, "2026-01-02T00:02:00.000Z");
    const now = new Date("2026-01-02T00:00:00.000Z");
    const early =
      "says that it was trained at 2026-01-02T00:02:00.000Z, and it is 2026-01-02T00:00:00.000Z: " +
      "nothing is admitted before it is trained";
    await expect(go({ now }, stagingText(blue(), "      maxAge: 3600s\n"))).rejects.toThrow(early);
    await expect(go({ now })).rejects.toThrow(early);
  });

  it("C-01 is compared with what has most of the requests in the cluster, whatever the stack file says", async () => {
    const { digest } = await sample();
    const other = await registerSample(places.place("staging"), { weights: "live" });
    const { verdicts } = await go({ live: liveWith(other.digest) });
    expect(seen.compared).toEqual([{ candidate: digest, incumbent: other.digest }]);
    expect(verdicts.at(-1)).toBe(
      `beside ${other.digest.slice(0, 12)}, which has most of the requests in the cluster ` +
        `(the stack file gives them to ${seen.incumbent.slice(0, 12)}): accuracy 0.98 is better than the incumbent's 0.97`,
    );
    // It has them itself.
    expect((await go({ live: liveWith(digest) })).verdicts.at(-1)).toBe(
      "it has most of the requests in staging, so there is no incumbent to compare with",
    );
    await expect(go({ live: liveWith("f".repeat(64)) })).rejects.toThrow(
      "the incumbent wine@ffffffffffff, which has most of the requests in staging, is not in its registry: " +
        "run `npm run releases -- sync --stack staging`",
    );
  });
});
