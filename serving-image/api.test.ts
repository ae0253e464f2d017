import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { apiKey, ServerProcess } from "./testing/server-process.ts";
import { startStore, storeToy, toyGraph } from "./testing/toy-release.ts";

/** The server as a process, over real HTTP, with a real graph; the object store is a fake. */
let s3: FakeS3;
let server: ServerProcess;
let release: string;

beforeAll(async () => {
  s3 = await startStore();
  ({ release } = await storeToy(s3));
  const logarithm = await storeToy(s3, { model: "log", graph: toyGraph(1, true) });
  server = await ServerProcess.start({
    objects: s3.url,
    models: [
      { name: "toy", version: "12", release },
      { name: "log", version: "1", release: logarithm.release },
    ],
    variables: { ISOTHERM_MAX_BODY_BYTES: "20000", ISOTHERM_MAX_ROWS: "100" },
  });
  await server.ready();
});
afterAll(async () => {
  await server?.stop();
  await s3?.close();
});

const row = [1, 2, 9];
const tensor = { name: "features", datatype: "FP32", shape: [1, 3], data: row };
const lineage = { name: "toy", version: "12", data_version: "data-7" };

describe("POST /predict", () => {
  it("U-10 answers features and instances with class names, probabilities and lineage", async () => {
    for (const field of ["features", "instances"]) {
      const { status, body } = await server.post("/predict", {
        model: "toy",
        [field]: [row, [5, 1, 1]],
      });
      expect({ status, body }).toMatchObject({
        status: 200,
        body: { predictions: ["third", "first"], model: { ...lineage, release } },
      });
      const { probabilities } = body as { probabilities: number[][] };
      expect(probabilities).toHaveLength(2);
      for (const one of probabilities) expect(one.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
      expect(probabilities[0]![2]).toBeGreaterThan(0.99);
    }
  });

  it("G-11 puts the lineage in the headers of every answer", async () => {
    const { headers } = await server.post("/predict", { model: "toy", features: [row] });
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-model-name": "toy",
      "x-model-version": "12",
      "x-model-release": release,
      "x-data-version": "data-7",
      "x-model-slot": "blue",
    });
  });

  it.each([
    [
      "both features and instances",
      { model: "toy", features: [row], instances: [row] },
      /both|one of/,
    ],
    ["neither", { model: "toy" }, /features/],
    ["no model where there are several", { features: [row] }, /model/],
    ["a model that is no text", { model: 3, features: [row] }, /model/],
    ["rows that are no list", { model: "toy", features: 1 }, /features/],
    ["no rows", { model: "toy", features: [] }, /features/],
    ["a row that is no list", { model: "toy", features: [1, 2, 3] }, /features\[0\]/],
    ["a short row", { model: "toy", features: [row, [1, 2]] }, /features\[1\]/],
    ["a text for a number", { model: "toy", features: [[1, "2", 3]] }, /features\[0\]\[1\]/],
    ["null for a number", { model: "toy", features: [[1, null, 3]] }, /features\[0\]\[1\]/],
    ["too large a number", '{"model":"toy","features":[[1,2,1e40]]}', /features\[0\]\[2\]/],
    ["the literal NaN", '{"model":"toy","features":[[1,2,NaN]]}', /JSON/],
    ["no JSON", "{", /JSON/],
    ["an empty body", "", /body/],
    ["a list", [], /body/],
    ["an unknown field", { model: "toy", features: [row], extra: 1 }, /extra/],
  ])("refuses %s with 400 and says where", async (_, sent, place) => {
    const { status, body } = await server.post("/predict", sent);
    expect({ status, body }).toEqual({
      status: 400,
      body: { error: expect.stringMatching(place) as string },
    });
  });

  it("keeps the prototype of objects out of reach", async () => {
    const text = '{"model":"toy","__proto__":{"features":[[1,2,3]]},"constructor":1}';
    expect((await server.post("/predict", text)).status).toBe(400);
    const names = ["__proto__", "constructor", "toString"];
    for (const model of names) {
      expect((await server.post("/predict", { model, features: [row] })).status).toBe(404);
      expect((await server.get(`/v2/models/${model}`, { "x-api-key": apiKey })).status).toBe(404);
    }
  });

  it("answers more bytes or rows than the limits with 413, and a model nobody configured with 404", async () => {
    expect(await server.post("/predict", "x".repeat(20_001))).toMatchObject({
      status: 413,
      body: { error: expect.stringContaining("large") as string },
    });
    const rows = { model: "toy", features: Array(101).fill(row) };
    expect(await server.post("/predict", rows)).toMatchObject({
      status: 413,
      body: { error: expect.stringMatching(/features.*100/) as string },
    });
    expect((await server.post("/predict", { model: "other", features: [row] })).status).toBe(404);
  });

  it("says 422 rather than invent a number where the model has no finite answer", async () => {
    const { status, body } = await server.post("/predict", {
      model: "log",
      features: [[-1, 1, 1]],
    });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining("finite") as string },
    });
  });
});

describe("POST /v1/models/<m>:predict", () => {
  it("G-09 answers instances, with the lineage in the headers", async () => {
    const { status, body, headers } = await server.post("/v1/models/toy:predict", {
      instances: [row],
    });
    expect({ status, body }).toMatchObject({ status: 200, body: { predictions: ["third"] } });
    expect(headers.get("x-model-release")).toBe(release);
    expect((await server.post("/v1/models/toy:predict", {})).status).toBe(400);
    expect((await server.post("/v1/models/other:predict", { instances: [row] })).status).toBe(404);
  });
});

describe("the Open Inference Protocol", () => {
  const infer = (changes: object, request: object = {}) =>
    server.post("/v2/models/toy/infer", { inputs: [{ ...tensor, ...changes }], ...request });

  it("answers infer with and without a version, and gives back an id only where one came", async () => {
    for (const version of ["", "/versions/12"]) {
      const route = `/v2/models/toy${version}/infer`;
      const { status, body } = await server.post(route, { inputs: [tensor] });
      expect({ status, body }).toMatchObject({
        status: 200,
        body: {
          model_name: "toy",
          model_version: "12",
          parameters: { release, data_version: "data-7" },
          outputs: [
            { name: "label", datatype: "INT64", shape: [1], data: [2] },
            { name: "probabilities", datatype: "FP32", shape: [1, 3] },
          ],
        },
      });
      expect(body).not.toHaveProperty("id");
    }
    expect((await infer({}, { id: "mine" })).body).toMatchObject({ id: "mine" });
  });

  it("takes nested data, and gives only the outputs that were asked for", async () => {
    const { body } = await infer({ data: [row] }, { outputs: [{ name: "label" }] });
    const label = { name: "label", datatype: "INT64", shape: [1], data: [2] };
    expect(body).toMatchObject({ outputs: [label] });
    expect((body as { outputs: unknown[] }).outputs).toHaveLength(1);
  });

  it.each([
    ["data shorter than the shape", { data: [1, 2] }, /data/],
    ["data longer than the shape", { data: [1, 2, 3, 4] }, /data/],
    [
      "nested data of another form than the shape",
      {
        shape: [2, 3],
        data: [
          [1, 2, 3, 4],
          [5, 6],
        ],
      },
      /data/,
    ],
    ["a wrong shape", { shape: [3] }, /shape/],
    ["a wrong width", { shape: [1, 4], data: [1, 2, 3, 4] }, /shape/],
    ["a negative dimension", { shape: [-1, 3] }, /shape/],
    ["a fraction of a row", { shape: [0.5, 3] }, /shape/],
    ["another type", { datatype: "INT64" }, /datatype/],
    ["another name", { name: "other" }, /name.*other/],
    ["no data", { data: undefined }, /data/],
    ["a text as data", { data: ["1", "2", "3"] }, /data\[0\]/],
  ])("refuses %s with 400 and says where", async (_, changes, place) => {
    expect(await infer(changes)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(place) as string },
    });
  });

  it("refuses requests without inputs, with an input twice, and with unknown outputs", async () => {
    for (const body of [
      {},
      { inputs: [] },
      { inputs: [tensor, tensor] },
      { inputs: [tensor], outputs: [{ name: "other" }] },
      { inputs: [tensor], id: 5 },
    ]) {
      const { status } = await server.post("/v2/models/toy/infer", body);
      expect({ status, body }).toEqual({ status: 400, body });
    }
    expect((await server.post("/v2/models/other/infer", { inputs: [tensor] })).status).toBe(404);
    expect(
      (await server.post("/v2/models/toy/versions/13/infer", { inputs: [tensor] })).status,
    ).toBe(404);
  });

  it("tells about the server and its models", async () => {
    const key = { "x-api-key": apiKey };
    for (const route of ["/v2", "/v2/"]) {
      expect(await server.get(route, key)).toMatchObject({
        status: 200,
        body: { name: "isotherm" },
      });
    }
    for (const route of ["/v2/health/live", "/v2/health/ready", "/v2/models/toy/ready"]) {
      expect((await server.get(route, key)).status).toBe(200);
    }
    expect((await server.get("/v2/models/toy", key)).body).toMatchObject({
      name: "toy",
      versions: ["12"],
      platform: "onnxruntime_onnx",
      inputs: [{ name: "features", datatype: "FP32", shape: [-1, 3] }],
      outputs: [{ name: "label" }, { name: "probabilities" }],
    });
  });
});

describe("every answer", () => {
  it("asks for a known key: 401 without one and with another", async () => {
    const body = { model: "toy", features: [row] };
    const strangers: Record<string, string>[] = [
      {},
      { "x-api-key": "" },
      { "x-api-key": "another" },
    ];
    for (const headers of strangers) {
      expect(await server.post("/predict", body, headers)).toMatchObject({
        status: 401,
        body: { error: expect.stringContaining("x-api-key") as string },
      });
    }
  });

  it("carries the caller's request id, or one that is made", async () => {
    const given = await server.get("/health/live", { "x-request-id": "call-1" });
    expect(given.headers.get("x-request-id")).toBe("call-1");
    const made = await server.get("/health/live", { "x-request-id": "with blank" });
    expect(made.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("is JSON where a route or a method is unknown", async () => {
    expect(await server.get("/nothing")).toMatchObject({
      status: 404,
      body: { error: expect.anything() as string },
    });
    expect((await server.get("/predict")).status).toBeGreaterThanOrEqual(404);
    expect((await server.get("/v2/models/%E0%A4%A/ready")).status).toBe(400);
  });
});

describe("metrics", () => {
  it("U-11 tells requests by route template, predictions by lineage, and what is loaded", async () => {
    for (let index = 0; index < 20; index++) await server.get(`/nothing/${index}`);
    await server.get("/v2/models/toy/ready");
    await server.post("/predict", { model: "toy", features: [row, row] });
    const samples = (await server.metrics()).split("\n").filter((line) => !line.startsWith("#"));
    const one = (name: string, ...labels: string[]) =>
      samples.filter(
        (line) => line.startsWith(name) && labels.every((part) => line.includes(part)),
      );
    const of = ['model_name="toy"', 'model_version="12"', `release="${release}"`, 'slot="blue"'];
    const from = ['data_version="data-7"', 'image="localhost/isotherm/serving:test"'];
    expect(one("model_info{", ...of, ...from, "} 1")).toHaveLength(1);
    expect(one("model_load_timestamp{", ...of)).toHaveLength(1);
    expect(one("model_prediction_duration_seconds_bucket{", 'le="0.005"', ...of)).toHaveLength(1);
    const [rows = ""] = one("model_predictions_total{", ...of);
    expect(Number(rows.split(" ").at(-1))).toBeGreaterThanOrEqual(2);
    const posted = ['path="/predict"', 'method="POST"', 'status="200"'];
    expect(one("http_requests_total{", ...posted)).toHaveLength(1);
    expect(one("model_errors_total{", 'error_type="bad-input"').length).toBeGreaterThan(0);
    expect(samples.filter((line) => /\/nothing|models\/toy/.test(line))).toEqual([]);
  });
});
