import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ModelContract } from "../contracts/model-contract.ts";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { emit } from "../training-image/engine/emit.ts";
import { add, argMax, concat, equal, isNaN, reshape, where } from "../training-image/engine/ops.ts";
import { constant, input, scalar } from "../training-image/engine/tensor.ts";
import { ServerProcess } from "./testing/server-process.ts";
import { startStore, storeToy } from "./testing/toy-release.ts";

/** A model of a table with a column of numbers and one of words, served as a process over real HTTP. */
const contract: Partial<ModelContract> = {
  inputs: [
    { name: "tenure", dataType: "FP32", shape: [-1], nullable: true },
    { name: "contract", dataType: "BYTES", shape: [-1], nullable: true },
  ],
  outputs: [
    { name: "label", dataType: "INT64", shape: [-1] },
    { name: "scores", dataType: "FP32", shape: [-1, 2] },
  ],
  features: [{ name: "tenure" }, { name: "contract", categories: ["monthly", "yearly"] }],
  classes: ["stays", "leaves"],
  probabilities: "scores",
};

/** Scores 5, and `tenure` (7 where it is missing) plus 100 for a monthly contract. */
function graph(): Uint8Array {
  const tenure = input("tenure", ["batch"]);
  const words = input("contract", ["batch"], "string");
  const filled = where(isNaN(tenure), scalar(7, tenure), tenure);
  const isMonthly = equal(words, constant(["monthly"], [1]));
  const extra = where(isMonthly, scalar(100, tenure), scalar(0, tenure));
  const sum = reshape(add(filled, extra), ["batch", 1]);
  const five = where(isNaN(sum), sum, scalar(5, sum));
  const scores = concat([five, sum], 1);
  return emit({
    name: "table",
    inputs: [tenure, words],
    outputs: { label: argMax(scores), scores },
  });
}

let s3: FakeS3;
let server: ServerProcess;
beforeAll(async () => {
  s3 = await startStore();
  const { release } = await storeToy(s3, { model: "churn", graph: graph(), contract });
  const models = [{ name: "churn", version: "1", release }];
  server = await ServerProcess.start({
    objects: s3.url,
    models,
    variables: { ISOTHERM_MAX_ROWS: "3" },
  });
  await server.ready();
});
afterAll(async () => {
  await server?.stop();
  await s3?.close();
});

const ask = (rows: unknown) => server.post("/predict", { model: "churn", features: rows });

describe("a model of a table", () => {
  it("takes rows of values in the features' order, and rows by their names", async () => {
    const lists = await ask([
      [3, "yearly"],
      [3, "monthly"],
    ]);
    expect(lists).toMatchObject({
      status: 200,
      body: {
        predictions: ["stays", "leaves"],
        probabilities: [
          [5, 3],
          [5, 103],
        ],
      },
    });
    const objects = await ask([
      { contract: "yearly", tenure: 3 },
      { contract: "monthly", tenure: 3 },
    ]);
    expect(objects.body).toEqual(lists.body);
  });

  it("fills what is missing, and takes a word that training never saw", async () => {
    const { body } = await ask([[null, "weekly"], [2, null], { contract: "monthly" }]);
    expect(body).toMatchObject({
      probabilities: [
        [5, 7],
        [5, 2],
        [5, 107],
      ],
    });
  });

  it("G-10 gives the same answer by the other protocols", async () => {
    const v1 = await server.post("/v1/models/churn:predict", { instances: [[null, "monthly"]] });
    expect(v1).toMatchObject({ status: 200, body: { probabilities: [[5, 107]] } });
    const v2 = await server.post("/v2/models/churn/infer", {
      inputs: [
        { name: "tenure", datatype: "FP32", shape: [1], data: [null] },
        { name: "contract", datatype: "BYTES", shape: [1], data: ["monthly"] },
      ],
    });
    expect(v2).toMatchObject({ status: 200 });
    const { outputs } = v2.body as { outputs: { name: string; data: number[] }[] };
    expect(outputs.find(({ name }) => name === "scores")?.data).toEqual([5, 107]);
  });

  it.each([
    ["text for a number", [["3", "yearly"]], "features[0][0]", "a finite 32-bit number, or null"],
    [
      "a number for a word",
      [
        [3, "yearly"],
        [3, 1],
      ],
      "features[1][1]",
      "a string without U+0000, or null",
    ],
    ["a value too few", [[3]], "features[0]", "has 1 elements, wanted 2"],
    ["a name that is no feature", [{ tenur: 3 }], "features[0]", "has 'tenur'"],
    ["a bad value by its name", [{ tenure: true }], "features[0].tenure", "is true"],
    ["no rows", [], "features", "at least one row"],
    ["a row that is none", [7], "features[0]", "wanted a list"],
  ])("S-01 refuses %s with 400, by its place", async (_, rows, place, reason) => {
    const { status, body } = await ask(rows);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(place);
    expect(JSON.stringify(body)).toContain(reason);
  });

  it("S-01 refuses too many rows with 413", async () => {
    expect((await ask(Array.from({ length: 4 }, () => [1, "yearly"]))).status).toBe(413);
  });
});
