import type { Tensor } from "onnxruntime-node";
import type { ModelContract } from "../../../../contracts/model-contract.ts";
import { InputError } from "../../model/errors.ts";
import type { ServedModel, Tensors } from "../../model/model.ts";
import { checkShape, jsonElements, tensorFromData } from "../../model/tensors.ts";
import { exactJson, parseBody, parseJson } from "../body.ts";
import { type Answer, BinaryAnswer, type Protocol, type Question } from "../protocol.ts";
import { bytesOf, tensorFromBytes } from "./binary.ts";
import { splitBody, type TensorBytes } from "./body-parts.ts";
import { InferBody, type InferInput } from "./schema.ts";

export interface InferQuestion extends Question {
  /** Given back as it came; where there was none, the answer has none. */
  id: string | undefined;
  /** Outputs that are wanted in binary. */
  binary: ReadonlySet<string>;
}

/** `POST /v2/models/<m>[/versions/<v>]/infer` (SPEC T-01). */
export const inferProtocol: Protocol = (asked, choose, { maxRows }) => {
  const model = choose(asked.model, asked.version);
  const { json, rest } = splitBody(asked);
  const body = exactJson(parseJson(json), model.contract);
  const question = inferQuestion(parseBody(InferBody, body), rest, model, maxRows);
  return { model, question, answer: (outputs) => inferAnswer(question, outputs, model) };
};

/** An infer request against the model's own tensors. */
export function inferQuestion(
  request: InferBody,
  rest: TensorBytes,
  model: ServedModel,
  maxRows: number,
): InferQuestion {
  const inputs = new Named() as Record<string, Tensor>;
  let rows: number | undefined;
  request.inputs.forEach((input, index) => {
    const field = `inputs[${index}]`;
    if (inputs[input.name] !== undefined) {
      throw new InputError(`${field}.name`, `'${input.name}' is given twice`);
    }
    const tensor = readInput(input, rest, model, field, maxRows);
    if (rows !== undefined && tensor.dims[0] !== rows) {
      const problem = `has ${tensor.dims[0]} rows, other inputs have ${rows}`;
      throw new InputError(`${field}.shape`, problem);
    }
    rows = tensor.dims[0];
    inputs[input.name] = tensor;
  });
  rest.end();
  const missing = model.contract.inputs.find(({ name }) => inputs[name] === undefined);
  if (missing !== undefined) throw new InputError("inputs", `'${missing.name}' is missing`);
  const { outputs, binary } = wantedOutputs(request, model);
  return { id: request.id, inputs, outputs, binary, rows: rows ?? 0 };
}

/**
 * Values by names that a client gave, none of which means anything else: an object without Object's own properties, of a
 * kind that the engine reads faster than one made by `Object.create(null)`.
 */
const Named = function () {} as unknown as new () => object;
Named.prototype = Object.create(null) as object;

type Wanted = Pick<InferQuestion, "outputs" | "binary">;

function readInput(
  { name, shape, datatype, data, parameters }: InferInput,
  rest: TensorBytes,
  model: ServedModel,
  field: string,
  maxRows: number,
): Tensor {
  const spec = model.input(name);
  if (spec === undefined) {
    throw new InputError(`${field}.name`, `the model has no input '${name.slice(0, 64)}'`);
  }
  if (datatype !== spec.dataType) {
    const problem = `is ${datatype.slice(0, 16)}, '${name}' takes ${spec.dataType}`;
    throw new InputError(`${field}.datatype`, problem);
  }
  const size = parameters?.binary_data_size;
  if (size === undefined) {
    if (datatype !== "FP16") return tensorFromData(spec, shape, data, field, maxRows);
    throw new InputError(`${field}.data`, "the protocol has FP16 in binary only");
  }
  if (data !== undefined) {
    throw new InputError(`${field}.data`, "is given beside binary_data_size; give one of the two");
  }
  checkShape(spec, shape, `${field}.shape`, maxRows);
  const place = `${field}.parameters.binary_data_size`;
  return tensorFromBytes(spec, shape, rest.take(size, place), place);
}

/** What is wanted where a request says nothing of it, by the model's contract. */
const usual = new WeakMap<ModelContract, Wanted>();

/** Names of the outputs that are wanted, and which of them in binary. */
function wantedOutputs(request: InferBody, model: ServedModel): Wanted {
  const { contract } = model;
  const isUsual =
    request.outputs === undefined && request.parameters?.binary_data_output === undefined;
  const known = isUsual ? usual.get(contract) : undefined;
  if (known !== undefined) return known;
  const named = namedOutputs(request, model);
  const wanted = {
    outputs: [...named.keys()],
    binary: new Set([...named].filter(([, isBinary]) => isBinary).map(([name]) => name)),
  };
  if (isUsual) usual.set(contract, wanted);
  return wanted;
}

function namedOutputs(request: InferBody, model: ServedModel): Map<string, boolean> {
  const isBinary = request.parameters?.binary_data_output === true;
  const wanted = new Map<string, boolean>();
  if (request.outputs === undefined || request.outputs.length === 0) {
    for (const { name } of model.contract.outputs) wanted.set(name, isBinary);
  }
  request.outputs?.forEach(({ name, parameters }, index) => {
    if (model.output(name) === undefined) {
      const problem = `the model has no output '${name.slice(0, 64)}'`;
      throw new InputError(`outputs[${index}].name`, problem);
    }
    wanted.set(name, parameters?.binary_data ?? isBinary);
  });
  for (const [name, inBinary] of wanted) {
    if (inBinary || model.output(name)?.dataType !== "FP16") continue;
    const problem = `the protocol has FP16 in binary only: ask for '${name}' with binary_data`;
    throw new InputError("outputs", problem);
  }
  return wanted;
}

function inferAnswer(question: InferQuestion, outputs: Tensors, model: ServedModel): Answer {
  const { lineage } = model;
  const tensors: Uint8Array[] = [];
  const described = question.outputs.map((name) => {
    const tensor = outputs[name];
    if (tensor === undefined) throw new Error(`the graph gave no '${name}'`);
    const about = { name, shape: tensor.dims, datatype: model.output(name)?.dataType };
    if (!question.binary.has(name)) return { ...about, data: jsonElements(tensor, name) };
    const bytes = bytesOf(tensor, name);
    tensors.push(bytes);
    return { ...about, parameters: { binary_data_size: bytes.length } };
  });
  const answer = {
    model_name: lineage.name,
    model_version: lineage.version,
    ...(question.id === undefined ? {} : { id: question.id }),
    parameters: { release: lineage.release, data_version: lineage.dataVersion },
    outputs: described,
  };
  return tensors.length === 0
    ? answer
    : new BinaryAnswer(Buffer.from(JSON.stringify(answer), "utf8"), tensors);
}
