import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buckets } from "../contracts/names.ts";
import { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { ServerProcess } from "./testing/server-process.ts";
import { credentials, storeToy } from "./testing/toy-release.ts";

/** Thousands of bodies that somebody might send. Shows that none is the server's fault; not that each answer is right. */
let s3: FakeS3;
let server: ServerProcess;

beforeAll(async () => {
  s3 = await new FakeS3(credentials.accessKeyId).listen();
  s3.buckets.add(buckets.releases);
  const { release } = await storeToy(s3);
  const models = [{ name: "toy", version: "1", release }];
  server = await (await ServerProcess.start({ objects: s3.url, models })).ready();
});
afterAll(async () => {
  await server?.stop();
  await s3?.close();
});

const near = (value: unknown) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, fc.jsonValue({ maxDepth: 2 }));
const row = fc.oneof(
  fc.array(fc.double(), { minLength: 2, maxLength: 4 }),
  fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 4 }),
);
const predictBody = fc.record(
  {
    features: fc.oneof(fc.array(row, { maxLength: 4 }), fc.jsonValue()),
    instances: fc.oneof(fc.array(row, { maxLength: 4 }), fc.jsonValue()),
    model: near("toy"),
  },
  { requiredKeys: [] },
);
const inferBody = fc.record(
  {
    id: near("id"),
    parameters: near({}),
    inputs: fc.oneof(
      fc.jsonValue(),
      fc.array(
        fc.record(
          {
            name: near("features"),
            datatype: near("FP32"),
            shape: fc.oneof(near([1, 3]), fc.array(fc.integer({ min: -2, max: 2 ** 31 }))),
            data: fc.oneof(near([1, 2, 3]), row),
            parameters: near({}),
          },
          { requiredKeys: [] },
        ),
        { maxLength: 2 },
      ),
    ),
    outputs: near([{ name: "label" }]),
  },
  { requiredKeys: [] },
);
const text = (body: fc.Arbitrary<unknown>) =>
  fc.oneof(
    body.map((value) => JSON.stringify(value)),
    body.map((value) => JSON.stringify(value).slice(0, -1)),
    fc.string(),
    fc.json(),
  );

describe("any body", () => {
  it.each([
    ["/predict", predictBody],
    ["/v1/models/toy:predict", predictBody],
    ["/v2/models/toy/infer", inferBody],
  ])("of %s is answered with 200 or with 4xx that says what is wrong", async (route, bodies) => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(text(bodies), async (sent) => {
        const { status, body } = await server.post(route, sent);
        statuses.add(status);
        if (status === 200) return;
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status).toBeLessThan(500);
        expect(body).toEqual({ error: expect.stringMatching(/./) as string });
      }),
      { numRuns: 1_000 },
    );
    expect(statuses).toContain(400);
    expect((await server.get("/health/ready")).status).toBe(200);
  });
});
