import { z } from "zod";
import type { Clause } from "../clause.ts";
import { demand } from "../clause.ts";
import { demand200, parsed } from "../http.ts";
import { clientFault } from "./client-fault.ts";

const Live = z.object({ live: z.literal(true) });
// The text calls the flag of readiness `live`; servers call it `ready`.
const Ready = z.union([z.object({ ready: z.literal(true) }), Live]);
const ModelReady = z.object({ name: z.string(), ready: z.literal(true) });

/** Server Live, Server Ready, Model Ready. */
export const health: readonly Clause[] = [
  {
    id: "server-live/status",
    level: "required",
    title: "a server that answers says it is live with 200",
    check: async ({ client }) => demand200(await client.get("/v2/health/live")),
  },
  {
    id: "server-live/response",
    level: "expected",
    title: "its answer is the Server Live response object",
    check: async ({ client }) => void parsed(await client.get("/v2/health/live"), Live),
  },
  {
    id: "server-ready/status",
    level: "required",
    title: "a server whose models are ready says so with 200",
    check: async ({ client }) => demand200(await client.get("/v2/health/ready")),
  },
  {
    id: "server-ready/response",
    level: "expected",
    title: "its answer is the Server Ready response object",
    check: async ({ client }) => void parsed(await client.get("/v2/health/ready"), Ready),
  },
  {
    id: "model-ready/status",
    level: "required",
    title: "a model that is ready says so with 200",
    check: async (target) => demand200(await target.client.get(target.path("/ready"))),
  },
  {
    id: "model-ready/response",
    level: "expected",
    title: "its answer is the Model Ready response object with the model's name",
    async check(target) {
      const { name } = parsed(await target.client.get(target.path("/ready")), ModelReady);
      demand(name === target.model, `name is '${name}'`);
    },
  },
  {
    id: "model-ready/version",
    level: "required",
    title: "every version in the metadata says it is ready on its own route",
    async check(target) {
      for (const version of await target.versions()) {
        demand200(await target.client.get(target.path("/ready", version)));
      }
    },
  },
  {
    id: "model-ready/unknown-model",
    level: "expected",
    title: "a model that the server does not have is not ready: 4xx",
    async check(target) {
      const path = target.path("/ready", undefined, "no-such-model");
      clientFault(await target.client.get(path), "a model nobody has");
    },
  },
];
