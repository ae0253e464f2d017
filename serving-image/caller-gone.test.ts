import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { slowGraph } from "./testing/odd-graphs.ts";
import { apiKey, ServerProcess } from "./testing/server-process.ts";
import { startStore, storeToy } from "./testing/toy-release.ts";

let s3: FakeS3;
let server: ServerProcess | undefined;
beforeAll(async () => void (s3 = await startStore()));
afterAll(async () => {
  await server?.stop();
  await s3.close();
});
const features = [[1, 2, 9]];

describe("a client that goes", () => {
  it("takes its request along, which never runs", async () => {
    const { release } = await storeToy(s3, { graph: slowGraph(1024, 2) });
    const models = [{ name: "toy", version: "1", release }];
    const running = (server = await ServerProcess.start({ objects: s3.url, models }));
    await running.ready();
    const url = await running.url();
    const long = { features: Array.from({ length: 3_000 }, () => [1, 2, 9]) };
    // Two keep the worker busy, and others wait.
    const busy = [1, 2, 3].map(() => running.post("/predict", long));
    const waits = (count: number) =>
      running.until(async () => {
        const text = await running.metrics();
        return new RegExp(`^model_queue_depth\\{.*\\} ${count}$`, "m").test(text)
          ? true
          : undefined;
      });
    await waits(1);
    const gone = new AbortController();
    const third = fetch(`${url}/predict`, {
      method: "POST",
      headers: { "x-api-key": apiKey, "content-type": "application/json" },
      body: JSON.stringify({ features }),
      signal: gone.signal,
    });
    await waits(2);
    gone.abort();
    await expect(third).rejects.toThrow("aborted");
    for (const { status } of await Promise.all(busy)) expect(status).toBe(200);
    await running.until(async () => {
      const text = await running.metrics();
      return /^model_errors_total\{.*error_type="aborted".*\} 1$/m.test(text) ? true : undefined;
    });
    expect(await running.metrics()).toMatch(/^http_requests_total\{.*status="499".*\} 1$/m);
  });
});
