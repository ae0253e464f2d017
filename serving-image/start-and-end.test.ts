import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Weather } from "../contracts/testing/fake-server.ts";
import { GrpcClient } from "./testing/grpc-client.ts";
import { apiKey, type ServerOptions } from "./testing/server-process.ts";
import { StorePerTest } from "./testing/store-per-test.ts";
import { storeToy } from "./testing/toy-release.ts";

/** Starts and ends that `lifecycle.test.ts` leaves out. */
const place = new StorePerTest();

const start = async (options: Partial<ServerOptions> = {}, weather: Weather = {}) => {
  const models = [{ name: "toy", version: "1", release: (await storeToy(place.s3)).release }];
  place.s3.weather = weather;
  return place.start(models, options);
};

describe("a server's start", () => {
  it.each([
    [
      "a configuration",
      { variables: { ISOTHERM_CONFIG: "/nowhere/serving.json" } },
      /\/nowhere\/serving.json: no such file; mount/,
    ],
    [
      "the object store's credentials",
      { variables: { AWS_ACCESS_KEY_ID: undefined } },
      /AWS_ACCESS_KEY_ID: is missing: mount/,
    ],
    [
      "a number of seconds",
      { variables: { ISOTHERM_DRAIN_SECONDS: "soon" } },
      /ISOTHERM_DRAIN_SECONDS: must be a whole number/,
    ],
  ])("is refused without %s, and says what to do", async (_, options, message) => {
    const running = await start(options);
    expect(await running.exited).toBe(1);
    expect(running.output).toMatch(message);
  });

  it("ends where its port is taken, rather than live on without it", async () => {
    const port = new URL(place.s3.url).port;
    const running = await start({ variables: { ISOTHERM_PORT: port, ISOTHERM_HOST: "127.0.0.1" } });
    expect(await running.exited).toBe(1);
    expect(running.output).toContain("EADDRINUSE");
  });
});

describe("requests that come before the models are there", () => {
  const row = { features: [[1, 2, 9]] };

  it("wait for them, over HTTP and gRPC, and readiness does not", async () => {
    const { promise: clears, resolve: clear } = Promise.withResolvers<void>();
    const running = await start({}, { clears });
    const client = new GrpcClient(new URL(await running.url("grpcPort")).host);
    try {
      const tensor = { name: "features", datatype: "FP32", shape: [1n, 3n] };
      const inputs = [{ ...tensor, contents: { fp32Contents: [1, 2, 9] } }];
      const asked = [
        running.post("/predict", row).then(({ status }) => status),
        client
          .call("ModelInfer", { modelName: "toy", inputs }, { "x-api-key": apiKey })
          .then(({ answer }) => answer.modelName),
      ];
      expect(await Promise.race([...asked, pause(500, "none is answered")])).toBe(
        "none is answered",
      );
      expect((await running.get("/health/ready")).status).toBe(503);
      clear();
      expect(await Promise.all(asked)).toEqual([200, "toy"]);
    } finally {
      clear();
      client.close();
    }
  });

  it("are refused where nobody has a key for them, and after some seconds", async () => {
    const running = await start({}, { strike: () => "hang" });
    expect((await running.post("/predict", row, {})).status).toBe(401);
    const { status, body } = await running.post("/predict", row);
    expect([status, body]).toMatchObject([503, { error: "no model is loaded yet" }]);
  });
});

describe("a server that is told to end", () => {
  it("ends with 0 while its models do not load", async () => {
    const running = await start({}, { strike: () => "hang" });
    await running.url();
    running.terminate();
    expect(await running.exited).toBe(0);
  });
});
