import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { HttpClient } from "./testing/http-client.ts";
import { apiKey, ServerProcess } from "./testing/server-process.ts";
import { startStore, storeToy } from "./testing/toy-release.ts";

/** The end of a server under load; that of an idle one, with a request in flight, is in `lifecycle.test.ts`. */
const body = JSON.stringify({ features: [[1, 2, 9]] });

let s3: FakeS3;
let server: ServerProcess | undefined;
beforeAll(async () => {
  s3 = await startStore();
});
afterAll(async () => {
  await server?.stop();
  await s3?.close();
});

describe("SIGTERM under load", () => {
  it("N-01 fails no request, and ends with 0", async () => {
    const { release } = await storeToy(s3);
    const running = (server = await ServerProcess.start({
      objects: s3.url,
      models: [{ name: "toy", version: "1", release }],
      variables: { ISOTHERM_DRAIN_SECONDS: "3" },
    }));
    await running.ready();
    const client = new HttpClient(await running.url());
    const statuses: number[] = [];
    let isReady = true;
    // What a gateway does: it asks on until it has heard that the server is going.
    const load = Array.from({ length: 8 }, async () => {
      while (isReady) {
        const { status } = await client.send("POST", "/predict", body, { "x-api-key": apiKey });
        statuses.push(status);
      }
    });
    await pause(300);
    running.terminate();
    await running.until(async () =>
      (await running.get("/health/ready")).status === 503 ? true : undefined,
    );
    const before = statuses.length;
    await running.until(() => (statuses.length > before + 100 ? true : undefined));
    isReady = false;
    await Promise.all(load);
    expect(await running.exited).toBe(0);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    client.close();
  });
});
