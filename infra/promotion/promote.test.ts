import { describe, expect, it } from "vitest";
import { buckets } from "../../contracts/names.ts";
import { nothingLive } from "../live.ts";
import { parseStack } from "./stacks.ts";
import { dev, stagingText, useDevAndStaging } from "./testing/dev-and-staging.ts";
import { registerSample } from "./testing/two-places.ts";

/**
 * Promotions from dev to staging. Does not prove that `pulumi up` does what the edit says.
 */
const { places, seen, blue, go, sample } = useDevAndStaging();

describe("a promotion", () => {
  it("copies what dev serves, judges it by staging's gates and beside the incumbent, and edits staging's file", async () => {
    const { digest } = await sample();
    const plan = await go();
    expect(plan).toMatchObject({ release: digest, outcome: "copied", version: "2" });
    const added = `      green: { release: "${digest.slice(0, 12)}", from: dev, weight: 10 }`;
    const edited = stagingText(`${blue().replace("weight: 100", "weight: 90")}\n${added}`);
    expect(plan.text).toBe(edited);
    expect(plan.verdicts).toEqual([
      "gates 1/1: accuracy 0.95 is >= 0.9",
      `beside ${seen.incumbent.slice(0, 12)}: accuracy 0.98 is better than the incumbent's 0.97`,
    ]);
    expect(seen.compared).toEqual([{ candidate: digest, incumbent: seen.incumbent }]);
    expect(plan.evidence.lineage.environment).toBe("dev");
  });

  it("made twice copies nothing, compares nothing and edits nothing the second time", async () => {
    await sample();
    const { text } = await go();
    const again = await go({}, text);
    expect(again).toMatchObject({ edits: [], text, outcome: "there" });
    expect(seen.compared).toHaveLength(1);
  });

  it("goes on to 100 percent", async () => {
    await sample();
    const { text } = await go({ weight: 100 }, (await go()).text);
    expect(text).toMatch(/blue: \{ release: "[0-9a-f]{12}", weight: 0 \}/);
    expect(text).toMatch(/green: \{ release: "[0-9a-f]{12}", from: dev, weight: 100 \}/);
  });

  it("takes a release that is named, and what a source with slots gives most requests", async () => {
    const first = await sample();
    await registerSample(places.place("dev"), { weights: "2" });
    const plan = await go({ release: first.digest.slice(0, 12) });
    expect(plan.release).toBe(first.digest);
    const qa = parseStack(
      "qa",
      dev.text.replace("{ follow: wine }", `{ release: "${first.digest.slice(0, 12)}" }`),
    );
    expect(await go({}, undefined, qa)).toMatchObject({ release: first.digest });
  });

  it("of what was changed on its way is refused", async () => {
    const { manifest } = await sample();
    const key = `${buckets.releases}/blobs/sha256/${manifest.files[0]!.sha256}`;
    places.dev.s3.objects.set(key, Buffer.from("another graph"));
    await expect(go()).rejects.toThrow("is damaged");
    expect(places.staging.mlflow.versions("wine")).toHaveLength(1);
  });

  it("copies nothing where the stack file alone forbids it", async () => {
    await sample();
    const full = stagingText(
      `      blue: { release: "${seen.incumbent.slice(0, 12)}", weight: 50 }\n` +
        '      green: { release: "0123456789ab", weight: 50 }',
    );
    await expect(go({}, full)).rejects.toThrow("no slot is free");
    await expect(go({ model: "churn" })).rejects.toThrow(
      'isotherm:models has no model "churn"; there is wine',
    );
    await expect(go({}, stagingText("      blue: { follow: wine }"))).rejects.toThrow(
      "wine follows training wine, and such a slot is alone",
    );
    expect(places.staging.mlflow.versions("wine")).toHaveLength(1);
  });

  it("of a model's first release needs no incumbent", async () => {
    const { digest } = await sample();
    const plan = await go({ weight: 100, live: nothingLive }, stagingText("      # none yet"));
    expect(plan.edits).toEqual([
      { slot: "blue", release: digest.slice(0, 12), from: "dev", weight: 100 },
    ]);
    expect(plan.verdicts.at(-1)).toBe(
      "nothing else has most of the requests in staging, so there is no incumbent to compare with",
    );
  });

  it("gives a model's first release all requests where nobody says how many, and else asks", async () => {
    await sample();
    const first = await go({ weight: undefined }, stagingText("      # none yet"));
    expect(first.edits).toMatchObject([{ slot: "blue", weight: 100 }]);
    await expect(go({ weight: undefined })).rejects.toThrow("--weight: how many percent");
  });

  it("leaves a release that has all requests as it is where nobody says how many", async () => {
    const { digest } = await sample();
    const slot = `      blue: { release: "${digest.slice(0, 12)}", from: dev, weight: 100 }`;
    expect((await go({ weight: undefined }, stagingText(slot))).edits).toEqual([]);
  });

  it("only reads in the environment that it comes from", async () => {
    await sample();
    const methods = new Set<string>();
    await go({}, undefined, dev, (resource, init) => {
      const request = new Request(resource, init);
      methods.add(request.method);
      return places.direct(request);
    });
    expect(methods).toEqual(new Set(["GET"]));
  });
});
