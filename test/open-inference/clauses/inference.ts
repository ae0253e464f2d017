import { inferAnswer, type InferAnswer } from "../answer.ts";
import { type Clause, demand, Skipped } from "../clause.ts";
import { demand200 } from "../http.ts";
import { type Target, jsonInput } from "../target.ts";
import { isSame, nested, toJson } from "../tensors.ts";

/** @throws Failed unless both answers hold the same outputs */
export function demandSameOutputs(one: InferAnswer, other: InferAnswer, where: string): void {
  for (const output of one.outputs) {
    const twin = other.outputs.find(({ name }) => name === output.name);
    demand(twin !== undefined, `${where}: there is no output '${output.name}'`);
    demand(isSame(output, twin), `${where}: output '${output.name}' differs`);
  }
  const lengths = `${other.outputs.length} outputs, not ${one.outputs.length}`;
  demand(one.outputs.length === other.outputs.length, `${where}: ${lengths}`);
}

async function inVersion(target: Target, version: string): Promise<InferAnswer> {
  const exchange = await target.send(await target.request(), target.path("/infer", version));
  demand200(exchange);
  return inferAnswer(exchange);
}

/** Inference Request, Request Input, Request Output, Inference Response, Response Output. */
export const inference: readonly Clause[] = [
  {
    id: "inference-request/inputs",
    level: "required",
    title: "inputs by the model's metadata are answered with 200 and the response object",
    check: async (target) => void (await target.infer()),
  },
  {
    id: "inference-request/id",
    level: "required",
    title: "an id comes back as it was sent",
    async check(target) {
      const id = 'An id, with blanks, Ω and "quotes"';
      const answer = await target.infer({ id });
      demand(answer.id === id, `id is ${toJson(answer.id)}`);
    },
  },
  {
    id: "inference-request/parameters",
    level: "required",
    title: "empty parameters of the request, its inputs and outputs are taken",
    async check(target) {
      const inputs = (await target.inputs()).map(jsonInput);
      const [output] = (await target.metadata()).outputs;
      await target.infer({
        parameters: {},
        inputs: inputs.map((input) => ({ ...input, parameters: {} })),
        outputs: [{ name: output?.name, parameters: {} }],
      });
    },
  },
  {
    id: "inference-request/outputs",
    level: "required",
    title: "without a choice of outputs, all that the metadata names come",
    async check(target) {
      const names = (await target.infer()).outputs.map(({ name }) => name);
      const missing = (await target.metadata()).outputs.find(({ name }) => !names.includes(name));
      demand(missing === undefined, `output '${missing?.name}' does not come`);
    },
  },
  {
    id: "inference-request/version",
    level: "required",
    title: "every version in the metadata answers on its own route and says that it did",
    async check(target) {
      for (const version of await target.versions()) {
        const { model_version: seen } = await inVersion(target, version);
        demand(seen === version, `version ${version}: model_version is ${toJson(seen)}`);
      }
    },
  },
  {
    id: "request-input/nested",
    level: "required",
    title: "data in its natural form means what flat data means",
    async check(target) {
      const inputs = await target.inputs();
      if (inputs.every(({ shape }) => shape.length < 2)) {
        throw new Skipped("no input has two dimensions");
      }
      const natural = inputs.map((input) => ({
        ...jsonInput(input),
        data: nested(input.elements, input.shape),
      }));
      demandSameOutputs(await target.infer(), await target.infer({ inputs: natural }), "nested");
    },
  },
  {
    id: "request-input/order",
    level: "required",
    title: "inputs are told apart by name, not by order",
    async check(target) {
      const inputs = await target.inputs();
      if (inputs.length < 2) throw new Skipped("the model takes one input");
      const answer = await target.infer({}, [...inputs].reverse());
      demandSameOutputs(await target.infer(), answer, "inputs in another order");
    },
  },
  {
    id: "request-input/batch",
    level: "required",
    title: "two rows are answered with two rows, each as if it were alone",
    async check(target) {
      const { inputs, outputs } = await target.metadata();
      if (![...inputs, ...outputs].every(({ shape }) => shape[0] === -1)) {
        throw new Skipped("not every tensor has an open first dimension");
      }
      const answer = await target.infer({}, await target.inputs({ rows: 2 }));
      const first = await target.infer({}, await target.inputs());
      for (const { name, shape, datatype, elements } of answer.outputs) {
        demand(shape[0] === 2, `output '${name}' has shape ${toJson(shape)}`);
        const row = {
          ...{ name, datatype, shape: [1, ...shape.slice(1)] },
          elements: elements.slice(0, elements.length / 2),
        };
        const alone = first.outputs.find((output) => output.name === name);
        demand(
          alone !== undefined && isSame(alone, row),
          `output '${name}': the first row differs beside another`,
        );
      }
    },
  },
  {
    id: "request-output/choice",
    level: "required",
    title: "only the outputs that were asked for come",
    async check(target) {
      const { outputs } = await target.metadata();
      if (outputs.length < 2) throw new Skipped("the model gives one output");
      for (const { name } of outputs) {
        const names = (await target.infer({ outputs: [{ name }] })).outputs.map((one) => one.name);
        demand(toJson(names) === toJson([name]), `asked for '${name}', got ${toJson(names)}`);
      }
    },
  },
  {
    id: "inference-response/media-type",
    level: "required",
    title: "an answer in JSON says that it is JSON",
    async check(target) {
      const { headers } = (await target.infer()).exchange;
      const type = headers.get("content-type");
      demand(type?.startsWith("application/json") === true, `content-type is ${toJson(type)}`);
    },
  },
  {
    id: "inference-response/model-name",
    level: "required",
    title: "an answer names the model",
    async check(target) {
      const { model_name: name } = await target.infer();
      demand(name === target.model, `model_name is '${name}'`);
    },
  },
  {
    id: "inference-response/model-version",
    level: "expected",
    title: "an answer names one of the model's versions",
    async check(target) {
      const versions = await target.versions();
      const { model_version: version = "" } = await target.infer();
      demand(versions.includes(version), `model_version is '${version}'`);
    },
  },
  {
    id: "inference-response/no-id",
    level: "expected",
    title: "an answer has no id where the request had none",
    async check(target) {
      const { id } = await target.infer();
      demand(id === undefined, `id is ${toJson(id)}`);
    },
  },
  {
    id: "inference-response/no-null",
    level: "expected",
    title: "a field that has no value is left out, not null",
    async check(target) {
      const nulls: string[] = [];
      JSON.parse((await target.infer()).text, (key, value: unknown) => {
        if (value === null) nulls.push(key);
        return value;
      });
      demand(nulls.length === 0, `null for ${nulls.join(", ")}`);
    },
  },
  {
    id: "response-output/metadata",
    level: "required",
    title: "names, data types and shapes of outputs are those of the metadata",
    async check(target) {
      const specs = (await target.metadata()).outputs;
      for (const { name, datatype, shape } of (await target.infer()).outputs) {
        const spec = specs.find((one) => one.name === name);
        demand(spec !== undefined, `'${name}' is not in the metadata`);
        const seen = `'${name}' is ${datatype} ${toJson(shape)}`;
        const agrees =
          spec.datatype === datatype &&
          spec.shape.length === shape.length &&
          spec.shape.every((size, axis) => size === -1 || size === shape[axis]);
        demand(agrees, `${seen}, ${spec.datatype} ${toJson(spec.shape)} in the metadata`);
      }
    },
  },
];
