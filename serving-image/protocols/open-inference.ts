import type * as ort from "onnxruntime-node";
import type { TensorSpec } from "../../contracts/model-contract.ts";
import { badRequest, RequestError } from "../errors.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { ModelSet } from "../models/model-set.ts";
import { makeTensor, tensorValues } from "../models/tensors.ts";
import { asObject, type Answer } from "./predict.ts";

/** Open Inference Protocol V2 over REST with JSON tensors; the binary extension is not advertised. */
export const serverMetadata = { name: "isotherm", version: "2", extensions: [] };

/** `GET /v2/models/<m>`. */
export function modelMetadata(model: LoadedModel): unknown {
  const tensor = ({ name, dataType, shape }: TensorSpec) => ({ name, datatype: dataType, shape });
  return {
    name: model.lineage.name,
    versions: [model.lineage.version],
    platform: "onnxruntime_onnx",
    inputs: model.contract.inputs.map(tensor),
    outputs: model.contract.outputs.map(tensor),
    parameters: { release: model.lineage.release, data_version: model.lineage.dataVersion },
  };
}

/**
 * Finds a model by name, and by version where the route has one.
 * @throws RequestError 404 for a version that is not served
 */
export function findVersion(
  models: ModelSet,
  name: string,
  version: string | undefined,
): LoadedModel {
  const model = models.find(name);
  if (version === undefined || version === model.lineage.version) return model;
  throw new RequestError(
    404,
    "not_found",
    `model ${name} is served as version ${model.lineage.version}, not ${version}`,
  );
}

/** `POST /v2/models/<m>/infer`. */
export async function infer(model: LoadedModel, body: unknown, rowLimit: number): Promise<Answer> {
  const request = asObject(body);
  const inputs = readInputs(model, request, rowLimit);
  const wanted = readOutputs(model, request);
  const results = await model.run(inputs);
  const id = request["id"];
  if (id !== undefined && typeof id !== "string") throw badRequest("id: must be a text");
  const outputs = wanted.map((spec) => {
    const tensor = results[spec.name] as ort.Tensor;
    return {
      name: spec.name,
      datatype: spec.dataType,
      shape: tensor.dims,
      data: tensorValues(tensor),
    };
  });
  const { name, version, release, dataVersion } = model.lineage;
  const parameters = { release, data_version: dataVersion };
  const rows = Object.values(inputs)[0]?.dims[0] ?? 0;
  return {
    model,
    rows,
    body: {
      model_name: name,
      model_version: version,
      ...(id === undefined ? {} : { id }),
      parameters,
      outputs,
    },
  };
}

function readInputs(
  model: LoadedModel,
  request: Record<string, unknown>,
  rowLimit: number,
): Record<string, ort.Tensor> {
  const list = request["inputs"];
  if (!Array.isArray(list)) throw badRequest("inputs: must be a list of tensors");
  const specs = new Map(model.contract.inputs.map((spec) => [spec.name, spec]));
  const tensors = new Map<string, ort.Tensor>();
  list.forEach((item: unknown, index) => {
    const where = `inputs[${index}]`;
    const tensor = asTensor(item, where);
    const spec = specs.get(tensor.name);
    if (spec === undefined) {
      throw badRequest(
        `${where}.name: the model has no input ${JSON.stringify(tensor.name)}; it has ${[...specs.keys()].join(", ")}`,
      );
    }
    if (tensors.has(spec.name)) throw badRequest(`${where}.name: ${spec.name} is given twice`);
    if (tensor.datatype !== spec.dataType) {
      throw badRequest(
        `${where}.datatype: is ${JSON.stringify(tensor.datatype)}, the model takes ${spec.dataType}`,
      );
    }
    const shape = checkShape(tensor.shape, spec, `${where}.shape`, rowLimit);
    const data = flatData(tensor.data, `${where}.data`);
    const count = shape.reduce((product, size) => product * size, 1);
    if (data.length !== count)
      throw badRequest(`${where}.data: has ${data.length} values, the shape asks for ${count}`);
    tensors.set(spec.name, makeTensor(spec, data, shape, `${where}.data`));
  });
  const missing = [...specs.keys()].filter((name) => !tensors.has(name));
  if (missing.length > 0) throw badRequest(`inputs: ${missing.join(", ")} is missing`);
  return Object.fromEntries(tensors);
}

function readOutputs(model: LoadedModel, request: Record<string, unknown>): readonly TensorSpec[] {
  const list = request["outputs"];
  if (list === undefined) return model.contract.outputs;
  if (!Array.isArray(list)) throw badRequest("outputs: must be a list");
  return list.map((item: unknown, index) => {
    const name =
      typeof item === "object" && item !== null ? (item as { name?: unknown }).name : undefined;
    const spec = model.contract.outputs.find((output) => output.name === name);
    if (spec !== undefined) return spec;
    const known = model.contract.outputs.map((output) => output.name).join(", ");
    throw badRequest(
      `outputs[${index}].name: the model has no output ${JSON.stringify(name)}; it has ${known}`,
    );
  });
}

interface RequestTensor {
  name: string;
  datatype: unknown;
  shape: unknown;
  data: unknown;
}

function asTensor(item: unknown, where: string): RequestTensor {
  if (typeof item !== "object" || item === null)
    throw badRequest(`${where}: must be a tensor object`);
  const { name, datatype, shape, data } = item as Partial<RequestTensor>;
  if (typeof name !== "string") throw badRequest(`${where}.name: must be a text`);
  return { name, datatype, shape, data };
}

function checkShape(shape: unknown, spec: TensorSpec, where: string, rowLimit: number): number[] {
  const wanted = `[${spec.shape.join(", ")}]`;
  if (!Array.isArray(shape) || shape.length !== spec.shape.length) {
    throw badRequest(`${where}: must have ${spec.shape.length} dimensions, as in ${wanted}`);
  }
  shape.forEach((size: unknown, index) => {
    const expected = spec.shape[index];
    if (typeof size !== "number" || !Number.isInteger(size) || size < 1) {
      throw badRequest(`${where}[${index}]: must be a positive whole number`);
    }
    if (expected !== -1 && size !== expected)
      throw badRequest(`${where}[${index}]: is ${size}, the model takes ${wanted}`);
  });
  const sizes = shape as number[];
  if ((sizes[0] ?? 0) > rowLimit) throw badRequest(`${where}[0]: at most ${rowLimit} rows at once`);
  return sizes;
}

/** The protocol allows data flat or nested, in row-major order. */
function flatData(data: unknown, where: string): unknown[] {
  if (!Array.isArray(data)) throw badRequest(`${where}: must be a list`);
  return data.some(Array.isArray) ? data.flat(8) : data;
}
