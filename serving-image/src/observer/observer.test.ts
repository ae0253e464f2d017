import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import type { ServingConfig } from "../../../contracts/serving-config.ts";
import { observedToy, sheetOf, toyInference } from "../../testing/observed.ts";
import { credentials } from "../../testing/toy-release.ts";
import { Metrics } from "../metrics.ts";
import { answersOf } from "./answers.ts";
import { InputRanges, otherFeatures } from "./input-ranges.ts";
import { Observer } from "./observer.ts";

/** Threads that do not do their work; what they do when they do it is seen in observation.test.ts. */
const config: ServingConfig = {
  schema: "isotherm.dev/serving-config/v1",
  environment: "dev",
  slot: "blue",
  objects: { endpoint: "http://127.0.0.1:1", region: "us-east-1", bucket: "isotherm" },
  models: [],
};

let observer: Observer | undefined;
afterEach(async () => {
  await observer?.drain(0);
  observer = undefined;
});

function start(program: string): { metrics: Metrics; started: () => number } {
  const metrics = new Metrics("image:1");
  let started = 0;
  observer = new Observer(config, {
    credentials,
    metrics,
    log: pino({ level: "silent" }),
    spawn: () => {
      started++;
      return new Worker(program, { eval: true });
    },
  });
  return { metrics, started: () => started };
}

async function lostOf(metrics: Metrics, reason: string): Promise<number> {
  const page = await metrics.registry.getSingleMetricAsString("audit_records_lost_total");
  const [, count] = new RegExp(`reason="${reason}"\\} (\\d+)`).exec(page) ?? [];
  return Number(count ?? 0);
}

describe("observer", () => {
  it("S-02 holds a bounded number of answers before a thread that reads none, and counts the others", async () => {
    const { metrics } = start("setInterval(() => {}, 1000)");
    const large = toyInference(Array.from({ length: 4096 }, () => [1, 2, 3]));
    const answers = 600;
    for (let n = 0; n < answers; n++) observer?.observe(large);
    await observer?.drain(0);
    const busy = await lostOf(metrics, "thread-busy");
    // An answer takes 80 KB; 16 MiB may wait.
    expect(busy).toBeGreaterThan(answers - 260);
    expect(busy + (await lostOf(metrics, "drain"))).toBe(answers);
  });

  it("starts a thread that ended again, and counts what it had been told", async () => {
    const { metrics, started } = start("setTimeout(() => process.exit(1), 100)");
    for (let n = 0; n < 500; n++) observer?.observe(toyInference([[1, 2, 3]]));
    for (let tries = 0; tries < 500 && started() < 2; tries++) await pause(20);
    expect(started()).toBe(2);
    expect(await lostOf(metrics, "thread-failed")).toBe(500);
  });
});

describe("input ranges", () => {
  const look = (contract: Parameters<typeof observedToy>[0], rows: number[][]) => {
    const ranges = new InputRanges(observedToy(contract).contract);
    for (const answer of answersOf(sheetOf([toyInference(rows)]))) ranges.look(answer);
    return ranges.take();
  };

  it("count values outside what training saw; a bound itself is inside, a missing value is none", () => {
    const features = [
      { name: "a", range: [0, 1] as [number, number] },
      { name: "b" },
      { name: "c" },
    ];
    const rows = [
      [0, 9, 9],
      [1, 9, 9],
      [1.5, 9, 9],
      [-1, 9, 9],
      [Number.NaN, 9, 9],
    ];
    expect([...look({ features }, rows)]).toEqual([["a", 2]]);
  });

  it("have few names, however many features a model has", () => {
    const features = Array.from({ length: 300 }, (_, place) => ({
      name: `f${place}`,
      range: [0, 1] as [number, number],
    }));
    const ranges = new InputRanges({ features });
    const [answer] = [...answersOf(sheetOf([toyInference([[1, 2, 3]])]))];
    ranges.look({ ...answer!, inputs: [new Float32Array(300).fill(2)] });
    const counts = ranges.take();
    expect(counts.size).toBe(65);
    expect(counts.get(otherFeatures)).toBe(236);
    expect(ranges.take().size).toBe(0);
  });
});
