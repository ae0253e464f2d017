import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { testContext } from "../training-image/testing/training-context.ts";
import { digits } from "../training-image/workloads/digits/declaration.ts";
import { type LabelledImages, pixelsOf } from "../training-image/workloads/digits/images.ts";
import { digitsWorkload } from "../training-image/workloads/digits/workload.ts";
import { holdOut } from "../training-image/workloads/validation.ts";
import { ServerProcess } from "./testing/server-process.ts";
import { startStore, storeToy } from "./testing/toy-release.ts";

/** A short training, served as a process over real HTTP; the object store is a fake, and there is no cluster. */
let s3: FakeS3;
let server: ServerProcess;
let images: LabelledImages;
beforeAll(async () => {
  s3 = await startStore();
  const file = await readFile((digitsWorkload.dataSet as { file: URL }).file);
  images = digitsWorkload.read(file, {}).data as LabelledImages;
  const few = { steps: 200, channels: 8, hidden: 32 };
  const { model: graph, contract } = await digitsWorkload.train(images, testContext(digits, few));
  const { release } = await storeToy(s3, { model: "digits", graph, contract });
  const models = [{ name: "digits", version: "1", release }];
  server = await ServerProcess.start({ objects: s3.url, models });
  await server.ready();
});
afterAll(async () => {
  await server?.stop();
  await s3?.close();
});

it("G-16 reads more than 90 of 100 digits that it was not trained on, each call answered", async () => {
  const rows = holdOut(images.labels).test.slice(0, 100);
  expect(rows).toHaveLength(100);
  let right = 0;
  for (const row of rows) {
    const { status, body } = await server.post("/v2/models/digits/infer", {
      inputs: [
        { name: "pixels", datatype: "FP32", shape: [1, 64], data: [...pixelsOf(images, row)] },
      ],
      outputs: [{ name: "label" }],
    });
    expect(status).toBe(200);
    const { outputs } = body as { outputs: { data: number[] }[] };
    if (outputs[0]?.data[0] === images.labels[row]) right++;
  }
  expect(right).toBeGreaterThan(90);
});
