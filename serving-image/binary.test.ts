import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DataType } from "../contracts/model-contract.ts";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { binaryOf, everyType, extremes, storeEveryType } from "./testing/every-type.ts";
import { apiKey, ServerProcess } from "./testing/server-process.ts";
import { startStore } from "./testing/toy-release.ts";

/**
 * The binary tensor extension by bytes made here, with a model that gives back what it takes. Does not prove
 * that a stock client makes the same bytes.
 */
let s3: FakeS3;
let server: ServerProcess;

beforeAll(async () => {
  s3 = await startStore();
  const same = await storeEveryType(s3);
  server = await ServerProcess.start({
    objects: s3.url,
    models: [{ name: "same", version: "1", release: same.release }],
  });
  await server.ready();
}, 60_000);
afterAll(async () => {
  await server?.stop();
  await s3?.close();
});

interface Output {
  name: string;
  datatype: string;
  shape: number[];
  data?: unknown[];
  parameters?: { binary_data_size: number };
}

const input = (dataType: DataType, rows = 1) => ({
  name: dataType.toLowerCase(),
  datatype: dataType,
  shape: [rows, 2],
});
const inBinary = (dataType: DataType, bytes = binaryOf(dataType, extremes[dataType])) => ({
  tensor: { ...input(dataType), parameters: { binary_data_size: bytes.length } },
  bytes,
});
const inJson = (dataType: DataType) => ({
  tensor: { ...input(dataType), data: extremes[dataType] },
  bytes: Buffer.alloc(0),
});

async function ask(
  inputs: readonly { tensor: object; bytes: Buffer }[],
  { more = {}, length }: { more?: object; length?: string } = {},
) {
  const request = { inputs: inputs.map(({ tensor }) => tensor), ...more };
  const json = Buffer.from(
    JSON.stringify(request, (_key, value: unknown) =>
      typeof value === "bigint"
        ? (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(String(value))
        : value,
    ),
  );
  const answer = await fetch(`${await server.url()}/v2/models/same/infer`, {
    method: "POST",
    headers: {
      "x-api-key": apiKey,
      "inference-header-content-length": length ?? String(json.length),
    },
    body: Buffer.concat([json, ...inputs.map(({ bytes }) => bytes)]),
  });
  const body = Buffer.from(await answer.arrayBuffer());
  const head = Number(answer.headers.get("inference-header-content-length") ?? body.length);
  const text = body.subarray(0, head).toString();
  return {
    status: answer.status,
    type: answer.headers.get("content-type"),
    text,
    json: JSON.parse(text) as { error?: string; outputs: Output[] },
    rest: body.subarray(head),
  };
}

const all = (binaries: readonly DataType[] = everyType) =>
  everyType.map((type) => (binaries.includes(type) ? inBinary(type) : inJson(type)));
const jsonTypes = everyType.filter((type) => type !== "FP16");

describe("binary tensors", () => {
  it("T-01 go in and come out unchanged in every type", async () => {
    const { status, type, json, rest } = await ask(all(), {
      more: { parameters: { binary_data_output: true } },
    });
    expect({ status, type }).toEqual({ status: 200, type: "application/octet-stream" });
    let offset = 0;
    for (const dataType of everyType) {
      const output = json.outputs.find(({ name }) => name === `same_${dataType.toLowerCase()}`);
      const size = output?.parameters?.binary_data_size ?? 0;
      const bytes = rest.subarray(offset, offset + size);
      expect({ dataType, bytes, shape: output?.shape }).toEqual({
        dataType,
        bytes: binaryOf(dataType, extremes[dataType]),
        shape: [1, 2],
      });
      expect(output).not.toHaveProperty("data");
      offset += size;
    }
    expect(rest.length).toBe(offset);
  });

  it("T-01 stand beside tensors in JSON, in requests and in answers", async () => {
    const outputs = everyType.map((type) => ({
      name: `same_${type.toLowerCase()}`,
      parameters: { binary_data: type === "FP16" || type === "BYTES" },
    }));
    const { json, rest, text } = await ask(all(["FP16", "FP32", "UINT8"]), { more: { outputs } });
    expect(rest).toEqual(
      Buffer.concat([binaryOf("FP16", extremes.FP16), binaryOf("BYTES", extremes.BYTES)]),
    );
    for (const type of jsonTypes.filter((one) => one !== "BYTES" && !one.endsWith("64"))) {
      const output = json.outputs.find(({ name }) => name === `same_${type.toLowerCase()}`);
      expect(output?.data).toEqual(extremes[type]);
    }
    // Beyond 2^53 JSON.parse would lose digits that are there.
    expect(text).toContain(`[${extremes.INT64.join(",")}]`);
    expect(text).toContain(`[${extremes.UINT64.join(",")}]`);
  });

  const fp32 = binaryOf("FP32", [1, 2]);
  it.each<[string, Parameters<typeof ask>, RegExp]>([
    ["bytes that are too few for the shape", [[inBinary("FP32", fp32.subarray(4))]], /4 bytes/],
    ["bytes that are too many for the shape", [[inBinary("INT8", fp32)]], /8 bytes/],
    ["bytes that no input names", [[{ ...inJson("FP32"), bytes: fp32 }]], /8 bytes/],
    [
      "a size beyond the body",
      [[{ ...inBinary("FP32", fp32), bytes: fp32.subarray(1) }]],
      /binary_data_size/,
    ],
    [
      "data beside the bytes",
      [[{ tensor: { ...inBinary("FP32").tensor, data: [1, 2] }, bytes: fp32 }]],
      /one of the two/,
    ],
    ["a header that is no length", [[inBinary("FP32")], { length: "x" }], /content-length/],
    ["a header beyond the body", [[inBinary("FP32")], { length: "99999" }], /content-length/],
    ["a header that cuts the JSON", [[inBinary("FP32")], { length: "5" }], /JSON/],
    ["a BOOL that is 2", [[inBinary("BOOL", Buffer.from([1, 2]))]], /neither 0 nor 1/],
    ["a number that is none", [[inBinary("FP64", binaryOf("FP64", [1, NaN]))]], /not finite/],
    ["infinity in FP16", [[inBinary("FP16", binaryOf("FP16", [Infinity, 1]))]], /not finite/],
    ["a text that is cut short", [[inBinary("BYTES", Buffer.from([9, 0, 0, 0, 65]))]], /cut short/],
    [
      "a text too few",
      [[inBinary("BYTES", binaryOf("BYTES", ["one"]))]],
      /1 elements, the shape has 2/,
    ],
    ["a text too many", [[inBinary("BYTES", binaryOf("BYTES", ["1", "2", "3"]))]], /bytes behind/],
    [
      "a text that is not UTF-8",
      [[inBinary("BYTES", Buffer.from([1, 0, 0, 0, 0xff, 0, 0, 0, 0]))]],
      /UTF-8/,
    ],
    ["FP16 in JSON", [[inJson("FP16")]], /binary only/],
    [
      "BF16, which no model here can take",
      [[{ ...inBinary("FP16"), tensor: { ...inBinary("FP16").tensor, datatype: "BF16" } }]],
      /is BF16, 'fp16' takes FP16/,
    ],
    ["a wish for FP16 in JSON", [all()], /binary only/],
    [
      "a size that is no number",
      [
        [
          {
            ...inBinary("FP32"),
            tensor: { ...input("FP32"), parameters: { binary_data_size: "8" } },
          },
        ],
      ],
      /binary_data_size/,
    ],
  ])("S-01 refuse %s with 400", async (_, asked, reason) => {
    const { status, json } = await ask(...asked);
    expect({ status, error: json.error }).toEqual({
      status: 400,
      error: expect.stringMatching(reason) as string,
    });
  });

  it("are told of in the server's metadata", async () => {
    const { body } = await server.get("/v2", { "x-api-key": apiKey });
    expect(body).toMatchObject({ extensions: ["binary_tensor_data"] });
  });
});
