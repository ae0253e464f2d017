import { afterAll, beforeAll, describe, it } from "vitest";
import { FuzzedServer } from "./testing/fuzzed-server.ts";
import { fuzzGrpc, grpcRequests } from "./testing/fuzz-grpc.ts";
import { fuzz, requests } from "./testing/fuzz.ts";

/** S-01 The same as in `fuzz.test.ts`, ten times as much and by other seeds. */
let fuzzed: FuzzedServer;
beforeAll(async () => void (fuzzed = await FuzzedServer.start()));
afterAll(async () => fuzzed?.stop());

const routes = Object.entries(requests);
const each = 200_000 / routes.length;

describe("S-01 any request, 200,000 times", () => {
  it.each(routes)("of %s is answered, with 4xx that says what is wrong", async (_, arbitrary) => {
    await fuzz(fuzzed.client, arbitrary, each);
    await fuzzed.expectSound();
  });
});

const calls = Object.entries(grpcRequests);
const eachCall = 20_000 / calls.length;

describe("S-01 any call over gRPC, 20,000 times", () => {
  it.each(calls)(
    "with %s is answered, with a code that says what is wrong",
    async (_, arbitrary) => {
      await fuzzGrpc(fuzzed.grpc, arbitrary, eachCall);
      await fuzzed.expectSound();
    },
  );
});
