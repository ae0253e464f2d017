import { headerLength, inferAnswer, type InferAnswer } from "../answer.ts";
import { type Clause, demand, Skipped } from "../clause.ts";
import { demand200, type Exchange } from "../http.ts";
import { type InferRequest, jsonInput, type Target } from "../target.ts";
import { concatenate, encode, type Tensor, toJson } from "../tensors.ts";
import { demandSameOutputs } from "./inference.ts";

export const extension = "binary_tensor_data";

/** A request in the extension's form: JSON, then the bytes of its binary inputs. */
export interface BinaryRequest {
  json: Uint8Array;
  tail: Uint8Array;
}

/** @throws Skipped where the server does not advertise the extension */
export async function needsExtension(target: Target): Promise<void> {
  const { extensions } = await target.server();
  if (!extensions.includes(extension)) throw new Skipped(`the server names no ${extension}`);
}

/**
 * Makes a request with binary inputs.
 * @param inText names of inputs that go as JSON
 */
export function binaryRequest(
  inputs: readonly Tensor[],
  changes: InferRequest = {},
  inText: readonly string[] = [],
): BinaryRequest {
  const binary = inputs.filter(({ name }) => !inText.includes(name));
  const parts = new Map(binary.map((input) => [input.name, encode(input)]));
  const written = inputs.map((input) => {
    const part = parts.get(input.name);
    if (part === undefined) return jsonInput(input);
    const { name, shape, datatype } = input;
    return { name, shape, datatype, parameters: { binary_data_size: part.length } };
  });
  const json = new TextEncoder().encode(toJson({ inputs: written, ...changes }));
  return { json, tail: concatenate([...parts.values()]) };
}

/** Sends it. @param length what the header says in place of the truth */
export function sendBinary(
  target: Target,
  { json, tail }: BinaryRequest,
  length = String(json.length),
): Promise<Exchange> {
  return target.client.post(target.path("/infer"), concatenate([json, tail]), {
    "content-type": "application/octet-stream",
    [headerLength]: length,
  });
}

async function answered(target: Target, request: BinaryRequest): Promise<InferAnswer> {
  const exchange = await sendBinary(target, request);
  demand200(exchange);
  return inferAnswer(exchange);
}

const clause = (
  id: string,
  level: Clause["level"],
  title: string,
  check: Clause["check"],
): Clause => ({
  id: `binary-tensor-data/${id}`,
  level,
  title,
  async check(target) {
    await needsExtension(target);
    await check(target);
  },
});

const allBinary = { parameters: { binary_data_output: true } };
const demandBinary = ({ binary }: InferAnswer, wanted: readonly string[]): void =>
  demand(
    toJson([...binary].sort()) === toJson([...wanted].sort()),
    `outputs as bytes: ${toJson(binary)}, wanted ${toJson(wanted)}`,
  );

/** The binary tensor data extension, where the server names it among its extensions. */
export const binary: readonly Clause[] = [
  clause("input", "required", "inputs as bytes mean what they mean in JSON", async (target) => {
    const answer = await answered(target, binaryRequest(await target.inputs()));
    demandBinary(answer, []);
    demandSameOutputs(await target.infer(), answer, "inputs as bytes");
  }),
  clause("input-batch", "required", "two rows as bytes are in row-major order", async (target) => {
    const inputs = await target.inputs({ rows: 2 });
    const answer = await answered(target, binaryRequest(inputs));
    demandSameOutputs(await target.infer({}, inputs), answer, "two rows as bytes");
  }),
  clause("input-mixed", "required", "one input as JSON, the others as bytes", async (target) => {
    const inputs = await target.inputs();
    if (inputs.length < 2) throw new Skipped("the model takes one input");
    for (const { name } of inputs) {
      const answer = await answered(target, binaryRequest(inputs, {}, [name]));
      demandSameOutputs(await target.infer(), answer, `'${name}' as JSON, others as bytes`);
    }
  }),
  clause("input-order", "required", "bytes are in the order of the inputs", async (target) => {
    const inputs = await target.inputs();
    if (inputs.length < 2) throw new Skipped("the model takes one input");
    const answer = await answered(target, binaryRequest([...inputs].reverse()));
    demandSameOutputs(await target.infer(), answer, "inputs as bytes in another order");
  }),
  clause("input-none", "required", "the header may count a body all of JSON", async (target) => {
    const inputs = await target.inputs();
    const names = inputs.map(({ name }) => name);
    const answer = await answered(target, binaryRequest(inputs, {}, names));
    demandSameOutputs(await target.infer(), answer, "a body all of JSON");
  }),
  clause("output", "required", "all outputs come as bytes where asked to", async (target) => {
    const names = (await target.metadata()).outputs.map(({ name }) => name);
    const answer = await target.infer(allBinary);
    demandBinary(answer, names);
    demandSameOutputs(await target.infer(), answer, "outputs as bytes");
  }),
  clause("output-one", "required", "one output comes as bytes, others as JSON", async (target) => {
    const names = (await target.metadata()).outputs.map(({ name }) => name);
    for (const chosen of names) {
      const outputs = names.map((name) =>
        name === chosen ? { name, parameters: { binary_data: true } } : { name },
      );
      const answer = await target.infer({ outputs });
      demandBinary(answer, [chosen]);
      demandSameOutputs(await target.infer(), answer, `'${chosen}' as bytes`);
    }
  }),
  clause("output-override", "required", "binary_data of an output goes first", async (target) => {
    const names = (await target.metadata()).outputs.map(({ name }) => name);
    const [plain, ...others] = names;
    const outputs = names.map((name) =>
      name === plain ? { name, parameters: { binary_data: false } } : { name },
    );
    const answer = await target.infer({ ...allBinary, outputs });
    demandBinary(answer, others);
    demandSameOutputs(await target.infer(), answer, `'${plain}' as JSON`);
  }),
  clause("both", "required", "inputs and outputs both as bytes", async (target) => {
    const answer = await answered(target, binaryRequest(await target.inputs(), allBinary));
    demandSameOutputs(await target.infer(), answer, "inputs and outputs as bytes");
  }),
  clause("media-type", "expected", "an answer with bytes is an octet stream", async (target) => {
    const type = (await target.infer(allBinary)).exchange.headers.get("content-type");
    demand(type?.startsWith("application/octet-stream") === true, `it is ${toJson(type)}`);
  }),
];
