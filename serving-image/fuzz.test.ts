import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FuzzedServer } from "./testing/fuzzed-server.ts";
import { fuzzGrpc, grpcRequests } from "./testing/fuzz-grpc.ts";
import { fuzz, requests } from "./testing/fuzz.ts";

/** S-01 Requests that somebody might send. Shows that none is the server's fault; not that each answer is right. */
let fuzzed: FuzzedServer;
beforeAll(async () => void (fuzzed = await FuzzedServer.start()), 60_000);
afterAll(async () => fuzzed?.stop());

const routes = Object.entries(requests);
const each = 20_000 / routes.length;
/** A machine that does much else makes a thousand requests a long matter. */
const longestMs = 240_000;

describe("S-01 any request", () => {
  it.each(routes)(
    "of %s is answered, with 4xx that says what is wrong",
    { timeout: longestMs },
    async (_, arbitrary) => {
      const statuses = await fuzz(fuzzed.client, arbitrary, each);
      // Both sides of the check were reached.
      expect([...statuses.keys()].some((status) => status < 300)).toBe(true);
      expect([...statuses.keys()].some((status) => status >= 400)).toBe(true);
      await fuzzed.expectSound();
    },
  );
});

const calls = Object.entries(grpcRequests);
const eachCall = 2_000 / calls.length;

describe("S-01 any call over gRPC", () => {
  it.each(calls)(
    "with %s is answered, with a code that says what is wrong",
    async (_, arbitrary) => {
      const codes = await fuzzGrpc(fuzzed.grpc, arbitrary, eachCall);
      expect(codes.get(status.INVALID_ARGUMENT)).toBeGreaterThan(0);
      await fuzzed.expectSound();
    },
  );

  it("answers some of them, too", async () => {
    const codes = await fuzzGrpc(fuzzed.grpc, grpcRequests["odd messages"]!, 200);
    expect(codes.get(status.OK)).toBeGreaterThan(0);
  });
});
