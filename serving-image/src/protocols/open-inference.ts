import { z } from "zod";
import type { TensorSpec } from "../../../contracts/model-contract.ts";
import { InputError } from "../model/errors.ts";
import type { ServedModel, Tensors } from "../model/model.ts";
import { jsonElements, tensorFromData } from "../model/tensors.ts";
import { parseBody } from "./body.ts";
import type { Answer, Question } from "./protocol.ts";

/** Name and version of the server, as `GET /v2` tells them. */
export const serverMetadata = { name: "isotherm", version: "0.1.0", extensions: [] as string[] };

const Parameters = z.record(z.string(), z.unknown()).optional();

const InferBody = z.object({
  id: z.string().optional(),
  parameters: Parameters,
  inputs: z
    .array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().nonnegative()).max(16),
        datatype: z.string(),
        parameters: Parameters,
        data: z.unknown(),
      }),
    )
    .min(1),
  outputs: z.array(z.object({ name: z.string(), parameters: Parameters })).optional(),
});

export interface InferQuestion extends Question {
  /** Given back as it came; where there was none, the answer has none. */
  id: string | undefined;
}

/** A V2 infer request against the model's own tensors. Binary tensors are not taken. */
export function inferQuestion(body: unknown, model: ServedModel, maxRows: number): InferQuestion {
  const request = parseBody(InferBody, body);
  const inputs: [string, ReturnType<typeof tensorFromData>][] = [];
  let rows: number | undefined;
  request.inputs.forEach(({ name, shape, datatype, data }, index) => {
    const field = `inputs[${index}]`;
    const spec = model.input(name);
    if (spec === undefined) {
      throw new InputError(`${field}.name`, `the model has no input '${name.slice(0, 64)}'`);
    }
    if (inputs.some(([known]) => known === name)) {
      throw new InputError(`${field}.name`, `'${name}' is given twice`);
    }
    if (datatype !== spec.dataType) {
      throw new InputError(
        `${field}.datatype`,
        `is ${datatype.slice(0, 16)}, '${name}' takes ${spec.dataType}`,
      );
    }
    if (rows !== undefined && shape[0] !== rows) {
      throw new InputError(`${field}.shape`, `has ${shape[0]} rows, other inputs have ${rows}`);
    }
    inputs.push([name, tensorFromData(spec, shape, data, field, maxRows)]);
    rows = shape[0];
  });
  const missing = model.contract.inputs.find(({ name }) => !inputs.some(([key]) => key === name));
  if (missing !== undefined) throw new InputError("inputs", `'${missing.name}' is missing`);
  return {
    id: request.id,
    inputs: Object.fromEntries(inputs),
    outputs: outputNames(request.outputs, model),
    rows: rows ?? 0,
  };
}

/** A V2 infer answer, in JSON. */
export function inferAnswer(question: InferQuestion, outputs: Tensors, model: ServedModel): Answer {
  const { lineage } = model;
  return {
    model_name: lineage.name,
    model_version: lineage.version,
    ...(question.id === undefined ? {} : { id: question.id }),
    parameters: { release: lineage.release, data_version: lineage.dataVersion },
    outputs: question.outputs.map((name) => {
      const tensor = outputs[name];
      if (tensor === undefined) throw new Error(`the graph gave no '${name}'`);
      const datatype = model.output(name)?.dataType;
      return { name, shape: tensor.dims, datatype, data: jsonElements(tensor, name) };
    }),
  };
}

/** `GET /v2/models/<m>`: the tensors as the contract names them. */
export function modelMetadata({ contract, lineage }: ServedModel): Answer {
  const tensor = ({ name, dataType, shape }: TensorSpec) => ({ name, datatype: dataType, shape });
  return {
    name: lineage.name,
    versions: [lineage.version],
    platform: "onnxruntime_onnx",
    inputs: contract.inputs.map(tensor),
    outputs: contract.outputs.map(tensor),
    parameters: { release: lineage.release, data_version: lineage.dataVersion },
  };
}

function outputNames(
  wanted: readonly { name: string }[] | undefined,
  model: ServedModel,
): readonly string[] {
  if (wanted === undefined || wanted.length === 0) {
    return model.contract.outputs.map((tensor) => tensor.name);
  }
  wanted.forEach(({ name }, index) => {
    if (model.output(name) === undefined) {
      const problem = `the model has no output '${name.slice(0, 64)}'`;
      throw new InputError(`outputs[${index}].name`, problem);
    }
  });
  return [...new Set(wanted.map(({ name }) => name))];
}
