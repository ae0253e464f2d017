import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { GrpcClient } from "./testing/grpc-client.ts";
import { slowGraph } from "./testing/odd-graphs.ts";
import { apiKey, ServerProcess } from "./testing/server-process.ts";
import { startStore, storeToy } from "./testing/toy-release.ts";

/** A server that is asked more than its model can answer, over real connections; the queue by itself is in `queue.test.ts`. */
const key = { "x-api-key": apiKey };
const row = { features: [[1, 2, 9]] };

let s3: FakeS3;
let server: ServerProcess;
let grpc: GrpcClient;
beforeAll(async () => {
  s3 = await startStore();
  const { release } = await storeToy(s3, { graph: slowGraph(1024, 4) });
  server = await ServerProcess.start({
    objects: s3.url,
    models: [{ name: "toy", version: "1", release }],
    variables: { ISOTHERM_MAX_QUEUED: "2" },
  });
  await server.ready();
  grpc = new GrpcClient(new URL(await server.url("grpcPort")).host);
});
afterAll(async () => {
  grpc?.close();
  await server?.stop();
  await s3?.close();
});

const waiting = (count: number) =>
  server.until(async () =>
    new RegExp(`^model_queue_depth\\{.*\\} ${count}$`, "m").test(await server.metrics())
      ? true
      : undefined,
  );

it("S-01 refuses with 429 what its queue has no room for, with 504 what waits too long, answers the rest, and lives", async () => {
  const long = { features: Array.from({ length: 4_000 }, () => [1, 2, 9]) };
  // Two keep the worker busy, and one waits.
  const busy = [1, 2, 3].map(() => server.post("/predict", long));
  await waiting(1);

  const timeout = { ...key, "x-envoy-expected-rq-timeout-ms": "30" };
  const late = await server.post("/predict", row, timeout);
  expect(late).toMatchObject({ status: 504, body: { error: expect.any(String) as string } });

  busy.push(server.post("/predict", row));
  await waiting(2);
  for (const path of ["/predict", "/v1/models/toy:predict", "/invocations"]) {
    const { status: code, headers, body } = await server.post(path, { instances: row.features });
    expect({ path, code, body }).toMatchObject({
      code: 429,
      body: { error: expect.stringMatching(/queue|wait/) as string },
    });
    expect(headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
  }
  const tensor = { name: "features", datatype: "FP32", shape: [1n, 3n] };
  const inputs = [{ ...tensor, contents: { fp32Contents: [1, 2, 9] } }];
  await expect(grpc.call("ModelInfer", { modelName: "toy", inputs }, key)).rejects.toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
  });
  expect((await server.get("/health/live")).status).toBe(200);

  for (const { status: code } of await Promise.all(busy)) expect(code).toBe(200);
  const metrics = await server.metrics();
  expect(metrics).toMatch(/^model_errors_total\{.*error_type="queue-full".*\} 4$/m);
  expect(metrics).toMatch(/^model_errors_total\{.*error_type="deadline".*\} 1$/m);
  expect(metrics).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
});
