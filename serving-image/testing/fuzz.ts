import fc from "fast-check";
import { echoContract } from "./echo-model.ts";
import type { HttpClient, RawAnswer } from "./http-client.ts";

/** A request that somebody might send. */
export interface Request {
  method: string;
  path: string;
  body: string | Uint8Array;
  headers: Readonly<Record<string, string>>;
}

const json = { "content-type": "application/json" };
/** What nobody should send; of more kinds now and then. */
const junk = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.constantFrom<unknown[]>(
      ...[null, true, 0, -1, 1.5, 1e40, 2 ** 53 + 2, "", "x", "\0", "1", "NaN"],
      ...[[], {}, [[]], [null], [[1]], { a: 1 }, [{}], ["1"], { constructor: 1 }],
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);
/** Mostly what is right, so that more than the first check is reached. */
const near = (value: unknown) => fc.oneof({ weight: 5, arbitrary: fc.constant(value) }, junk);
const row = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.double(), { minLength: 3, maxLength: 3 }) },
  fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, junk), { maxLength: 4 }),
);
const rows = fc.oneof({ weight: 6, arbitrary: fc.array(row, { maxLength: 3 }) }, junk);
const optional = <T extends Record<string, fc.Arbitrary<unknown>>>(fields: T) =>
  fc.record(fields, { requiredKeys: [] });
const numbers = fc.oneof(
  fc.constantFrom(0, -0, -1, 1e40, 2 ** 53 + 2, 2 ** 31, Number.MAX_VALUE, Number.MIN_VALUE),
  fc.double(),
);
const sized = ({ name, dataType, shape }: (typeof echoContract.inputs)[number]) => ({
  ...{ name, datatype: dataType, shape: shape.map((size) => Math.abs(size)) },
});
const features = { name: "features", datatype: "FP32", shape: [1, 3] };
const echoTensors = echoContract.inputs.map(sized);
const valid = ({ name, datatype, shape }: typeof features) => {
  const one = { BOOL: true, BYTES: "a" }[datatype] ?? 1;
  return { name, datatype, shape, data: Array.from({ length: shape[1] ?? 1 }, () => one) };
};
/** An input with some of its fields wrong. */
const nearTensor = (tensor: typeof features) => {
  const { name, datatype, shape, data } = valid(tensor);
  return optional({
    name: near(name),
    datatype: near(datatype),
    shape: fc.oneof(
      { weight: 3, arbitrary: near(shape) },
      fc.array(fc.integer({ min: -2, max: 2 ** 31 }), { maxLength: 4 }),
    ),
    data: fc.oneof({ weight: 3, arbitrary: near(data) }, row, fc.array(numbers, { maxLength: 4 })),
    parameters: near({}),
  });
};
/** A request with at most one of its inputs wrong, or with another list of them. */
const inferBody = (tensors: readonly (typeof features)[]) =>
  optional({
    id: near("id"),
    parameters: near({ binary_data_output: true }),
    inputs: fc.oneof(
      { weight: 3, arbitrary: fc.constant(tensors.map(valid)) },
      {
        weight: 3,
        arbitrary: fc
          .nat({ max: tensors.length - 1 })
          .chain((at) =>
            nearTensor(tensors[at]!).map((wrong) =>
              tensors.map((tensor, index) => (index === at ? wrong : valid(tensor))),
            ),
          ),
      },
      fc.array(nearTensor(features), { maxLength: 3 }),
      junk,
    ),
    outputs: near(undefined),
  });
const predictBody = optional({ features: rows, instances: rows, model: near("toy") });
const form = {
  dataframe_split: fc.oneof(
    optional({ columns: near(["a", "b", "c"]), data: rows, index: near([0]) }),
    junk,
  ),
  dataframe_records: fc.oneof(
    fc.array(optional({ a: numbers, b: numbers, c: near(1) }), { maxLength: 3 }),
    junk,
  ),
  instances: rows,
  inputs: fc.oneof(optional({ a: near([1]), b: near([1]), c: near([1]) }), rows),
};
const invocationsBody = fc.oneof(
  ...Object.entries(form).map(([name, value]) => fc.record({ [name]: value })),
  optional(form),
);
const feedbackBody = optional({
  request_id: near("a-request"),
  label: near("first"),
  labels: near(["first"]),
  model: near("toy"),
});

/** Text of a body: as it should be, cut short, with another prototype, or anything. */
const text = (body: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 4, arbitrary: body.map((value) => JSON.stringify(value)) },
    body.map((value) => JSON.stringify(value).slice(0, -1)),
    body.map((value) => JSON.stringify(value).replace(/"\w+":/, '"__proto__":')),
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.uint8Array({ maxLength: 64 }),
  );
const post = (path: string, body: fc.Arbitrary<unknown>): fc.Arbitrary<Request> =>
  text(body).map((sent) => ({ method: "POST", path, body: sent, headers: json }));

/** Requests of the binary extension whose sizes and lengths may be wrong. */
const binaryInfer: fc.Arbitrary<Request> = fc
  .record({
    size: fc.oneof({ weight: 3, arbitrary: near(12) }, fc.integer()),
    tail: fc.oneof(
      fc.constant(new Uint8Array(12)),
      fc.uint8Array({ minLength: 12, maxLength: 12 }),
      fc.uint8Array({ maxLength: 40 }),
    ),
    tensor: fc.constantFrom(features, features, ...echoTensors),
    shape: fc.oneof(fc.constant([1, 3]), fc.array(fc.nat({ max: 2 ** 31 }), { maxLength: 3 })),
    parameters: near({ binary_data_output: true }),
    cut: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      fc.integer({ min: -50, max: 50 }),
      fc.integer(),
    ),
    length: fc.option(fc.constantFrom("", "x", "-1", "1e3", "99999999999999999999"), { freq: 8 }),
  })
  .map(({ size, tail, tensor: { name, datatype, shape: own }, shape, parameters, cut, length }) => {
    const isToy = name === "features";
    const one = { name, datatype, shape: isToy ? shape : own };
    const inputs = [{ ...one, parameters: { binary_data_size: size } }];
    const head = Buffer.from(JSON.stringify({ inputs, parameters }));
    return {
      method: "POST",
      path: `/v2/models/${isToy ? "toy" : "echo"}/infer`,
      body: new Uint8Array(Buffer.concat([head, tail])),
      headers: { ...json, "inference-header-content-length": length ?? String(head.length + cut) },
    };
  });

const segment = fc.oneof(
  fc.constantFrom("toy", "echo", "versions", "1", "infer", "ready", "v1", "v2", "models", "health"),
  fc.constantFrom("..", "%2e%2e", "%00", "%E0%A4%A", "__proto__", "constructor", "toy:predict"),
  fc.string({ maxLength: 8 }).map(encodeURIComponent),
);
const anyPath: fc.Arbitrary<Request> = fc
  .record({
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"),
    path: fc.oneof(
      fc.constantFrom("/v2", "/v2/models/toy", "/v2/models/echo/versions/1/ready", "/metrics"),
      fc.array(segment, { maxLength: 6 }).map((parts) => `/${parts.join("/")}`),
    ),
    query: fc.option(
      fc.constantFrom("", "model=toy", "model=%ff", "x=0.5&y=0.5&t=0.1", "a[b]=1&a[__proto__]=2"),
      { nil: undefined },
    ),
    id: fc.string({ unit: fc.constantFrom("a", "-", ".", " ", "\t", "é"), maxLength: 200 }),
    encoding: fc.option(fc.constantFrom("gzip", "deflate", "br", "identity", "x"), { freq: 3 }),
  })
  .map(({ method, path, query, id, encoding }) => ({
    ...{ method, body: "{}", path: query === undefined ? path : `${path}?${query}` },
    headers: {
      ...{ ...json, "x-request-id": id, traceparent: id },
      ...(encoding === null ? {} : { "content-encoding": encoding }),
    },
  }));

const coordinate = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("0", "0.5", "1", "1e-3", "+.25") },
  fc.constantFrom("", "%20", "-0.1", "1.5", "1e400", "NaN", "Infinity", "0x1", "1,5", "%00", "%ff"),
  fc.double().map(String),
);
/** A point, mostly whole; a coordinate may be missing, there twice, or another one. */
const point: fc.Arbitrary<Request> = fc
  .record({
    values: fc.tuple(coordinate, coordinate, coordinate),
    names: fc.oneof(
      { weight: 4, arbitrary: fc.constant<string[]>(["x", "y", "t"]) },
      fc.array(fc.constantFrom<string[]>("x", "y", "t", "z", "__proto__", "model"), {
        maxLength: 4,
      }),
    ),
    model: fc.constantFrom("", "", "", "&model=plate", "&model=toy", "&model=", "&model=%ff"),
  })
  .map(({ values, names, model }) => {
    const query = names.map((name, index) => `${name}=${values[index] ?? "0"}`).join("&");
    return { method: "GET", path: `/predict-temperature?${query}${model}`, body: "", headers: {} };
  });

/** Requests by the route that they are meant for. */
export const requests: Readonly<Record<string, fc.Arbitrary<Request>>> = {
  "/predict": post("/predict", predictBody),
  "/v1/models/toy:predict": post("/v1/models/toy:predict", optional({ instances: rows })),
  "/v2/models/toy/infer": post("/v2/models/toy/infer", inferBody([features])),
  "/v2/models/{model}/versions/{version}/infer": post(
    "/v2/models/echo/versions/1/infer",
    inferBody(echoTensors),
  ),
  "/v2/models/{model}/infer with binary tensors": binaryInfer,
  "/invocations": post("/invocations?model=toy", invocationsBody),
  "/predict-temperature": point,
  "/feedback": post("/feedback", feedbackBody),
  "any path": anyPath,
};

/**
 * Sends requests, some at a time.
 * @param count how many
 * @returns how often each status was answered
 * @throws Error with the smallest request that was answered with 5xx, or with 4xx that does not say what is wrong
 */
export async function fuzz(
  client: HttpClient,
  arbitrary: fc.Arbitrary<Request>,
  count: number,
): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  // Requests that wait for each other leave both cores idle in turns.
  const together = 20;
  const batch = fc.array(arbitrary, { minLength: together, maxLength: together });
  const property = fc.asyncProperty(batch, async (batched) => {
    const answers = await Promise.all(
      batched.map(({ method, path, body, headers }) => client.send(method, path, body, headers)),
    );
    for (const answer of answers) {
      judge(answer);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }
  });
  await fc.assert(property, { numRuns: Math.ceil(count / together) });
  return statuses;
}

function judge({ status, body }: RawAnswer): void {
  if (status < 400) return;
  const text = body.toString();
  if (status >= 500) throw new Error(`${status}: ${text}`);
  const { error } = JSON.parse(text) as { error?: unknown };
  if (typeof error !== "string" || error === "") throw new Error(`${status}: ${text}`);
}
