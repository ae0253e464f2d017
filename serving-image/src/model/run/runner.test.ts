import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Tensor } from "onnxruntime-node";
import { afterEach, describe, expect, it } from "vitest";
import { crowdGraph, pickyGraph, slowGraph } from "../../../testing/odd-graphs.ts";
import { toyContract, toyGraph } from "../../../testing/toy-release.ts";
import { RunFailedError, WorkerLostError } from "../errors.ts";
import { type AnswerLineage, type ModelRunner, ServedModel } from "../model.ts";
import { type RunEvents } from "./events.ts";
import { type RunnerOptions, startRunner } from "./runner.ts";

/** Real graphs in real threads. Times are not judged, only where they put a model. */
const lineage: AnswerLineage = {
  name: "toy",
  version: "1",
  release: "a".repeat(64),
  dataVersion: "data-7",
  environment: "dev",
  slot: "blue",
};
const program = new URL("./inference-worker.ts", import.meta.url);
const slow = slowGraph(1024, 3);

let running: ModelRunner | undefined;
afterEach(async () => {
  await running?.queue.close();
  running = undefined;
});

async function start(
  graph: Uint8Array,
  options: RunnerOptions = {},
  again: () => Promise<Uint8Array> = () => Promise.resolve(graph),
): Promise<ServedModel> {
  running = await startRunner({ lineage, contract: toyContract, graph, again }, options);
  return new ServedModel(lineage, toyContract, running);
}

const rows = (...values: number[][]) => ({
  features: new Tensor("float32", Float32Array.from(values.flat()), [values.length, 3]),
});
const labels = async (model: ServedModel, ...values: number[][]) => {
  const { label } = await model.run(rows(...values), ["label"]);
  return Array.from(label?.data as BigInt64Array, Number);
};
const manyRows = Array.from({ length: 40 }, (_unused, row) =>
  [0, 1, 2].map((column) => (column === row % 3 ? 9 : 1)),
);
const manyLabels = manyRows.map((_unused, row) => row % 3);

describe("a model that takes longer than the way to a worker", () => {
  it("runs there, and shares runs", async () => {
    const runs: number[] = [];
    const events: RunEvents = {
      batch: (_of, { requests }) => void runs.push(requests),
      refused: () => undefined,
      workerLost: () => undefined,
    };
    const model = await start(slow, { events });
    expect(model.placement).toMatchObject({ place: "worker", isRowWise: true });
    const answers = await Promise.all(manyRows.map((row) => labels(model, row)));
    expect(answers.flat()).toEqual(manyLabels);
    expect(runs.length).toBeLessThan(manyRows.length);
    expect(runs.reduce((sum, requests) => sum + requests, 0)).toBe(manyRows.length);
    expect(await labels(model, ...manyRows)).toEqual(manyLabels);
  });
});

describe("a small model", () => {
  it("gives the same answers wherever it runs", async () => {
    const model = await start(toyGraph());
    expect(await labels(model, ...manyRows)).toEqual(manyLabels);
    expect((await Promise.all(manyRows.map((row) => labels(model, row)))).flat()).toEqual(
      manyLabels,
    );
  });

  it("whose rows' answers depend on each other shares no run", async () => {
    const model = await start(crowdGraph());
    expect(model.placement.isRowWise).toBe(false);
    const alone = await labels(model, [9, 1, 1]);
    const together = await Promise.all([
      labels(model, [9, 1, 1]),
      labels(model, [9, 1, 1]),
      labels(model, [1, 9, 1]),
    ]);
    expect(together.slice(0, 2)).toEqual([alone, alone]);
  });

  it("that fails on some input fails that request only", async () => {
    const model = await start(pickyGraph());
    const asked = [
      [9, 1, 1],
      [1, 1, 9],
      [1, 9, 1],
    ].map((row) => labels(model, row));
    const [first, second, third] = await Promise.allSettled(asked);
    expect(first).toMatchObject({ status: "fulfilled", value: [0] });
    expect(second).toMatchObject({ reason: expect.any(RunFailedError) as unknown });
    expect(third).toMatchObject({ status: "fulfilled", value: [1] });
  });
});

describe("a worker that ends by itself", () => {
  const watched = () => {
    const threads: Worker[] = [];
    const lost: string[] = [];
    const spawn = () => {
      const worker = new Worker(program);
      threads.push(worker);
      return worker;
    };
    const events: RunEvents = {
      batch: () => undefined,
      refused: () => undefined,
      workerLost: (_of, message) => void lost.push(message),
    };
    return { threads, lost, options: { spawn, events } };
  };

  it("fails its requests with a reason, is counted, and another one takes its place", async () => {
    const { threads, lost, options } = watched();
    const model = await start(slow, options);
    const asked = labels(model, [1, 2, 9]);
    await threads[0]?.terminate();
    await expect(asked).rejects.toThrow(WorkerLostError);
    expect(model.isLost).toBe(true);
    expect(await labels(model, [1, 2, 9])).toEqual([2]);
    expect(model.isLost).toBe(false);
    expect(lost).toHaveLength(1);
    expect(threads).toHaveLength(2);
  });

  it("tells requests while its graph cannot be had again, and tries on", async () => {
    const { threads, options } = watched();
    let isAway = true;
    const model = await start(slow, options, () =>
      isAway ? Promise.reject(new Error("the store is away")) : Promise.resolve(slow),
    );
    await threads[0]?.terminate();
    await expect(labels(model, [1, 2, 9])).rejects.toThrow("the store is away");
    isAway = false;
    for (let tries = 0; model.isLost && tries < 500; tries++) await pause(20);
    expect(await labels(model, [1, 2, 9])).toEqual([2]);
  });
});

describe("a graph that is not to be served", () => {
  const refusal = async (graph: Uint8Array, options: RunnerOptions = {}) =>
    start(graph, options).then(
      () => undefined,
      (error: unknown) => error,
    );
  const thread = (text: string) => () => new Worker(text, { eval: true });

  it("is given up where it does not open, or its thread ends over it", async () => {
    expect(await refusal(toyGraph().subarray(0, 60))).toMatchObject({ reason: "graph-invalid" });
    const silent = { spawn: thread("setInterval(() => {}, 1e6)"), warmUpMs: 100 };
    expect(await refusal(toyGraph(), silent)).toMatchObject({
      reason: "graph-invalid",
      message: expect.stringContaining("in time") as string,
    });
    const dying = { spawn: thread("process.exit(3)") };
    expect(await refusal(toyGraph(), dying)).toMatchObject({ reason: "graph-invalid" });
  });

  it("is not at fault where what should run it is missing: nothing falls back to the processor", async () => {
    expect(await refusal(toyGraph(), { provider: "cuda" })).toMatchObject({
      reason: "provider-missing",
      message: expect.stringContaining("cuda") as string,
    });
    expect(await refusal(toyGraph().subarray(0, 60), { provider: "cuda" })).toMatchObject({
      reason: "graph-invalid",
    });
  });

  it("is given up where it does not answer its example in time", async () => {
    const opened = {
      kind: "opened",
      graph: {
        inputMetadata: [{ name: "features", isTensor: true, type: "float32", shape: ["batch", 3] }],
        outputMetadata: [
          { name: "label", isTensor: true, type: "int64", shape: ["batch"] },
          { name: "probabilities", isTensor: true, type: "float32", shape: ["batch", 3] },
        ],
      },
    };
    const spawn = thread(`
      const { parentPort } = require("node:worker_threads");
      parentPort.on("message", ({ kind }) => {
        if (kind === "open") parentPort.postMessage(${JSON.stringify(opened)});
      });
    `);
    expect(await refusal(toyGraph(), { spawn, warmUpMs: 3000 })).toMatchObject({
      reason: "warm-up-failed",
      message: expect.stringContaining("does not answer its example") as string,
    });
  });
});
