import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { apiKey, ServerProcess } from "./testing/server-process.ts";
import { startStore, storeToy } from "./testing/toy-release.ts";

/** The protocols beside each other: one model, one row, one answer; and the document that describes them. */
let s3: FakeS3;
let server: ServerProcess;
let release: string;

beforeAll(async () => {
  s3 = await startStore();
  const names = ["x", "y", "t"];
  const contract = {
    features: names.map((name) => ({ name, range: [0, 10] as [number, number] })),
    routes: ["predict-temperature"],
  };
  ({ release } = await storeToy(s3, { contract }));
  server = await ServerProcess.start({
    objects: s3.url,
    models: [{ name: "toy", version: "12", release }],
  });
  await server.ready();
}, 60_000);
afterAll(async () => {
  await server?.stop();
  await s3?.close();
});

const row = [1, 2, 9];
const key = { "x-api-key": apiKey };
const tensor = { name: "features", datatype: "FP32", shape: [1, 3], data: row };

describe("every protocol", () => {
  it("G-10 G-11 K-06 gives the same answer for the same row, with its lineage", async () => {
    const asked: [route: string, body: object][] = [
      ["/predict", { features: [row] }],
      ["/predict", { instances: [{ t: 9, x: 1, y: 2 }] }],
      ["/v1/models/toy:predict", { instances: [row] }],
      ["/invocations", { dataframe_split: { columns: ["t", "x", "y"], data: [[9, 1, 2]] } }],
      ["/invocations", { dataframe_split: { data: [row], index: [0] } }],
      ["/invocations", { dataframe_records: [{ y: 2, x: 1, t: 9 }] }],
      ["/invocations", { instances: [row], params: {} }],
      ["/invocations", { inputs: [row] }],
      ["/invocations", { inputs: { x: [1], y: [2], t: [9] } }],
    ];
    const answers = [];
    for (const [route, body] of asked) {
      const { status, headers, body: answer } = await server.post(route, body);
      expect({ route, status, release: headers.get("x-model-release") }).toEqual({
        route,
        status: 200,
        release,
      });
      answers.push(answer);
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ predictions: ["third"], model: { release } });
    const v2 = await server.post("/v2/models/toy/infer", { inputs: [tensor] });
    const { outputs } = v2.body as { outputs: { data: number[] }[] };
    const { probabilities } = answers[0] as { probabilities: number[][] };
    expect(outputs[1]?.data).toEqual(probabilities[0]);
  });

  it.each<[string, object, RegExp]>([
    ["two forms", { instances: [row], inputs: [row] }, /instances and inputs/],
    ["none of the forms", {}, /none is there/],
    ["a column that the model has not", { dataframe_records: [{ x: 1, y: 2, z: 9 }] }, /'z'/],
    ["a column that is missing", { dataframe_records: [{ x: 1, y: 2 }] }, /\.t: is missing/],
    ["a column twice", { dataframe_split: { columns: ["x", "x"], data: [] } }, /twice/],
    ["rows without columns", { dataframe_split: { columns: ["x"], data: [row] } }, /3 elements/],
    ["columns of several lengths", { inputs: { x: [1], y: [2, 3], t: [9] } }, /inputs\.y/],
    ["no rows", { dataframe_records: [] }, /at least one row/],
    ["parameters", { inputs: [row], params: { a: 1 } }, /params/],
    ["an unknown field", { inputs: [row], extra: 1 }, /extra/],
  ])("K-06 S-01 /invocations refuses %s with 400", async (_, body, reason) => {
    const { status, body: answer } = await server.post("/invocations", body);
    expect({ status, answer }).toEqual({
      status: 400,
      answer: { error: expect.stringMatching(reason) as string },
    });
  });
});

describe("KServe's V1 protocol", () => {
  it("G-09 G-11 tells which models there are and whether one is ready, for who shows a key", async () => {
    const list = await server.get("/v1/models", key);
    expect({ status: list.status, body: list.body }).toEqual({
      status: 200,
      body: { models: ["toy"] },
    });
    const { status, headers, body } = await server.get("/v1/models/toy", key);
    expect({ status, body, release: headers.get("x-model-release") }).toEqual({
      status: 200,
      body: { name: "toy", ready: true },
      release,
    });
    for (const path of ["/v1/models", "/v1/models/toy"]) {
      expect((await server.get(path)).status).toBe(401);
    }
  });

  it.each([
    ["GET", "/v1/models/other", 404, "no model 'other'"],
    ["GET", "/v1/models/toy:predict", 405, "use POST for /v1/models/{model}:predict"],
    ["POST", "/v1/models/toy", 405, "use GET for /v1/models/{model}"],
    ["POST", "/v1/models/toy:explain", 404, "no route POST /v1/models/toy:explain"],
  ])("S-01 answers %s %s with %i", async (method, path, status, error) => {
    const asked = method === "GET" ? server.get(path, key) : server.post(path, {});
    expect(await asked).toMatchObject({
      status,
      body: { error: expect.stringContaining(error) as string },
    });
  });
});

describe("GET /predict-temperature", () => {
  it("G-08 answers with exactly its four fields", async () => {
    const { status, body } = await server.get("/predict-temperature?x=1&y=2&t=9", key);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        "label(x,y,t)": "third",
        model_version: "12",
        data_version: "data-7",
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      },
    });
  });

  it.each([
    ["x=1&y=2", "t"],
    ["x=1&y=2&t=", "t"],
    ["x=1&y=two&t=9", "y"],
    ["x=1&y=0x2&t=9", "y"],
    ["x=11&y=2&t=9", "x"],
    ["x=1&x=2&y=2&t=9", "x"],
    ["x=1&y=2&t=9&z=1", "z"],
  ])("G-08 refuses %s with 400 and names %s", async (query, field) => {
    const { status, body } = await server.get(`/predict-temperature?${query}`, key);
    const { error } = body as { error: string };
    expect({ status, field: error.split(":")[0] }).toEqual({ status: 400, field });
  });
});

describe("POST /feedback", () => {
  it("S-03 takes labels of an earlier request, and refuses what names none", async () => {
    expect(await server.post("/feedback", { request_id: "a", label: "third" })).toMatchObject({
      status: 202,
    });
    expect(await server.post("/feedback", { request_id: "a", labels: [1, 2] })).toMatchObject({
      status: 202,
    });
    for (const body of [
      {},
      { request_id: "a" },
      { request_id: "a b", label: 1 },
      { request_id: "a", label: 1, labels: [1] },
      { request_id: "a", labels: [] },
      { request_id: "a", label: { deep: 1 } },
    ]) {
      expect({ body, status: (await server.post("/feedback", body)).status }).toEqual({
        body,
        status: 400,
      });
    }
    expect((await server.post("/feedback", { request_id: "a", label: 1 }, {})).status).toBe(401);
  });
});

describe("bodies", () => {
  const compressed = async (format: "gzip" | "deflate", text: string, name: string = format) => {
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream(format));
    const answer = await fetch(`${await server.url()}/predict`, {
      method: "POST",
      headers: { ...key, "content-encoding": name },
      body: Buffer.from(await new Response(stream).arrayBuffer()),
    });
    return answer.status;
  };

  it("S-01 are inflated up to the limit", async () => {
    const text = JSON.stringify({ features: [row] });
    expect(await compressed("gzip", text)).toBe(200);
    expect(await compressed("deflate", text)).toBe(200);
    expect(await compressed("gzip", " ".repeat(50e6))).toBe(413);
    expect(await compressed("gzip", text, "deflate")).toBe(400);
    expect(await compressed("gzip", text, "br")).toBe(415);
  });
});

describe("/openapi.json", () => {
  it("is a valid document of the models that are served", async () => {
    const { status, body } = await server.get("/openapi.json", key);
    expect(status).toBe(200);
    const result = await new Validator().validate(body as Record<string, unknown>);
    expect(result).toMatchObject({ valid: true });
    expect(Object.keys((body as { paths: object }).paths)).toEqual(
      expect.arrayContaining([
        "/predict",
        "/invocations",
        "/feedback",
        "/predict-temperature",
        "/v1/models",
        "/v1/models/toy",
        "/v1/models/toy:predict",
        "/v2/models/toy/infer",
        "/v2/models/toy/versions/12/infer",
      ]),
    );
  });

  it("S-01 says of a body what the server says", async () => {
    const { body } = await server.get("/openapi.json", key);
    const { paths } = body as {
      paths: Record<
        string,
        { post: { requestBody: { content: { "application/json": { schema: object } } } } }
      >;
    };
    const ajv = new Ajv2020({ strict: false });
    const bodies: Record<string, object[]> = {
      "/predict": [
        { features: [row] },
        { instances: [{ x: 1, y: 2, t: 9 }] },
        { features: [row], instances: [row] },
        {},
        { features: [] },
        { features: [[1, 2]] },
        { features: [[1, 2, "9"]] },
        { features: [[1, 2, null]] },
        { features: [[1, 2, 1e40]] },
        { features: [{ x: 1, y: 2 }] },
        { features: [{ x: 1, y: 2, t: 9, z: 1 }] },
        { features: [row], extra: 1 },
        { model: 5, features: [row] },
      ],
      "/v2/models/toy/infer": [
        { inputs: [tensor] },
        { inputs: [{ ...tensor, data: [row] }], outputs: [{ name: "label" }] },
        { inputs: [{ ...tensor, shape: [3] }] },
        { inputs: [{ ...tensor, shape: [1, 4] }] },
        { inputs: [{ ...tensor, shape: [-1, 3] }] },
        { inputs: [{ ...tensor, datatype: "INT64" }] },
        { inputs: [{ ...tensor, name: "other" }] },
        { inputs: [{ ...tensor, data: ["1", "2", "3"] }] },
        { inputs: [tensor], outputs: [{ name: "other" }] },
        { inputs: [tensor], id: 5 },
        { inputs: [] },
        { inputs: [tensor, tensor] },
      ],
      "/v1/models/toy:predict": [
        { instances: [row] },
        { instances: row },
        { instances: [row], a: 1 },
      ],
      "/feedback": [{ request_id: "a", label: 1 }, { request_id: "a b", label: 1 }, { label: 1 }],
    };
    for (const [route, sent] of Object.entries(bodies)) {
      const { schema } = paths[route]!.post.requestBody.content["application/json"];
      const accepts = ajv.compile(schema);
      for (const one of sent) {
        const { status } = await server.post(route, one);
        expect({ route, one, isAccepted: status < 300 }).toEqual({
          route,
          one,
          isAccepted: accepts(one),
        });
      }
    }
  });

  it("knows each type of a question and of an answer of the Open Inference Protocol", async () => {
    const { body } = await server.get("/openapi.json", key);
    const path = "/v2/models/toy/infer";
    interface Content {
      content: object;
    }
    interface Operation {
      parameters: { name: string; in: string }[];
      requestBody: Content;
      responses: Record<string, Content>;
    }
    const { post } = (body as { paths: Record<string, { post: Operation }> }).paths[path]!;
    const bytes = Buffer.from(Float32Array.from(row).buffer);
    const { name, datatype, shape } = tensor;
    const parameters = { binary_data_size: bytes.length };
    const text = JSON.stringify({ inputs: [{ name, datatype, shape, parameters }] });
    const [length] = post.parameters;
    const questions: Record<string, [Buffer, Record<string, string>]> = {
      "application/json": [Buffer.from(JSON.stringify({ inputs: [tensor] })), {}],
      "application/octet-stream": [
        Buffer.concat([Buffer.from(text), bytes]),
        { [length!.name]: String(text.length) },
      ],
    };
    expect(Object.keys(post.requestBody.content)).toEqual(Object.keys(questions));
    for (const [type, [question, more]] of Object.entries(questions)) {
      const answer = await fetch(`${await server.url()}${path}`, {
        method: "POST",
        body: question,
        headers: { ...key, "content-type": type, ...more },
      });
      expect({ type, status: answer.status }).toEqual({ type, status: 200 });
    }
    const types = [false, true].map(async (binary_data_output) => {
      const answer = await server.post(path, {
        inputs: [tensor],
        parameters: { binary_data_output },
      });
      return answer.headers.get("content-type")?.split(";")[0];
    });
    expect(await Promise.all(types)).toEqual(Object.keys(post.responses["200"]!.content));
  });

  it("has a page that loads nothing from elsewhere", async () => {
    const page = await server.get("/docs");
    expect({ status: page.status, policy: page.headers.get("content-security-policy") }).toEqual({
      status: 200,
      policy: expect.stringContaining("default-src 'none'") as string,
    });
    expect(page.body).not.toMatch(/https?:/);
    expect((await server.get("/docs.js")).headers.get("content-type")).toContain("javascript");
  });
});
