import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AuditCounts, AuditLine } from "../../../contracts/audit-record.ts";
import { ObjectStore } from "../../../contracts/object-store.ts";
import { FakeS3 } from "../../../contracts/testing/fake-s3.ts";
import { credentials } from "../../testing/toy-release.ts";
import { defaultLimits, type LogLimits, LogWriter, type LossReason } from "./log-writer.ts";

const bucket = "isotherm";
const place = { log: "audit", environment: "dev", model: "toy" } as const;

let s3: FakeS3;
let clock: number;
let written: number;
let lost: Map<LossReason, number>;
let troubles: (string | undefined)[];

beforeEach(async () => {
  s3 = await new FakeS3(credentials.accessKeyId).listen();
  s3.buckets.add(bucket);
  clock = Date.parse("2026-03-04T05:59:58.000Z");
  written = 0;
  lost = new Map();
  troubles = [];
});
afterEach(() => s3.close());

function writer(limits: Partial<LogLimits> = {}): LogWriter {
  const store = new ObjectStore({
    endpoint: s3.url,
    region: "us-east-1",
    ...credentials,
    retries: 0,
  });
  return new LogWriter({
    target: () => ({ store, bucket }),
    limits: { ...defaultLimits, pageMs: 10_000, retryMs: 5, ...limits },
    onWritten: (_place, records) => (written += records),
    onLost: (_place, records, reason) => lost.set(reason, (lost.get(reason) ?? 0) + records),
    onTrouble: (message) => troubles.push(message),
    now: () => clock,
  });
}

function objects(): { key: string; lines: string[] }[] {
  return [...s3.objects]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, bytes]) => ({ key, lines: gunzipSync(bytes).toString().trimEnd().split("\n") }));
}

async function until(isDone: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !isDone(); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(isDone()).toBe(true);
}

describe("log writer", () => {
  it("writes each object from its own lines, though they take turns in the same room", async () => {
    const log = writer({ pageBytes: 100_000 });
    const line = (text: string, length: number) => JSON.stringify(text.repeat(length));
    log.add(place, line("a", 99_999), clock);
    log.add(place, line("b", 200), clock);
    await log.drain(1_000);
    const [first, second] = objects().map(({ lines }) => lines.slice(0, -1));
    expect(first).toEqual([line("a", 99_999)]);
    expect(second).toEqual([line("b", 200)]);
  });

  it("S-02 writes lines when they are old enough, under the day and hour of the first, with its counts last", async () => {
    const log = writer();
    log.add(place, '{"n":1}', clock);
    clock += 9_000;
    log.tick();
    log.add(place, '{"n":2}', clock);
    expect(s3.requests).toHaveLength(0);
    clock += 1_000;
    log.tick();
    await until(() => written === 2);
    const [object, ...others] = objects();
    expect(others).toEqual([]);
    expect(object?.key).toMatch(
      /^isotherm\/audit\/dev\/toy\/2026-03-04\/05\/.+-000000\.jsonl\.gz$/,
    );
    expect(object?.lines.slice(0, 2)).toEqual(['{"n":1}', '{"n":2}']);
    expect(AuditCounts.parse(JSON.parse(object?.lines[2] ?? ""))).toMatchObject({
      sequence: 0,
      from: "2026-03-04T05:59:58.000Z",
      to: "2026-03-04T06:00:08.000Z",
      observed: 2,
      written: 2,
      lost: {},
    });
  });

  it("writes at once what is large enough", async () => {
    const log = writer({ pageBytes: 100 });
    for (let n = 0; n < 25; n++) log.add(place, "x".repeat(10), clock);
    await until(() => written === 20);
    expect(objects().map(({ lines }) => lines.length)).toEqual([11, 11]);
    expect(log.waiting).toBe(5);
  });

  it("says that there was no traffic, so that silence is not taken for loss", async () => {
    const log = writer();
    log.open(place);
    clock += 5 * 60_000;
    log.tick();
    await until(() => s3.objects.size === 1);
    const line = AuditLine.parse(JSON.parse(objects()[0]?.lines[0] ?? ""));
    expect(line).toMatchObject({ observed: 0, written: 0, lost: {} });
  });

  it("waits for a store that is away within its memory, counts what is lost beyond, and tells both", async () => {
    s3.weather.strike = () => "drop";
    const log = writer({ totalBytes: 100 });
    for (let n = 0; n < 15; n++) log.add(place, "x".repeat(9), clock);
    expect([...lost]).toEqual([["buffer-full", 5]]);
    clock += 10_000;
    log.tick();
    await until(() => troubles.length >= 3);
    expect(log.waiting).toBe(10);
    log.add(place, "x".repeat(10), clock);
    expect(lost.get("buffer-full")).toBe(6);
    s3.weather = {};
    await until(() => written === 10);
    expect(troubles.at(-1)).toBeUndefined();
    log.add(place, "x".repeat(10), clock);
    clock += 10_000;
    log.tick();
    await until(() => written === 11);
    const counts = objects().map(({ lines }) => AuditCounts.parse(JSON.parse(lines.at(-1) ?? "")));
    expect(counts.map(({ observed, written: count, lost: of }) => [observed, count, of])).toEqual([
      [15, 10, { "buffer-full": 5 }],
      [2, 1, { "buffer-full": 1 }],
    ]);
  });

  it("writes the rest at its end, and counts what it could not write in time", async () => {
    const log = writer();
    log.add(place, "a", clock);
    await log.drain(5_000);
    expect(written).toBe(1);
    s3.weather.strike = () => "hang";
    const late = writer();
    late.add(place, "a", clock);
    late.add(place, "b", clock);
    await late.drain(50);
    expect([...lost]).toEqual([["drain", 2]]);
  });

  it("keeps the logs of models apart, and labels without counts", async () => {
    const log = writer();
    log.add(place, "a", clock);
    log.add({ ...place, model: "other" }, "b", clock);
    log.add({ ...place, log: "feedback" }, "c", clock);
    await log.drain(5_000);
    expect(
      objects().map(({ key, lines }) => [key.split("/").slice(1, 4).join("/"), lines.length]),
    ).toEqual([
      ["audit/dev/other", 2],
      ["audit/dev/toy", 2],
      ["feedback/dev/toy", 1],
    ]);
  });
});
