import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256Hex } from "../contracts/canonical.ts";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { GrpcClient } from "./testing/grpc-client.ts";
import { ServerProcess } from "./testing/server-process.ts";
import { startStore, storeToy } from "./testing/toy-release.ts";

/** One server in a process of its own, whose mounted file of keys changes; it is never started again. */
let s3: FakeS3;
let server: ServerProcess;
let grpc: GrpcClient;

const oldKey = "a key of last year";
const newKey = "a key of this year";
const line = (key: string) => `fraud:${sha256Hex(key)}\n`;

beforeAll(async () => {
  s3 = await startStore();
  const { release } = await storeToy(s3);
  const models = [{ name: "toy", version: "1", release }];
  server = await ServerProcess.start({ objects: s3.url, models, keys: line(oldKey) });
  await server.ready();
  grpc = new GrpcClient(new URL(await server.url("grpcPort")).host);
}, 60_000);
afterAll(async () => {
  grpc?.close();
  await server?.stop();
  await s3?.close();
});

const ask = async (key: string) =>
  (await server.post("/predict", { features: [[1, 2, 9]] }, { "x-api-key": key })).status;
/** Resolves once both keys are answered so; ends the wait with the server's log. */
const untilAnswered = (statuses: { old: number; new: number }) =>
  server.until(async () =>
    (await ask(oldKey)) === statuses.old && (await ask(newKey)) === statuses.new ? true : undefined,
  );
const refusals = async () =>
  Number(/error_type="config-invalid"[^}]*\} (\d+)/.exec(await server.metrics())?.[1] ?? 0);

describe("a change of the mounted API keys", () => {
  it("holds without a restart: a new key beside the old one, then by itself, over HTTP and gRPC", async () => {
    await untilAnswered({ old: 200, new: 401 });
    await server.mountKeys(line(oldKey) + line(newKey));
    await untilAnswered({ old: 200, new: 200 });
    await server.mountKeys(line(newKey));
    await untilAnswered({ old: 401, new: 200 });
    const asked = (key: string) => grpc.call("ServerMetadata", {}, { "x-api-key": key });
    expect((await asked(newKey)).answer.name).toBe("isotherm");
    await expect(asked(oldKey)).rejects.toThrow(/UNAUTHENTICATED/);
  });

  it.each([
    [
      "a line that is no digest",
      `${line(newKey)}a-key-in-the-clear\n`,
      /line 2: not `team:digest`/,
    ],
    ["no key at all", "# nobody\n", /holds no API key/],
  ])("U-12 with %s changes nothing, and is told", async (_, text, problem) => {
    const before = await refusals();
    await server.mountKeys(text);
    const told = await server.until(() =>
      server.lines.find(({ problems }) => problem.test(JSON.stringify(problems ?? ""))),
    );
    expect(told["msg"]).toBe("a changed file is wrong; the old one serves");
    expect(server.output).not.toContain("a-key-in-the-clear");
    expect(await refusals()).toBeGreaterThan(before);
    expect({ old: await ask(oldKey), new: await ask(newKey) }).toEqual({ old: 401, new: 200 });
  });
});
