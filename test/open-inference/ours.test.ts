import { afterAll, beforeAll, expect, it } from "vitest";
import type { FakeS3 } from "../../contracts/testing/fake-s3.ts";
import { echoContract, echoGraph } from "../../serving-image/testing/echo-model.ts";
import { apiKey, ServerProcess } from "../../serving-image/testing/server-process.ts";
import { startStore, storeToy } from "../../serving-image/testing/toy-release.ts";
import { clauses } from "./clauses/index.ts";
import { Client } from "./http.ts";
import { runClauses } from "./run.ts";
import { Target } from "./target.ts";

/** T-01 The conformance kit against our server, on a classifier and on a model that gives back what it takes. */
let s3: FakeS3;
let server: ServerProcess;
beforeAll(async () => {
  s3 = await startStore();
  const toy = await storeToy(s3);
  const echo = await storeToy(s3, { model: "echo", graph: echoGraph(), contract: echoContract });
  const models = [
    { name: "toy", version: "12", release: toy.release },
    { name: "echo", version: "1", release: echo.release },
  ];
  server = await ServerProcess.start({ objects: s3.url, models });
  await server.ready();
}, 60_000);
afterAll(async () => {
  await server?.stop();
  await s3?.close();
});

it.each(["toy", "echo"])("T-01 every clause that %s can show is kept", async (model) => {
  const client = new Client({ url: await server.url(), headers: { "x-api-key": apiKey } });
  const results = await runClauses(clauses, new Target(client, model));
  const seen = results
    .filter(({ outcome }) => outcome === "fail")
    .map(({ id, note }) => `${id}: ${note}`);
  expect(seen).toEqual([]);
  const passed = results.filter(({ outcome }) => outcome === "pass").length;
  expect(passed).toBeGreaterThan(40);
});
