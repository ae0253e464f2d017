import { once } from "node:events";
import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { apiKey, type ServerOptions } from "./testing/server-process.ts";
import { StorePerTest } from "./testing/store-per-test.ts";
import { storeToy, toyGraph } from "./testing/toy-release.ts";

/**
 * From start to SIGTERM, as a process over real HTTP; the object store is a fake. Releases that do not load are in
 * `refused-releases.test.ts`. Does not prove how a gateway or a kubelet behaves around it.
 */
const place = new StorePerTest();
const { start } = place;
const toy = (release: string, version = "1") => ({ name: "toy", version, release });
const features = [[1, 2, 9]];

describe("a change of the mounted configuration", () => {
  it("is loaded and swapped in under load without a failed request, and the old release never comes back", async () => {
    const before = await storeToy(place.s3);
    const after = await storeToy(place.s3, { graph: toyGraph(-1) });
    const running = await (await start([toy(before.release)])).ready();
    const seen: { status: number; release: string; label: unknown }[][] = [];
    const expected = new Map([
      [before.release, "third"],
      [after.release, "first"],
    ]);
    let isOver = false;
    const client = async () => {
      const mine: (typeof seen)[number] = [];
      seen.push(mine);
      while (!isOver) {
        const { status, body } = await running.post("/predict", { features });
        const { model, predictions } = body as {
          model: { release: string };
          predictions: unknown[];
        };
        mine.push({ status, release: model.release, label: predictions[0] });
      }
    };
    const clients = Array.from({ length: 8 }, client);
    const last = () => seen.map((mine) => mine.at(-1)?.release);
    await running.until(() => (last().every((one) => one === before.release) ? true : undefined));
    await running.mount([toy(after.release, "2")]);
    await running.until(() => (last().every((one) => one === after.release) ? true : undefined));
    isOver = true;
    await Promise.all(clients);
    for (const mine of seen) {
      expect(mine.filter(({ status }) => status !== 200)).toEqual([]);
      expect(mine.filter(({ release, label }) => expected.get(release) !== label)).toEqual([]);
      const swap = mine.findIndex(({ release }) => release === after.release);
      expect(mine.slice(swap).every(({ release }) => release === after.release)).toBe(true);
    }
    const metrics = await running.metrics();
    expect(metrics).toMatch(new RegExp(`model_info\\{[^}]*release="${after.release}"[^}]*\\} 1`));
    expect(metrics).not.toContain(before.release);
  });

  it("leaves out one of several versions that answer side by side, without a failed request", async () => {
    const [one, two] = [
      await storeToy(place.s3),
      await storeToy(place.s3, { graph: toyGraph(-1) }),
    ];
    const running = await (await start([toy(one.release), toy(two.release, "2")])).ready();
    const infer = (path: string) =>
      running.post(`/v2/models/toy${path}/infer`, {
        inputs: [{ name: "features", datatype: "FP32", shape: [1, 3], data: [1, 2, 9] }],
      });
    const answer = (version: string) => ({ status: 200, body: { model_version: version } });
    expect(await infer("")).toMatchObject(answer("1"));
    expect(await infer("/versions/2")).toMatchObject(answer("2"));
    expect((await infer("/versions/3")).status).toBe(404);
    let isOver = false;
    const load = Array.from({ length: 4 }, async () => {
      const statuses = new Set<number>();
      while (!isOver) statuses.add((await infer("/versions/2")).status);
      return [...statuses];
    });
    await running.mount([toy(two.release, "2")]);
    await running.until(async () =>
      (await infer("/versions/1")).status === 404 ? true : undefined,
    );
    isOver = true;
    expect(await Promise.all(load)).toEqual(Array(4).fill([200]));
    expect(await infer("")).toMatchObject(answer("2"));
  });
});

describe("SIGTERM", () => {
  it("N-01 turns readiness off, serves on, finishes what is in flight and ends with 0", async () => {
    const { release } = await storeToy(place.s3);
    const variables = { ISOTHERM_DRAIN_SECONDS: "1" };
    const running = await (await start([toy(release)], { variables })).ready();
    const url = await running.url();
    // A request whose last bytes come only after the signal.
    const body = JSON.stringify({ features });
    const slow = httpRequest(`${url}/predict`, {
      method: "POST",
      headers: { "x-api-key": apiKey, "content-length": Buffer.byteLength(body) },
    });
    const answered = new Promise<{ status: number | undefined; connection: unknown }>(
      (resolve, reject) => {
        slow.on("error", reject);
        slow.on("response", (response) => {
          response.resume();
          response.on("end", () =>
            resolve({
              status: response.statusCode,
              connection: response.headers.connection,
            }),
          );
        });
      },
    );
    slow.write(body.slice(0, 5));
    await pause(500);
    running.terminate();
    const notReady = await running.until(async () => {
      const ready = await running.get("/health/ready");
      return ready.status === 503 ? ready : undefined;
    });
    expect(notReady.body).toMatchObject({ status: "not ready", reasons: [{ reason: "draining" }] });
    const during = await running.post("/predict", { features });
    expect(during.status).toBe(200);
    expect(during.headers.get("connection")).toBe("close");
    await running.until(() => running.lines.find((line) => line["msg"] === "closing"));
    slow.end(body.slice(5));
    expect(await answered).toMatchObject({ status: 200 });
    expect(await running.exited).toBe(0);
  });

  it("N-01 answers what comes on a connection that it was about to close", async () => {
    const { release } = await storeToy(place.s3);
    const running = await start([toy(release)], { variables: { ISOTHERM_DRAIN_SECONDS: "1" } });
    await running.ready();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const get = async (path: string) => {
      const asked = httpRequest(`${await running.url()}${path}`, { agent }).end();
      const [response] = (await once(asked, "response")) as [IncomingMessage];
      response.resume();
      await once(response, "end");
      return { status: response.statusCode, isReused: asked.reusedSocket };
    };
    expect(await get("/health/live")).toMatchObject({ status: 200 });
    running.terminate();
    await running.until(() => running.lines.find((line) => line["msg"] === "closing"));
    expect(await get("/health/live")).toEqual({ status: 200, isReused: true });
    expect(await running.exited).toBe(0);
    agent.destroy();
  });
});

describe("a server that is told wrong", () => {
  const ended = async (options: Partial<ServerOptions>) => {
    const running = await start([toy("a".repeat(64))], options);
    expect(await running.exited).toBe(1);
    return running.output;
  };

  it("U-12 refuses to start without a key, in dev too unless it is asked to by name", async () => {
    const [keyless, prod] = await Promise.all([
      ended({ keys: "\n" }),
      ended({ environment: "prod", variables: { ISOTHERM_AUTH: "none" } }),
    ]);
    expect(keyless).toContain("holds no API key");
    expect(prod).toContain("`none` is for the environment dev only");
    const { release } = await storeToy(place.s3);
    const open = await start([toy(release)], { keys: "", variables: { ISOTHERM_AUTH: "none" } });
    await open.ready();
    expect((await open.post("/predict", { features }, {})).status).toBe(200);
  });

  it("names every mistake, and never repeats a key that was put where a digest belongs", async () => {
    const output = await ended({ environment: "Not A Name", keys: "super-secret-key\n" });
    expect(output).toContain("serving.json: environment: must be");
    expect(output).toContain("api-keys: line 1: not `team:digest` or a SHA-256 digest");
    expect(output).not.toContain("super-secret-key");
  });
});
