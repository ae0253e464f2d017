// From nothing to a served prediction. Does not prove that the official plugins give the same: the machine that runs
// this may have no way to download them.
import { beforeAll, describe, expect, test } from "vitest";
import {
  askWine,
  cloneCheckout,
  isotherm,
  obstacle,
  stackOutputs,
  suiteTitle,
} from "./platform.ts";

interface StartResult {
  changes: Record<string, Record<string, number>>;
  predictions: {
    model: string;
    answer: { predictions: unknown[]; model: Record<string, string> };
  }[];
  stages: { stage: string; seconds: number }[];
}

async function start(): Promise<StartResult> {
  const { stdout } = await isotherm(["start", "--json"]);
  const line = String(stdout).trim().split("\n").at(-1) ?? "";
  return JSON.parse(line) as StartResult;
}

describe.skipIf(obstacle() !== undefined)(suiteTitle("npm start"), () => {
  beforeAll(cloneCheckout);

  test("T-12 one command ends with a prediction that carries its lineage", async () => {
    const { predictions, changes } = await start();
    const [prediction] = predictions;
    expect(prediction?.model).toBe("wine");
    expect(prediction?.answer.predictions).toEqual(["class_0"]);
    expect(prediction?.answer.model).toMatchObject({ name: "wine", version: "1" });
    expect(prediction?.answer.model["release"]).toMatch(/^[0-9a-f]{64}$/);
    expect(changes["dev"]?.["create"]).toBeGreaterThan(10);
  });

  test("a second start changes nothing and serves the same release", async () => {
    const before = await stackOutputs("dev");
    const { changes } = await start();
    expect(Object.keys(changes["cluster"] ?? {})).toEqual(["same"]);
    expect(Object.keys(changes["dev"] ?? {})).toEqual(["same"]);
    expect((await stackOutputs("dev")).models).toEqual(before.models);
  });

  test("U-12 the gateway's answer is 401 without a valid key", async () => {
    const outputs = await stackOutputs("dev");
    expect((await askWine(outputs, "wrong")).status).toBe(401);
    expect((await askWine(outputs)).status).toBe(200);
  });
});
