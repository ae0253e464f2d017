import { expect } from "vitest";
import type { ModelContract } from "../../contracts/model-contract.ts";
import type { FakeS3 } from "../../contracts/testing/fake-s3.ts";
import { echoContract, echoGraph } from "./echo-model.ts";
import { GrpcClient } from "./grpc-client.ts";
import { HttpClient } from "./http-client.ts";
import { anonymousMemory } from "./memory.ts";
import { ServerProcess } from "./server-process.ts";
import { startStore, storeToy } from "./toy-release.ts";

/** A classifier of places that declares a route of its own. */
const plate: Partial<ModelContract> = {
  features: ["x", "y", "t"].map((name) => ({ name, range: [0, 1] as [number, number] })),
  routes: ["predict-temperature"],
};

/**
 * A server to be treated badly, with a classifier `toy`, a model `echo` of every data type, and `plate` with the route
 * of a point.
 */
export class FuzzedServer {
  readonly server: ServerProcess;
  readonly client: HttpClient;
  readonly grpc: GrpcClient;
  readonly #s3: FakeS3;

  private constructor(server: ServerProcess, client: HttpClient, grpc: GrpcClient, s3: FakeS3) {
    this.server = server;
    this.client = client;
    this.grpc = grpc;
    this.#s3 = s3;
  }

  static async start(variables: Record<string, string> = {}): Promise<FuzzedServer> {
    const s3 = await startStore();
    const toy = await storeToy(s3);
    const echo = await storeToy(s3, { model: "echo", graph: echoGraph(), contract: echoContract });
    const point = await storeToy(s3, { model: "plate", contract: plate });
    const models = [
      { name: "toy", version: "1", release: toy.release },
      { name: "echo", version: "1", release: echo.release },
      { name: "plate", version: "1", release: point.release },
    ];
    const server = await ServerProcess.start({ objects: s3.url, models, variables });
    await server.ready();
    const grpc = new GrpcClient(new URL(await server.url("grpcPort")).host);
    return new FuzzedServer(server, new HttpClient(await server.url()), grpc, s3);
  }

  /** It is the same process, ready, answers right, and no fault of its own is in its log. */
  async expectSound(): Promise<void> {
    expect((await this.server.get("/health/ready")).status).toBe(200);
    const asked = { model: "toy", features: [[1, 2, 9]] };
    expect(await this.server.post("/predict", asked)).toMatchObject({
      status: 200,
      body: { predictions: ["third"] },
    });
    expect(this.server.lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  }

  /** Memory of its own in bytes, as the kernel counts it. */
  memory(): Promise<number> {
    return anonymousMemory(this.server.pid);
  }

  async stop(): Promise<void> {
    this.client.close();
    this.grpc.close();
    await this.server.stop();
    await this.#s3.close();
  }
}
