import { create, toBinary } from "@bufbuild/protobuf";
import { type ServiceError, status } from "@grpc/grpc-js";
import fc from "fast-check";
import { schemaOf } from "../src/grpc/descriptor.ts";
import { echoContract } from "./echo-model.ts";
import type { GrpcClient, GrpcMethod } from "./grpc-client.ts";
import { apiKey } from "./server-process.ts";

/** A call that somebody might make. */
export interface GrpcRequest {
  method: GrpcMethod;
  bytes: Uint8Array;
}

const schema = schemaOf("ModelInferRequest");
const features = {
  ...{ name: "features", datatype: "FP32", shape: [1n, 3n] },
  contents: { fp32Contents: [1, 2, 9] },
};
const toy = { modelName: "toy", inputs: [features] };

const few = <T>(element: fc.Arbitrary<T>, most = 4) => fc.array(element, { maxLength: most });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const uint32 = fc.nat({ max: 2 ** 32 - 1 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const bytes = fc.uint8Array({ maxLength: 16 });
const texts = fc.oneof(
  fc.constantFrom("", "toy", "echo", "1", "features", "label", "__proto__", "constructor"),
  fc.string({ maxLength: 8 }),
);
const types = fc.constantFrom(
  ...["FP32", "FP64", "FP16", "BF16", "INT8", "INT64", "UINT64", "BYTES", "BOOL", "", "fp32"],
);
const parameter = fc.oneof(
  fc.record({ case: fc.constant("boolParam"), value: fc.boolean() }),
  fc.record({ case: fc.constantFrom("int64Param"), value: int64 }),
  fc.record({ case: fc.constant("uint64Param"), value: uint64 }),
  fc.record({ case: fc.constant("stringParam"), value: texts }),
  fc.record({ case: fc.constant("doubleParam"), value: fc.double() }),
  fc.constant({ case: undefined }),
);
const parameters = fc.dictionary(
  texts,
  parameter.map((parameterChoice) => ({ parameterChoice })),
  { maxKeys: 2 },
);
const contents = fc.record(
  {
    boolContents: few(fc.boolean()),
    intContents: few(int32),
    int64Contents: few(int64),
    uintContents: few(uint32),
    uint64Contents: few(uint64),
    fp32Contents: few(fc.float()),
    fp64Contents: few(fc.double()),
    bytesContents: few(bytes),
  },
  { requiredKeys: [] },
);
const shape = fc.oneof(
  fc.constant([1n, 3n]),
  few(fc.oneof(fc.constantFrom(-1n, 0n, 1n, 3n, 2n ** 31n, 2n ** 62n), int64)),
);
/** The toy's input with some of its fields wrong. */
const tensor = fc
  .record(
    {
      name: texts,
      datatype: types,
      shape,
      parameters,
      contents: fc.oneof(contents, fc.constant(undefined)),
    },
    { requiredKeys: [] },
  )
  .map((wrong) => ({ ...features, ...wrong }));
const raw = few(fc.oneof({ weight: 3, arbitrary: fc.constant(new Uint8Array(12)) }, bytes), 2);
const message = fc
  .record(
    {
      modelName: texts,
      modelVersion: texts,
      id: texts,
      parameters,
      inputs: few(tensor, 2),
      outputs: few(fc.record({ name: texts, parameters }), 2),
      rawInputContents: raw,
    },
    { requiredKeys: [] },
  )
  .map((wrong) => ({ ...toy, ...wrong }));
/** Of every type, its bytes cut or lengthened; few are as they should be. */
const echoed = fc
  .array(fc.uint8Array({ maxLength: 12 }), { minLength: 9, maxLength: 9 })
  .map((rawInputContents) => ({
    modelName: "echo",
    inputs: echoContract.inputs.map(({ name, dataType, shape: sizes }) => ({
      ...{ name, datatype: dataType, shape: sizes.map((size) => BigInt(Math.abs(size))) },
    })),
    rawInputContents,
  }));
const encoded = (value: object) => toBinary(schema, create(schema, value as never) as never);
const right = encoded(toy);

/** Messages with one byte changed, cut short, or followed by something. */
const damaged = fc
  .record({ at: fc.nat({ max: right.length - 1 }), value: fc.nat({ max: 255 }), tail: bytes })
  .chain(({ at, value, tail }) =>
    fc.constantFrom(
      Buffer.from(right.with(at, value)),
      Buffer.from(right.subarray(0, at)),
      Buffer.concat([right, tail]),
    ),
  );

/** Calls by what is wrong with them. */
export const grpcRequests: Readonly<Record<string, fc.Arbitrary<GrpcRequest>>> = {
  "odd messages": fc
    .oneof({ weight: 3, arbitrary: message }, echoed, fc.constant(toy))
    .map((value) => ({ method: "ModelInfer", bytes: encoded(value) })),
  "damaged messages": damaged.map((value) => ({ method: "ModelInfer", bytes: value })),
  "bytes that are no message": fc.record({
    method: fc.constantFrom<GrpcMethod[]>("ModelInfer", "ModelMetadata", "ModelReady"),
    bytes: fc.uint8Array({ maxLength: 64 }),
  }),
};

/** Codes that say that the caller is at fault. */
const callersFault = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.RESOURCE_EXHAUSTED,
  status.OUT_OF_RANGE,
]);

/**
 * Makes calls, some at a time.
 * @param count how many
 * @returns how often each code came
 * @throws Error with the smallest call that fails by the server's fault, or without saying what is wrong
 */
export async function fuzzGrpc(
  client: GrpcClient,
  arbitrary: fc.Arbitrary<GrpcRequest>,
  count: number,
): Promise<Map<status, number>> {
  const codes = new Map<status, number>();
  const together = 20;
  const batch = fc.array(arbitrary, { minLength: together, maxLength: together });
  const property = fc.asyncProperty(batch, async (batched) => {
    const seen = await Promise.all(
      batched.map(({ method, bytes: sent }) => codeOf(client, method, sent)),
    );
    for (const code of seen) codes.set(code, (codes.get(code) ?? 0) + 1);
  });
  await fc.assert(property, { numRuns: Math.ceil(count / together) });
  return codes;
}

async function codeOf(client: GrpcClient, method: GrpcMethod, sent: Uint8Array): Promise<status> {
  try {
    await client.send(method, sent, { "x-api-key": apiKey });
    return status.OK;
  } catch (error) {
    const { code, details } = error as ServiceError;
    if (!callersFault.has(code) || details === "") {
      throw new Error(`${code}: ${details}`, { cause: error });
    }
    return code;
  }
}
