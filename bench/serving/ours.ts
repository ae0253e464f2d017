import { apiKey, ServerProcess } from "../../serving-image/testing/server-process.ts";
import { startStore, storeToy } from "../../serving-image/testing/toy-release.ts";
import type { Contestant } from "./contestant.ts";
import { inferRequest } from "./load/job.ts";
import type { BenchModel } from "./models.ts";

/**
 * Our server as it is deployed: validation, API keys, metrics, and audit records of every answer to an object store. The
 * store is a fake in this process, which takes the records and forgets them.
 */
export async function launchOurs(model: BenchModel, cores: string): Promise<Contestant> {
  const s3 = await startStore();
  const { contract, graph, name } = model;
  const { release } = await storeToy(s3, { model: name, graph, contract });
  s3.weather.strike = ({ method }) => {
    s3.requests.length = 0;
    return method === "PUT" ? { status: 200 } : undefined;
  };
  const server = await ServerProcess.start({
    objects: s3.url,
    models: [{ name, version: "1", release }],
    // A session of its own, as every peer has: kernels that group tasks by session share the CPU among these.
    launcher: ["setsid", "taskset", "-c", cores],
    // As often as it is in a pod: tests look more often.
    variables: { ISOTHERM_WATCH_MILLISECONDS: undefined },
  });
  await server.ready();
  const { body } = await server.get("/v2", { "x-api-key": apiKey });
  return {
    name: "ours",
    version: (body as { version: string }).version,
    port: Number(new URL(await server.url()).port),
    pid: server.pid,
    request: (rows) => inferRequest(model.route, model.body(rows), { "x-api-key": apiKey }),
    binaryRequest: (rows) => {
      const { head, tensor } = model.binary(rows);
      return inferRequest(model.route, Buffer.concat([Buffer.from(head), tensor]), {
        "x-api-key": apiKey,
        "content-type": "application/octet-stream",
        "inference-header-content-length": String(Buffer.byteLength(head)),
      });
    },
    stop: async () => {
      await server.stop();
      await s3.close();
    },
  };
}
