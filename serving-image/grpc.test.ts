import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { binaryOf, everyType, extremes, storeEveryType } from "./testing/every-type.ts";
import { GrpcClient, type GrpcMethod } from "./testing/grpc-client.ts";
import { apiKey, ServerProcess } from "./testing/server-process.ts";
import { startStore, storeToy } from "./testing/toy-release.ts";

/**
 * The Open Inference Protocol over gRPC, with messages made from our own table of fields. That stock clients have the
 * same table is shown by `test/open-inference/stock-clients.soak.test.ts`.
 */
let s3: FakeS3;
let server: ServerProcess;
let client: GrpcClient;
let release: string;

beforeAll(async () => {
  s3 = await startStore();
  ({ release } = await storeToy(s3));
  const same = await storeEveryType(s3);
  server = await ServerProcess.start({
    objects: s3.url,
    models: [
      { name: "toy", version: "12", release },
      { name: "same", version: "1", release: same.release },
    ],
    variables: { ISOTHERM_MAX_ROWS: "10" },
  });
  await server.ready();
  client = new GrpcClient(new URL(await server.url("grpcPort")).host);
}, 60_000);
afterAll(async () => {
  client?.close();
  await server?.stop();
  await s3?.close();
});

const call = <M extends GrpcMethod>(
  method: M,
  request: object = {},
  sent: Record<string, string> = { "x-api-key": apiKey },
) => client.call(method, request, sent);

const features = {
  name: "features",
  datatype: "FP32",
  shape: [1n, 3n],
  contents: { fp32Contents: [1, 2, 9] },
};
const infer = (changes: object = {}, more: object = {}) =>
  call("ModelInfer", { modelName: "toy", inputs: [{ ...features, ...changes }], ...more });

describe("V2 over gRPC", () => {
  it("T-01 answers as over HTTP, with lineage in the message and in the headers", async () => {
    const { answer, headers } = await infer({}, { id: "mine" });
    expect(answer).toMatchObject({
      modelName: "toy",
      modelVersion: "12",
      id: "mine",
      parameters: {
        release: { parameterChoice: { case: "stringParam", value: release } },
        data_version: { parameterChoice: { case: "stringParam", value: "data-7" } },
      },
      outputs: [
        { name: "label", datatype: "INT64", shape: [1n], contents: { int64Contents: [2n] } },
        { name: "probabilities", datatype: "FP32", shape: [1n, 3n] },
      ],
      rawOutputContents: [],
    });
    expect(headers).toMatchObject({ "x-model-release": release, "x-model-slot": "blue" });
    const http = await server.post("/v2/models/toy/infer", {
      inputs: [{ name: "features", datatype: "FP32", shape: [1, 3], data: [1, 2, 9] }],
    });
    const { outputs } = http.body as { outputs: { data: number[] }[] };
    expect(answer.outputs[1]?.contents?.fp32Contents).toEqual(outputs[1]?.data);
  });

  it("T-01 takes and gives every type raw", async () => {
    const { answer } = await call("ModelInfer", {
      modelName: "same",
      modelVersion: "1",
      inputs: everyType.map((type) => ({
        name: type.toLowerCase(),
        datatype: type,
        shape: [1n, 2n],
      })),
      rawInputContents: everyType.map((type) => binaryOf(type, extremes[type])),
    });
    expect(answer.outputs.map(({ name }) => name)).toEqual(
      everyType.map((type) => `same_${type.toLowerCase()}`),
    );
    expect(answer.rawOutputContents.map((bytes) => Buffer.from(bytes))).toEqual(
      everyType.map((type) => binaryOf(type, extremes[type])),
    );
  });

  it("tells about the server and its models", async () => {
    expect((await call("ServerLive", {}, {})).answer.live).toBe(true);
    expect((await call("ServerReady", {}, {})).answer.ready).toBe(true);
    expect((await call("ServerMetadata")).answer).toMatchObject({ name: "isotherm" });
    expect((await call("ModelReady", { name: "toy" })).answer.ready).toBe(true);
    expect((await call("ModelMetadata", { name: "toy", version: "12" })).answer).toMatchObject({
      name: "toy",
      versions: ["12"],
      inputs: [{ name: "features", datatype: "FP32", shape: [-1n, 3n] }],
    });
  });

  it("carries the caller's request id, or one that is made", async () => {
    const given = { "x-api-key": apiKey, "x-request-id": "call-1" };
    const { headers } = await call("ServerMetadata", {}, given);
    expect(headers["x-request-id"]).toBe("call-1");
    expect((await call("ServerMetadata")).headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each<[string, object, object, status, RegExp]>([
    ["an unknown model", {}, { modelName: "other" }, status.NOT_FOUND, /other/],
    ["an unknown version", {}, { modelVersion: "13" }, status.NOT_FOUND, /12 only/],
    ["a wrong name", { name: "x" }, {}, status.INVALID_ARGUMENT, /name.*'x'/],
    ["a wrong type", { datatype: "FP64" }, {}, status.INVALID_ARGUMENT, /datatype/],
    ["a wrong shape", { shape: [3n] }, {}, status.INVALID_ARGUMENT, /shape/],
    ["a negative size", { shape: [-1n, 3n] }, {}, status.INVALID_ARGUMENT, /shape/],
    ["no data", { contents: {} }, {}, status.INVALID_ARGUMENT, /data/],
    [
      "data in another type's list",
      { contents: { fp64Contents: [1, 2, 3] } },
      {},
      status.INVALID_ARGUMENT,
      /fp64Contents/,
    ],
    [
      "a number that is none",
      { contents: { fp32Contents: [1, Number.NaN, 3] } },
      {},
      status.INVALID_ARGUMENT,
      /data\[1\]/,
    ],
    [
      "raw beside contents",
      {},
      { rawInputContents: [binaryOf("FP32", [1, 2, 3])] },
      status.INVALID_ARGUMENT,
      /one of the two/,
    ],
    [
      "more raw tensors than inputs",
      { contents: undefined },
      { rawInputContents: [Buffer.alloc(12), Buffer.alloc(1)] },
      status.INVALID_ARGUMENT,
      /2 tensors/,
    ],
    ["no input", {}, { inputs: [] }, status.INVALID_ARGUMENT, /inputs/],
    [
      "too many rows",
      { shape: [11n, 3n], contents: { fp32Contents: Array(33).fill(1) } },
      {},
      status.RESOURCE_EXHAUSTED,
      /11 rows/,
    ],
    ["an unknown output", {}, { outputs: [{ name: "x" }] }, status.INVALID_ARGUMENT, /output 'x'/],
  ])("S-01 refuses %s with its code and says where", async (_, changes, more, code, reason) => {
    await expect(infer(changes, more)).rejects.toMatchObject({
      code,
      details: expect.stringMatching(reason) as string,
    });
  });

  it("asks for a known key, except for whether the server lives", async () => {
    const strangers: Record<string, string>[] = [{}, { "x-api-key": "another" }];
    for (const sent of strangers) {
      await expect(call("ServerMetadata", {}, sent)).rejects.toMatchObject({
        code: status.UNAUTHENTICATED,
      });
    }
  });

  it("U-11 is counted by method, with the status HTTP would have", async () => {
    const metrics = await server.metrics();
    const path = 'path="/inference.GRPCInferenceService/ModelInfer"';
    for (const code of ["200", "400", "404"]) {
      expect(metrics).toContain(`http_requests_total{${path},method="GRPC",status="${code}"}`);
    }
  });
});
