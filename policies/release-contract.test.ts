import { describe, expect, test } from "vitest";
import type { ModelContract } from "../contracts/model-contract.ts";
import { releaseContract } from "./release-contract.ts";
import {
  isUnknown,
  stackViolations,
  unknown,
  type Asked,
  type Surroundings,
} from "./testing/ask.ts";
import { object } from "./testing/objects.ts";
import { release, route, slot, type Record } from "./testing/releases.ts";

const contract: ModelContract = {
  schema: "isotherm.dev/model-contract/v1",
  model: "wine",
  task: "classification",
  inputs: [{ name: "features", dataType: "FP32", shape: [-1, 2] }],
  outputs: [{ name: "label", dataType: "INT64", shape: [-1] }],
  features: [{ name: "alcohol", range: [11, 15] }, { name: "hue" }],
  classes: ["class_0", "class_1"],
  predictions: "label",
};

const incumbent = release({ contract });
const shifted = release({
  contract: { ...contract, features: [{ name: "alcohol", range: [10, 16] }, { name: "hue" }] },
});
const wider = release({
  contract: { ...contract, inputs: [{ name: "features", dataType: "FP32", shape: [-1, 3] }] },
});

const judged = (green: Record, around: Surroundings = {}, more: Asked[] = []) =>
  stackViolations(
    releaseContract,
    [
      incumbent.asked,
      green.asked,
      ...slot("blue", incumbent.digest),
      ...slot("green", green.digest),
      route({ blue: 90, green: 10 }),
      ...more,
    ],
    around,
  );

describe("release-contract", () => {
  test("the same release, or the same contract, passes", async () => {
    expect(await judged(incumbent)).toEqual([]);
    expect(await judged(release({ contract, metrics: { accuracy: 0.99 } }))).toEqual([]);
  });

  test("ranges of other training data are no other contract", async () => {
    expect(await judged(shifted)).toEqual([]);
  });

  test.each([
    ["inputs", wider],
    [
      "outputs",
      release({
        contract: { ...contract, outputs: [{ name: "label", dataType: "BYTES", shape: [-1] }] },
      }),
    ],
    [
      "features",
      release({ contract: { ...contract, features: [{ name: "hue" }, { name: "alcohol" }] } }),
    ],
    ["classes", release({ contract: { ...contract, classes: ["class_1", "class_0"] } })],
  ])("other %s than those of the release with the most requests fail", async (what, green) => {
    expect(await judged(green)).toEqual([
      `wine, slot green, release ${green.digest.slice(0, 12)}: its ${what} are not those of ` +
        `${incumbent.digest.slice(0, 12)}, which has the most requests`,
    ]);
  });

  test("a record without the contract fails, and so does one with a contract that is not the manifest's", async () => {
    const { "contract.json": own = "" } = incumbent.data;
    for (const text of [undefined, own]) {
      const [message = "", ...others] = await judged(
        release({ contract: { ...contract, inputs: [] as never } }, { "contract.json": text }),
      );
      expect(message).toContain("contract.json is missing or not the manifest's");
      expect(others).toEqual([]);
    }
  });

  test("config excepts a model whose callers know", async () => {
    expect(await judged(wider, { config: { except: ["wine"] } })).toEqual([]);
  });

  test("what is not known yet is told, and the rest is judged", async () => {
    const server = { "app.kubernetes.io/component": "model-server" };
    for (const labels of [incumbent.labels, server]) {
      const later = object("ConfigMap", "later", { metadata: { labels }, data: unknown.object });
      expect(await judged(wider, {}, [later])).toEqual([
        expect.stringContaining("its inputs are not those"),
        expect.stringMatching(isUnknown),
      ]);
    }
  });
});
