import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultResources, quantityOf } from "../components/foundation/requests.ts";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { HttpClient } from "./testing/http-client.ts";
import { MemoryLimit } from "./testing/memory-limit.ts";
import { anonymousMemory } from "./testing/memory.ts";
import { slowGraph } from "./testing/odd-graphs.ts";
import { apiKey, ServerProcess } from "./testing/server-process.ts";
import { startStore, storeToy, toyGraph } from "./testing/toy-release.ts";

/**
 * Many changes of what is served, under load: from a model in a worker to one on the main thread and back. The server has
 * the memory that a stack file gives it by default.
 */
const swaps = 200;
const body = JSON.stringify({ features: [[1, 2, 9]] });

let s3: FakeS3;
let limit: MemoryLimit;
let server: ServerProcess | undefined;
beforeAll(async () => {
  s3 = await startStore();
  limit = new MemoryLimit(quantityOf(defaultResources.server.memory));
});
afterAll(async () => {
  await server?.stop();
  limit?.remove();
  await s3.close();
});

describe("a server whose model is swapped 200 times under load", () => {
  it("fails no request, answers by the new release, and gives the memory back", async () => {
    const releases = [
      (await storeToy(s3, { graph: slowGraph(1024, 2) })).release,
      (await storeToy(s3, { graph: toyGraph() })).release,
    ];
    const wanted = (swap: number) => [
      { name: "toy", version: String(1 + swap), release: releases[swap % 2] as string },
    ];
    const running = (server = await ServerProcess.start({
      objects: s3.url,
      models: wanted(0),
      launcher: limit.launcher,
    }));
    await running.ready();
    const client = new HttpClient(await running.url());
    const headers = { "x-api-key": apiKey };
    const failures: unknown[] = [];
    let asked = 0;
    let isOver = false;
    let version = "";
    // Few requests: what is remembered of recent answers grows with them up to its bound, and would hide a leak.
    const load = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const answer = await client.send("POST", "/predict", body, headers);
        asked++;
        if (answer.status !== 200) failures.push([answer.status, answer.body.toString()]);
        else version = String(answer.headers["x-model-version"]);
        await pause(25);
      }
    });
    const memory: number[] = [];
    for (let swap = 1; swap <= swaps; swap++) {
      await running.mount(wanted(swap));
      await running.until(() => (version === String(1 + swap) ? true : undefined));
      memory.push(await anonymousMemory(running.pid));
    }
    isOver = true;
    await Promise.all(load);
    client.close();
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThan(swaps);
    const tenths = memory
      .filter((_, swap) => swap % 10 === 9)
      .map((look) => Math.round(look / 1e6));
    const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number;
    const middle = median(memory.slice(swaps / 2, swaps / 2 + 20));
    const end = median(memory.slice(-20));
    console.log(
      `memory: ${(middle / 1e6).toFixed(1)} MB at half of ${swaps} swaps, ${(end / 1e6).toFixed(1)} MB at the end; ${asked} requests; every tenth: ${tenths}`,
    );
    expect(end / middle).toBeLessThan(1.05);
  });
});
