import { type Clause, demand } from "../clause.ts";
import { demand200 } from "../http.ts";
import { dataTypeNames, toJson } from "../tensors.ts";
import { clientFault } from "./client-fault.ts";

/** Server Metadata, Model Metadata. */
export const metadata: readonly Clause[] = [
  {
    id: "server-metadata/response",
    level: "required",
    title: "the server tells its name, its version and its extensions",
    check: async (target) => void (await target.server()),
  },
  {
    id: "server-metadata/slash",
    level: "expected",
    title: "it tells the same at /v2/, the path of the OpenAPI document",
    async check({ client }) {
      const plain = await client.get("/v2");
      const slash = await client.get("/v2/");
      demand200(slash);
      demand(Buffer.from(plain.bytes).equals(slash.bytes), "/v2 and /v2/ do not tell the same");
    },
  },
  {
    id: "model-metadata/response",
    level: "required",
    title: "a model tells its name, its platform and its tensors",
    async check(target) {
      const { versions } = await target.metadata();
      demand(versions !== null, "versions is null, where it has versions or is not there");
    },
  },
  {
    id: "model-metadata/name",
    level: "required",
    title: "the name is the one that was asked for",
    async check(target) {
      const { name } = await target.metadata();
      demand(name === target.model, `name is '${name}'`);
    },
  },
  {
    id: "model-metadata/tensors",
    level: "required",
    title: "every tensor has a data type of the specification, and inputs and outputs are there",
    async check(target) {
      const { inputs, outputs } = await target.metadata();
      demand(inputs.length > 0, "there are no inputs");
      demand(outputs.length > 0, "there are no outputs");
      for (const { name, datatype } of [...inputs, ...outputs]) {
        demand(dataTypeNames.includes(datatype), `'${name}' has data type '${datatype}'`);
      }
    },
  },
  {
    id: "model-metadata/version",
    level: "required",
    title: "every version in the metadata tells its tensors on its own route",
    async check(target) {
      for (const version of await target.versions()) {
        const exchange = await target.client.get(target.path("", version));
        demand200(exchange);
        const { name, inputs } = JSON.parse(new TextDecoder().decode(exchange.bytes)) as {
          name?: unknown;
          inputs?: unknown;
        };
        const seen = `version ${version}: name ${toJson(name)}, inputs ${toJson(inputs)}`;
        demand(name === target.model && Array.isArray(inputs), seen);
      }
    },
  },
  {
    id: "model-metadata/unknown-model",
    level: "expected",
    title: "a model that the server does not have is answered with 4xx and an error",
    async check(target) {
      const path = target.path("", undefined, "no-such-model");
      clientFault(await target.client.get(path), "a model nobody has");
    },
  },
  {
    id: "model-metadata/unknown-version",
    level: "expected",
    title: "a version that the model does not have is answered with 4xx and an error",
    async check(target) {
      await target.versions();
      const path = target.path("", "no-such-version");
      clientFault(await target.client.get(path), "a version nobody has");
    },
  },
  {
    id: "model-metadata/case",
    level: "required",
    title: "names are case-sensitive",
    async check(target) {
      const other = /[a-z]/.test(target.model)
        ? target.model.toUpperCase()
        : target.model.toLowerCase();
      const path = target.path("", undefined, other);
      clientFault(await target.client.get(path), `'${other}' for '${target.model}'`);
    },
  },
];
