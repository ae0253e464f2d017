import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { testContext } from "../training-image/testing/training-context.ts";
import { churn } from "../training-image/workloads/churn/declaration.ts";
import { churnWorkload } from "../training-image/workloads/churn/workload.ts";
import { ServerProcess } from "./testing/server-process.ts";
import { startStore, storeToy } from "./testing/toy-release.ts";

/** A model that the training image made, as the serving image serves it: raw rows of the customers' table. */
let s3: FakeS3;
let server: ServerProcess;
beforeAll(async () => {
  s3 = await startStore();
  const file = await readFile((churnWorkload.dataSet as { file: URL }).file);
  const { data } = churnWorkload.read(file, {});
  const trained = await churnWorkload.train(data, testContext(churn, { steps: 100 }));
  const { model: graph, contract } = trained;
  const { release } = await storeToy(s3, { model: "churn", graph, contract });
  const models = [{ name: "churn", version: "1", release }];
  server = await ServerProcess.start({ objects: s3.url, models });
  await server.ready();
});
afterAll(async () => {
  await server?.stop();
  await s3?.close();
});

it("serves churn by its example, by names, and tells who leaves from who stays", async () => {
  const loyal = [70, "two-year", "dsl", 50, 3500, "yes", "credit-card", 0, 0];
  const names = churnWorkload.declaration.example.length;
  expect(loyal).toHaveLength(names);
  const leaving = {
    tenure: 1,
    contract: "month-to-month",
    internet_service: "fiber",
    monthly_charges: 95,
    tech_support: "no",
    payment_method: "electronic-check",
    senior_citizen: 1,
    support_calls: 6,
  };
  const rows = [churn.example, loyal, leaving];
  const { status, body } = await server.post("/predict", { model: "churn", features: rows });
  expect({ status, body }).toMatchObject({ status: 200 });
  const { predictions, probabilities } = body as {
    predictions: string[];
    probabilities: [number, number][];
  };
  expect(predictions.slice(1)).toEqual(["0", "1"]);
  expect(probabilities[1]![1]).toBeLessThan(0.1);
  expect(probabilities[2]![1]).toBeGreaterThan(0.7);
  for (const [stays, leaves] of probabilities) expect(stays + leaves).toBeCloseTo(1, 5);
});
