import { runtime } from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { canonicalJson } from "../contracts/canonical.ts";
import { releaseGates } from "./release-gates.ts";
import { isUnknown, unknown, violations } from "./testing/ask.ts";
import { object } from "./testing/objects.ts";
import { manifestOfWine, release } from "./testing/releases.ts";

/** As the CLI hands a stack file's values to the pack. */
function stackFile(gates: unknown): void {
  runtime.setAllConfig({ "isotherm:models": JSON.stringify({ wine: { gates } }) });
}

const scoring = (accuracy: number) => release({ metrics: { accuracy } });
const text = async (accuracy: number, config = {}) => {
  const { asked } = scoring(accuracy);
  const messages = await violations(releaseGates, asked, { config });
  return messages.map((message) => message.replace(`${asked.name}: `, ""));
};

beforeEach(() => stackFile([{ metric: "accuracy", atLeast: 0.85 }]));
afterEach(() => runtime.setAllConfig({}));

describe("release-gates", () => {
  test("K-01 a release that passes the stack file's gates passes", async () => {
    expect(await text(0.85)).toEqual([]);
  });

  test("K-01 one below a gate is refused, whatever the verdict stored beside it says", async () => {
    expect(await text(0.84)).toEqual(["gates 0/1: accuracy 0.84 is not >= 0.85"]);
  });

  test("G-01 at exactly a strict bound it is refused", async () => {
    stackFile([{ metric: "accuracy", above: 0.85 }]);
    expect(await text(0.85)).toEqual(["gates 0/1: accuracy 0.85 is not > 0.85"]);
    expect(await text(0.8501)).toEqual([]);
  });

  test("G-01 a metric that the run lacks is refused, and so is one that is NaN", async () => {
    stackFile([{ metric: "auc_roc", atLeast: 0.5 }]);
    expect(await text(0.99)).toEqual(["gates 0/1: auc_roc is missing from the run, wanted >= 0.5"]);
    const manifest = manifestOfWine({});
    const metrics = { auc_roc: "NaN" as const };
    const evidence = { ...manifest.evidence, metrics };
    const { releaseDigest } = await import("../contracts/release.ts");
    const whole = { ...manifest, evidence };
    const data = { digest: releaseDigest(whole), "manifest.json": canonicalJson(whole) };
    expect(await violations(releaseGates, release({}, data).asked)).toEqual([
      expect.stringContaining("auc_roc is NaN, wanted >= 0.5"),
    ]);
  });

  test.each([undefined, []])(
    "gates %j in the stack file judge nothing, which is refused",
    async (gates) => {
      stackFile(gates);
      expect(await text(0.99)).toEqual(["no gate is declared"]);
    },
  );

  test("U-09 gates that are none are refused with what is wrong", async () => {
    stackFile([{ metric: "accuracy" }]);
    expect(await text(0.99)).toEqual([
      expect.stringContaining("needs exactly one of below, atMost, above, atLeast"),
    ]);
  });

  test("a model that the stack file does not name has no gates", async () => {
    runtime.setAllConfig({});
    expect(await text(0.99)).toEqual(["no gate is declared"]);
  });

  test("config adds gates that no stack file can take away", async () => {
    const config = { gates: { wine: [{ metric: "accuracy", atLeast: 0.95 }] } };
    expect(await text(0.9, config)).toEqual(["gates 1/2: accuracy 0.9 is not >= 0.95"]);
    expect(await text(0.96, config)).toEqual([]);
  });

  test("a manifest that is not what its digest names is left to release-digest", async () => {
    const edited = canonicalJson(manifestOfWine({ metrics: { accuracy: 0.1 } }));
    expect(await violations(releaseGates, release({}, { "manifest.json": edited }).asked)).toEqual(
      [],
    );
  });

  test("a release that is not known yet is neither passed nor failed", async () => {
    const { labels } = release();
    const later = object("ConfigMap", "release-wine", {
      metadata: { labels },
      data: unknown.object,
    });
    await expect(violations(releaseGates, later)).rejects.toThrow(isUnknown);
  });
});
