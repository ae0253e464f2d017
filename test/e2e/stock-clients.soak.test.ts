// KServe's REST client, whose packages take minutes to install, through the gateway of a platform of its own. The clients
// that install quickly are in `2-use`.
import { beforeAll, describe, expect, test } from "vitest";
import { askRows } from "../open-inference/testing/stock-clients.ts";
import {
  cloneCheckout,
  isotherm,
  obstacle,
  stackOutputs,
  suiteTitle,
  wineRow,
} from "./platform.ts";

describe.skipIf(obstacle() !== undefined)(suiteTitle("a stock client"), () => {
  beforeAll(async () => {
    await cloneCheckout();
    await isotherm(["start"]);
  });

  test("G-09 T-01 KServe's REST client asks through the gateway by both versions of its protocol", async () => {
    const { apiKey, models } = await stackOutputs("dev");
    const address = models["wine"]?.url ?? "";
    const question = { apiKey, model: "wine", rows: [wineRow], address };
    expect(await askRows({ ...question, protocol: "kserve-rest" })).toMatchObject({
      ready: true,
      predictions: ["class_0"],
      outputs: { label: [0] },
    });
  });
});
