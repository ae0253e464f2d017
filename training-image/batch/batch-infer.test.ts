import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { buckets } from "../../contracts/names.ts";
import { Predictions } from "../../contracts/predictions.ts";
import { storeToy, toyGraph } from "../../serving-image/testing/toy-release.ts";
import { batchInferCommand } from "../commands/batch-infer.ts";
import { DataSetStore } from "../data/data-set-store.ts";
import { dyingFetch } from "../testing/dying-fetch.ts";
import { FakePlatform } from "../testing/platform.ts";
import { testSurroundings } from "../testing/surroundings.ts";
import { batchInfer, type BatchOptions } from "./batch-infer.ts";

/** B-01 Batch inference with real graphs, in front of a fake object store. */
let platform: FakePlatform;
let release: string;
beforeEach(async () => {
  platform = await new FakePlatform().start();
  release = (await storeToy(platform.s3)).release;
  const files = [
    ["a.csv", "id,a,b,c\nr1,3,1,1\nr2,1,3,1\nr3,1,1,3\n"],
    ["b.jsonl", '{"id":"r4","a":2,"b":1,"c":0}\n{"id":"r5","a":0,"b":1,"c":2}\n'],
  ].map(([path = "", text]) => ({ path, read: async () => new TextEncoder().encode(text) }));
  await new DataSetStore(platform.services().objects, buckets.releases).push({
    name: "rows",
    version: "1",
    files,
  });
});
afterEach(() => platform.stop());

const infer = (changes: Partial<BatchOptions> = {}, fetch = platform.direct) => {
  const { objects, log } = platform.services({ fetch });
  return batchInfer({
    objects,
    bucket: buckets.releases,
    release,
    dataSet: "rows@1",
    format: "jsonl",
    rowsPerPart: 2,
    keep: ["id"],
    out: "nightly/1",
    signal: new AbortController().signal,
    log,
    progress: { show: () => {}, clear: () => {} },
    ...changes,
  });
};
const held = (path: string) => platform.s3.objects.get(`${buckets.releases}/predictions/${path}`);
const lines = (path: string) =>
  held(path)!
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const expectWhole = ({ parts }: Predictions) => {
  for (const { path, sha256, size } of parts) {
    const bytes = held(`nightly/1/${path}`)!;
    expect([sha256Hex(bytes), bytes.length]).toEqual([sha256, size]);
  }
};

describe("batch inference", () => {
  it("B-01 writes a prediction for every row, in parts, with its lineage", async () => {
    const { key, predictions } = await infer();
    expect(key).toBe("predictions/nightly/1/predictions.json");
    expect(predictions).toMatchObject({
      question: { model: "toy", release, dataSet: { name: "rows", version: "1", rows: 5 } },
      trainedOn: { version: "data-7" },
      rows: 5,
    });
    expect(predictions.parts.map(({ path, rows }) => [path, rows])).toEqual([
      ["part-00000.jsonl", 2],
      ["part-00001.jsonl", 2],
      ["part-00002.jsonl", 1],
    ]);
    expectWhole(predictions);
    const all = predictions.parts.flatMap(({ path }) => lines(`nightly/1/${path}`));
    expect(all.map(({ row, id, class: name }) => [row, id, name])).toEqual([
      [1, "r1", "first"],
      [2, "r2", "second"],
      [3, "r3", "third"],
      [4, "r4", "first"],
      [5, "r5", "third"],
    ]);
    const [{ probabilities }] = all as [{ probabilities: number[] }];
    expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
  });

  it("B-01 killed at any request goes on after the parts that are there, and ends with the same bytes", async () => {
    const whole = (await infer()).predictions;
    let count = 0;
    const counting: typeof fetch = (...request) => {
      count++;
      return platform.direct(...request);
    };
    const outputs = () =>
      [...platform.s3.objects.keys()].filter((key) => key.includes("/predictions/"));
    const forget = () => outputs().forEach((key) => platform.s3.objects.delete(key));
    forget();
    await infer({}, counting);
    for (let deadline = 0; deadline < count; deadline++) {
      for (const reached of ["before", "after"] as const) {
        forget();
        await expect(infer({}, dyingFetch(deadline, reached, platform.direct))).rejects.toThrow(
          "dead",
        );
        const before = new Map(platform.s3.objects);
        expect((await infer()).predictions).toEqual(whole);
        for (const [key, bytes] of before) expect(platform.s3.objects.get(key)).toBe(bytes);
        expectWhole(whole);
      }
    }
  });

  it("asked again when it is done reads nothing but what it had answered", async () => {
    const first = await infer();
    const files = [...platform.s3.objects.keys()].filter((key) => key.includes("part-"));
    for (const key of files) platform.s3.objects.delete(key);
    expect(await infer()).toEqual(first);
  });

  it("ends between two parts when it is asked to, with no manifest", async () => {
    const ending = new AbortController();
    const log = platform.services().log;
    const work = infer({
      signal: ending.signal,
      log: Object.assign(Object.create(log) as typeof log, { info: () => ending.abort() }),
    });
    await expect(work).rejects.toThrow("aborted");
    expect(held("nightly/1/part-00000.jsonl")).toBeDefined();
    expect(held("nightly/1/part-00001.jsonl")).toBeUndefined();
    expect(held("nightly/1/predictions.json")).toBeUndefined();

    await infer();
    const told = platform.lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(told.filter((text) => text.startsWith("part-"))).toEqual([
      "part-00000.jsonl was there",
      "part-00001.jsonl is written",
      "part-00002.jsonl is written",
    ]);
  });

  it("writes CSV with a column a probability", async () => {
    await infer({ format: "csv", rowsPerPart: 10 });
    const [header, first] = held("nightly/1/part-00000.csv")!.toString().split("\n");
    expect(header).toBe("row,id,prediction,class,probabilities_0,probabilities_1,probabilities_2");
    expect(first).toMatch(/^1,r1,0,first,0\.\d+,0\.\d+,0\.\d+$/);
  });

  it("refuses a place that holds another question's answer, a column that is not there, and bad rows", async () => {
    await infer();
    await expect(infer({ rowsPerPart: 3 })).rejects.toThrow("choose another --out");
    await expect(infer({ out: "x", keep: ["name"] })).rejects.toThrow("row 1 has no column 'name'");
    const logarithm = (await storeToy(platform.s3, { graph: toyGraph(1, true) })).release;
    await expect(infer({ out: "y", release: logarithm })).rejects.toThrow(
      "the model has no finite answer",
    );
    expect(held("y/predictions.json")).toBeUndefined();
  });

  it("as it is typed: says where the predictions are, and refuses what makes no sense", async () => {
    const type = async (...words: string[]) => {
      const around = testSurroundings(platform);
      const given = ["--endpoint", platform.s3.url, "--release", release.slice(0, 12)];
      const all = [...given, "--data", "rows@1", ...words];
      await batchInferCommand(around).parseAsync(all, { from: "user" });
      return JSON.parse(around.printed.join("")) as { predictions: string };
    };
    const told = await type();
    expect(told).toMatchObject({ rows: 5, parts: 1 });
    expect(told.predictions).toMatch(
      /^s3:\/\/isotherm\/predictions\/toy\/[0-9a-f]{12}\/predictions\.json$/,
    );
    await expect(type("--rows-per-part", "0")).rejects.toThrow("--rows-per-part: must be");
    await expect(type("--out", "../x")).rejects.toThrow("--out: must be");
  });
});
