import { describe, expect, it } from "vitest";
import { buckets } from "../contracts/names.ts";
import { neverGraph } from "./testing/odd-graphs.ts";
import { apiKey, type ServerProcess } from "./testing/server-process.ts";
import { StorePerTest } from "./testing/store-per-test.ts";
import { storeToy, toyGraph, type ToyRelease } from "./testing/toy-release.ts";

/** Releases that a server does not serve: why it says so, and what serves meanwhile. */
const place = new StorePerTest();
const { start } = place;

const toy = (release: string, version = "1") => ({ name: "toy", version, release });
const features = [[1, 2, 9]];
const key = { "x-api-key": apiKey };

/** A contract that is not that of the toy's graph. */
const wide: ToyRelease = {
  contract: {
    inputs: [{ name: "features", dataType: "FP32", shape: [-1, 4] }],
    features: [{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d" }],
  },
};
const truncated: ToyRelease = { graph: toyGraph().subarray(0, 60) };
const unknownOperator: ToyRelease = {
  graph: Buffer.from(
    Buffer.from(toyGraph()).toString("latin1").replaceAll("Softmax", "Softmux"),
    "latin1",
  ),
};

/** Changes a byte of a stored graph. @returns what was there before */
function damage(graph: string): { path: string; bytes: Buffer } {
  const path = `${buckets.releases}/blobs/sha256/${graph}`;
  const bytes = place.s3.objects.get(path) as Buffer;
  place.s3.objects.set(path, Buffer.concat([bytes.subarray(0, -1), Buffer.from([0xff])]));
  return { path, bytes };
}

/** Resolves once a model does not load for that reason; the message is what the client is told. */
async function reasonOf(running: ServerProcess, reason: string): Promise<string> {
  return running.until(async () => {
    const { status, body } = await running.get("/health/ready");
    const { reasons } = body as { reasons?: { model: string; reason: string; message: string }[] };
    if (status !== 503) return undefined;
    return reasons?.find((one) => one.model === "toy" && one.reason === reason)?.message;
  });
}

describe("a server whose model does not load", () => {
  it("U-03 is alive, says release-missing, and becomes ready by itself once the release is there", async () => {
    const { release } = await storeToy(place.s3);
    const held = new Map(place.s3.objects);
    place.s3.objects.clear();
    const running = await start([toy(release)]);
    expect(await reasonOf(running, "release-missing")).toContain(release.slice(0, 12));
    expect((await running.get("/health/live")).status).toBe(200);
    expect(await running.post("/v1/models/toy:predict", { instances: features })).toMatchObject({
      status: 503,
      body: { error: "model 'toy' is not ready: release-missing" },
    });
    expect((await running.get("/v1/models", key)).body).toEqual({ models: ["toy"] });
    expect((await running.get("/v1/models/toy", key)).status).toBe(503);
    for (const [path, bytes] of held) place.s3.objects.set(path, bytes);
    await running.ready();
    expect((await running.post("/predict", { features })).status).toBe(200);
  });

  it("U-03 says store-unreachable while the store is down, and becomes ready when it is back", async () => {
    const { release } = await storeToy(place.s3);
    place.s3.weather.strike = () => "drop";
    const running = await start([toy(release)]);
    await reasonOf(running, "store-unreachable");
    place.s3.weather.strike = () => ({ status: 503 });
    await reasonOf(running, "store-unreachable");
    place.s3.weather = {};
    await running.ready();
  });

  it("says store-refused where its credentials are wrong", async () => {
    const { release } = await storeToy(place.s3);
    const running = await start([toy(release)], { variables: { AWS_ACCESS_KEY_ID: "another" } });
    expect(await reasonOf(running, "store-refused")).toContain("403");
  });

  it("says digest-mismatch, contract-mismatch and graph-invalid, and serves nothing of it", async () => {
    const { release, graph } = await storeToy(place.s3);
    const good = damage(graph);
    const running = await start([toy(release)]);
    expect(await reasonOf(running, "digest-mismatch")).toContain("damaged");
    expect((await running.post("/predict", { features })).status).toBe(503);
    place.s3.objects.set(`${buckets.releases}/releases/${release}.json`, Buffer.from("{}"));
    await running.until(async () =>
      (await reasonOf(running, "digest-mismatch")).includes("manifest") ? true : undefined,
    );
    place.s3.objects.set(good.path, good.bytes);
    await running.mount([toy((await storeToy(place.s3, wide)).release)]);
    expect(await reasonOf(running, "contract-mismatch")).toContain(
      "input 'features' has shape [-1, 4] in the contract, [-1, 3] in the graph",
    );
    await running.mount([toy((await storeToy(place.s3, truncated)).release)]);
    await reasonOf(running, "graph-invalid");
    expect(await running.metrics()).toContain(
      'model_errors_total{error_type="contract-mismatch",model_name="toy"}',
    );
  });
});

describe("a release that is refused while another one serves", () => {
  it("is told with its reason, and the old one answers every request meanwhile", async () => {
    const { release } = await storeToy(place.s3);
    const running = await (await start([toy(release)])).ready();
    const answers = new Set<string>();
    let isOver = false;
    const asking = (async () => {
      while (!isOver) {
        const { status, headers } = await running.post("/predict", { features });
        answers.add(`${status} ${headers.get("x-model-release")}`);
      }
    })();
    await running.mount('{ "models": [');
    await running.until(async () =>
      (await running.metrics()).includes('error_type="config-invalid"') ? true : undefined,
    );
    await running.until(() =>
      running.lines.find((line) => JSON.stringify(line).includes("serving.json: not JSON")),
    );
    expect((await running.get("/health/ready")).status).toBe(200);
    const damaged = await storeToy(place.s3, { graph: toyGraph(3) });
    damage(damaged.graph);
    const wrong: [reason: string, release: string, message: RegExp][] = [
      ["release-missing", "f".repeat(64), /ffffffffffff/],
      ["digest-mismatch", damaged.release, /damaged/],
      [
        "contract-mismatch",
        (await storeToy(place.s3, wide)).release,
        /'features' has shape \[-1, 4\]/,
      ],
      ["graph-invalid", (await storeToy(place.s3, truncated)).release, /./],
      ["graph-invalid", (await storeToy(place.s3, unknownOperator)).release, /Softmux/],
      ["warm-up-failed", (await storeToy(place.s3, { graph: neverGraph() })).release, /./],
    ];
    for (const [index, [reason, other, message]] of wrong.entries()) {
      const version = String(2 + index);
      await running.mount([toy(other, version)]);
      const told = await running.until(async () => {
        const { status, body } = await running.get("/health/ready");
        const { pending } = body as {
          pending?: { version: string; reason: string; message: string }[];
        };
        expect(status).toBe(200);
        return pending?.find((one) => one.version === version && one.reason === reason);
      });
      expect(told.message).toMatch(message);
    }
    await running.mount([toy(release)]);
    await running.until(async () => {
      const { body } = await running.get("/health/ready");
      return JSON.stringify(body) === '{"status":"ok"}' ? true : undefined;
    });
    isOver = true;
    await asking;
    expect([...answers]).toEqual([`200 ${release}`]);
  });
});
