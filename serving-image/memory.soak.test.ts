import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inferRequest, type LoadJob } from "../bench/serving/load/job.ts";
import { load } from "../bench/serving/load/load.ts";
import { defaultResources, quantityOf } from "../components/foundation/requests.ts";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { MemoryLimit } from "./testing/memory-limit.ts";
import { anonymousMemory } from "./testing/memory.ts";
import { apiKey, ServerProcess } from "./testing/server-process.ts";
import { startStore, storeToy } from "./testing/toy-release.ts";

/**
 * Anonymous memory over a million requests with audit records; over many swaps it is looked at in `swaps.soak.test.ts`. The
 * server has the memory that a stack file gives it by default.
 */
let s3: FakeS3;
let limit: MemoryLimit;
let server: ServerProcess;
beforeAll(async () => {
  s3 = await startStore();
  const { release } = await storeToy(s3);
  // Records are taken and forgotten: what is looked at is the server.
  s3.weather.strike = ({ method }) => {
    s3.requests.length = 0;
    return method === "PUT" ? { status: 200 } : undefined;
  };
  const models = [{ name: "toy", version: "1", release }];
  limit = new MemoryLimit(quantityOf(defaultResources.server.memory));
  server = await ServerProcess.start({ objects: s3.url, models, launcher: limit.launcher });
  await server.ready();
});
afterAll(async () => {
  await server?.stop();
  limit?.remove();
  await s3?.close();
});

const body = JSON.stringify({
  inputs: [{ name: "features", datatype: "FP32", shape: [1, 3], data: [1, 2, 9] }],
});

/** Requests from 32 connections for some time. @returns how many were answered */
async function requests(milliseconds: number): Promise<number> {
  const request = inferRequest("/v2/models/toy/infer", body, { "x-api-key": apiKey });
  const job: LoadJob = {
    port: Number(new URL(await server.url()).port),
    request: request.toString("base64"),
    ...{ connections: 32, warmUpMs: 0, measureMs: milliseconds },
  };
  const { total, errors } = await load(job, "0-1");
  expect(errors).toBe(0);
  return total;
}

/** The least of some looks, as what the collector has not come to yet is not kept. */
async function memory(): Promise<number> {
  const looks: number[] = [];
  for (let look = 0; look < 10; look++) {
    looks.push(await anonymousMemory(server.pid));
    await pause(200);
  }
  return Math.min(...looks) / 1024 / 1024;
}

/** Growth over the last half, as a share; the halves are told by their median looks. */
function growth(looks: readonly number[]): number {
  const half = looks.slice(Math.floor(looks.length / 2));
  const [first, last] = [half.slice(0, half.length / 2), half.slice(half.length / 2)];
  return mean(last) / mean(first) - 1;
}
const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("the server's own memory", () => {
  it("grows by less than 5 % over the last half of a million requests", async () => {
    const looks: number[] = [];
    let sent = 0;
    while (sent < 1_000_000) {
      sent += await requests(5_000);
      looks.push(await memory());
    }
    console.log(`${sent} requests, MiB: ${looks.map((look) => look.toFixed(0)).join(" ")}`);
    expect(growth(looks)).toBeLessThan(0.05);
  });
});
