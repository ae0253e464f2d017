import { type Clause, demand, Skipped } from "../clause.ts";
import { type InferRequest, jsonInput, type Target } from "../target.ts";
import { count, type Element, type Tensor, toJson } from "../tensors.ts";
import { anyFault, clientFault } from "./client-fault.ts";
import { demandSameOutputs } from "./inference.ts";

/** A wrong body. @throws Skipped where the model gives no occasion for the fault */
type Wrong = (target: Target) => Promise<InferRequest | string>;

const fault = (id: string, title: string, wrong: Wrong): Clause => ({
  id: `inference-error/${id}`,
  level: "expected",
  title: `${title} is refused with 4xx and an error`,
  async check(target) {
    clientFault(await target.send(await wrong(target)), title);
  },
});

/** A request whose first input has other fields. */
const firstInput =
  (changes: (input: Tensor) => Record<string, unknown>): Wrong =>
  async (target) => {
    const [first, ...others] = await target.inputs();
    return { inputs: [{ ...jsonInput(first), ...changes(first) }, ...others.map(jsonInput)] };
  };

const kinds = {
  numbers: /^(U?INT|FP)/,
  "floating numbers": /^FP/,
  FP32: /^FP32$/,
  integers: /^U?INT/,
  "unsigned integers": /^UINT/,
  BOOL: /^BOOL$/,
  BYTES: /^BYTES$/,
};

/** A request in which the first element of an input of one kind is something else, as JSON text. */
const element =
  (kind: keyof typeof kinds, literal: string): Wrong =>
  async (target) => {
    const inputs = await target.inputs();
    const chosen = inputs.find(({ datatype }) => kinds[kind].test(datatype));
    if (chosen === undefined) throw new Skipped(`the model takes no ${kind}`);
    const place = "a place for the literal";
    const elements: Element[] = [place, ...chosen.elements.slice(1)];
    const changed = inputs.map((input) => (input === chosen ? { ...chosen, elements } : input));
    return toJson(await target.request({}, changed)).replace(JSON.stringify(place), literal);
  };

const withChanges =
  (changes: InferRequest): Wrong =>
  (target) =>
    target.request(changes);

/** Inference Response JSON Error Object; the faults are those that servers in use were seen to answer wrongly. */
export const errors: readonly Clause[] = [
  {
    id: "inference-error/object",
    level: "required",
    title: "a failed inference is an HTTP error status with the error object",
    async check(target) {
      anyFault(await target.send("{"), "a body that is not JSON");
      const route = target.path("/infer", undefined, "no-such-model");
      anyFault(await target.send(await target.request(), route), "a model nobody has");
    },
  },
  fault("not-json", "a body that is not JSON", async () => "{"),
  fault("empty", "an empty body", async () => ""),
  fault("not-object", "a body that is a list", async () => "[]"),
  fault("no-inputs", "a request without inputs", async () => "{}"),
  fault("empty-inputs", "a request with an empty list of inputs", async () => ({ inputs: [] })),
  fault("missing-input", "a request that leaves out an input", async (target) => {
    const [, ...others] = await target.inputs();
    if (others.length === 0) throw new Skipped("the model takes one input");
    return target.request({}, others);
  }),
  fault(
    "unknown-input",
    "an input that the model does not have",
    firstInput(() => ({ name: "no-such-input" })),
  ),
  fault("input-twice", "an input that is given twice", async (target) => {
    const inputs = await target.inputs();
    return target.request({}, [...inputs, inputs[0]]);
  }),
  fault(
    "no-name",
    "an input without a name",
    firstInput(() => ({ name: undefined })),
  ),
  fault(
    "no-shape",
    "an input without a shape",
    firstInput(() => ({ shape: undefined })),
  ),
  fault(
    "no-data",
    "an input without data",
    firstInput(() => ({ data: undefined })),
  ),
  fault(
    "no-datatype",
    "an input without a data type",
    firstInput(() => ({ datatype: undefined })),
  ),
  fault(
    "data-short",
    "data shorter than its shape",
    firstInput(({ elements }) => ({ data: elements.slice(1) })),
  ),
  fault(
    "data-long",
    "data longer than its shape",
    firstInput(({ elements }) => ({ data: [...elements, elements[0]] })),
  ),
  fault(
    "rank",
    "a shape of another rank",
    firstInput(({ shape }) => ({ shape: [...shape, 1] })),
  ),
  fault("dimension", "a dimension other than the metadata's", async (target) => {
    const specs = (await target.metadata()).inputs;
    const at = specs.findIndex(({ shape }) => shape.slice(1).some((size) => size > 0));
    if (at < 0) throw new Skipped("no input has a fixed dimension after the first");
    const inputs = await target.inputs();
    const axis = specs[at]!.shape.findIndex((size, index) => index > 0 && size > 0);
    const shape = inputs[at]!.shape.map((size, index) => (index === axis ? size + 1 : size));
    const [sample] = inputs[at]!.elements;
    const elements = Array.from({ length: count(shape) }, () => sample!);
    const wrong = { ...inputs[at]!, shape, elements };
    return target.request({}, inputs.with(at, wrong));
  }),
  fault(
    "negative-dimension",
    "a negative dimension",
    firstInput(({ shape }) => ({ shape: [-1, ...shape.slice(1)] })),
  ),
  fault(
    "huge-dimension",
    "a shape far larger than its data",
    firstInput(({ shape }) => ({ shape: [2 ** 40, ...shape.slice(1)] })),
  ),
  fault(
    "fractional-dimension",
    "a dimension that is not whole",
    firstInput(({ shape }) => ({ shape: [0.5, ...shape.slice(1)] })),
  ),
  fault(
    "datatype",
    "a data type other than the metadata's",
    firstInput(({ datatype }) => ({ datatype: datatype === "INT64" ? "FP32" : "INT64" })),
  ),
  fault(
    "unknown-datatype",
    "a data type that nobody has",
    firstInput(() => ({ datatype: "NUMBER" })),
  ),
  fault("text-for-number", "a text for a number", element("numbers", '"1"')),
  fault("null-for-number", "null for a number", element("numbers", "null")),
  fault("list-for-number", "an object for a number", element("numbers", '{"a":1}')),
  fault("nan", "the literal NaN", element("floating numbers", "NaN")),
  fault("fp32-overflow", "1e40 for an FP32", element("FP32", "1e40")),
  fault("fraction", "a fraction for an integer", element("integers", "1.5")),
  fault("integer-overflow", "1e30 for an integer", element("integers", "1e30")),
  fault(
    "negative-unsigned",
    "a negative number for an unsigned integer",
    element("unsigned integers", "-1"),
  ),
  fault("number-for-bool", "7 for a BOOL", element("BOOL", "7")),
  fault("number-for-bytes", "a number for BYTES", element("BYTES", "1")),
  fault(
    "unknown-output",
    "an output that the model does not have",
    withChanges({ outputs: [{ name: "no-such-output" }] }),
  ),
  fault("id", "an id that is not a text", withChanges({ id: { a: 1 } })),
  fault("parameters", "parameters that are not an object", withChanges({ parameters: 5 })),
  {
    id: "inference-error/unknown-model",
    level: "expected",
    title: "a model that the server does not have is refused with 4xx and an error",
    async check(target) {
      const route = target.path("/infer", undefined, "no-such-model");
      clientFault(await target.send(await target.request(), route), "a model nobody has");
    },
  },
  {
    id: "inference-error/unknown-version",
    level: "expected",
    title: "a version that the model does not have is refused with 4xx and an error",
    async check(target) {
      await target.versions();
      const route = target.path("/infer", "no-such-version");
      clientFault(await target.send(await target.request(), route), "a version nobody has");
    },
  },
  {
    id: "inference-error/method",
    level: "expected",
    title: "GET of the inference route is refused with 4xx",
    async check(target) {
      const { status } = await target.client.get(target.path("/infer"));
      demand(status >= 400 && status < 500, `GET is answered with ${status}`);
    },
  },
  {
    id: "inference-error/after",
    level: "required",
    title: "a fault changes nothing for the next request",
    async check(target) {
      const before = await target.infer();
      await target.send(await firstInput(() => ({ data: [] }))(target));
      demandSameOutputs(before, await target.infer(), "after a fault");
    },
  },
];
