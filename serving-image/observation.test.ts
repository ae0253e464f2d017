import { gunzipSync } from "node:zlib";
import { CloudEvent, HTTP } from "cloudevents";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditCounts, AuditLine, AuditRecord, FeedbackRecord } from "../contracts/audit-record.ts";
import { buckets } from "../contracts/names.ts";
import type { ServedModel, ServingConfig } from "../contracts/serving-config.ts";
import { ObjectStore } from "../contracts/object-store.ts";
import type { FakeS3 } from "../contracts/testing/fake-s3.ts";
import { FakeServer } from "../contracts/testing/fake-server.ts";
import { measureDrift } from "../training-image/drift/measure-drift.ts";
import { apiKey, ServerProcess } from "./testing/server-process.ts";
import { credentials, startStore, storeToy } from "./testing/toy-release.ts";

/** One server in a process of its own, from its start to its end: what it tells about its answers, and where. */
const key = { "x-api-key": apiKey };
const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

let s3: FakeS3;
let sink: FakeServer;
let server: ServerProcess;
let lines: AuditLine[];
let paths: string[];
let metrics: string;
let release: string;

beforeAll(async () => {
  s3 = await startStore();
  sink = await new FakeServer(() => ({ status: 202 })).listen();
  const features = [{ name: "a", range: [0, 5] as [number, number] }, { name: "b" }, { name: "c" }];
  ({ release } = await storeToy(s3, { contract: { features } }));
  const models: ServedModel[] = [{ name: "toy", version: "3", release }];
  server = await ServerProcess.start({ objects: s3.url, models });
  await server.ready();
  const config: ServingConfig = {
    schema: "isotherm.dev/serving-config/v1",
    environment: "dev",
    slot: "blue",
    objects: { endpoint: s3.url, region: "us-east-1", bucket: buckets.releases },
    models,
    audit: { log: "all", redact: ["b"], retentionDays: 30 },
    events: { url: sink.url },
  };
  await server.mount(JSON.stringify(config));
  await server.until(() =>
    server.lines.find(({ msg }) => msg === "configuration read again") ? true : undefined,
  );
  const ask = (id: string, features: number[][]) =>
    server.post("/predict", { features }, { ...key, "x-request-id": id, traceparent: trace });
  await ask("right", [[1, 2, 3]]);
  await ask("wrong", [[9, 2, 3]]);
  await ask("several", [
    [1, 2, 3],
    [3, 2, 1],
  ]);
  await server.post("/feedback", { request_id: "right", labels: ["third"] });
  await server.post("/feedback", { request_id: "wrong", labels: ["second"] });
  await server.post("/feedback", { request_id: "never-asked", labels: ["second"] });
  metrics = await server.until(async () => {
    const page = await server.metrics();
    return page.includes('result="unknown-request"') && page.includes("cloudevents_sent_total 3")
      ? page
      : undefined;
  });
  server.terminate();
  await server.exited;
  ({ paths, lines } = logOf(s3));
}, 60_000);
afterAll(async () => {
  await server.stop();
  await Promise.all([s3.close(), sink.close()]);
});

/** What a store has of logs, and where. */
function logOf({ objects }: FakeS3): { paths: string[]; lines: AuditLine[] } {
  const held = [...objects].filter(([path]) => path.endsWith(".jsonl.gz"));
  return {
    paths: held.map(([path]) => path),
    lines: held
      .flatMap(([, bytes]) => gunzipSync(bytes).toString().trimEnd().split("\n"))
      .map((line) => AuditLine.parse(JSON.parse(line))),
  };
}

function linesOf<T extends AuditLine>(schema: T["schema"]): T[] {
  return lines.filter((line) => line.schema === schema) as T[];
}

describe("what a server tells about its answers", () => {
  it("S-02 logs every prediction with its input, and writes the rest when it ends", () => {
    const records = linesOf<AuditRecord>("isotherm.dev/audit-record/v1");
    expect(
      records.map(({ requestId, rows, inputs, outputs }) => [
        requestId,
        rows,
        inputs,
        outputs["label"],
      ]),
    ).toEqual([
      ["right", 1, [[1, null, 3]], [2]],
      ["wrong", 1, [[9, null, 3]], [0]],
      [
        "several",
        2,
        [
          [1, null, 3],
          [3, null, 1],
        ],
        [2, 0],
      ],
    ]);
    expect(records[0]).toMatchObject({
      release,
      model: "toy",
      version: "3",
      dataVersion: "data-7",
      slot: "blue",
      route: "/predict",
      traceparent: trace,
      redacted: ["b"],
      isShadow: false,
    });
    const counts = linesOf<AuditCounts>("isotherm.dev/audit-counts/v1");
    expect(counts.reduce((sum, { observed }) => sum + observed, 0)).toBe(3);
    expect(counts.reduce((sum, { written }) => sum + written, 0)).toBe(3);
    for (const path of paths) {
      expect(path).toMatch(
        /^isotherm\/(audit|feedback)\/dev\/toy\/\d{4}-\d\d-\d\d\/\d\d\/[\w.-]+-\d{6}\.jsonl\.gz$/,
      );
    }
  });

  it("S-03 keeps labels beside the log, joined with their answers where they are known", () => {
    const records = linesOf<FeedbackRecord>("isotherm.dev/feedback-record/v1");
    expect(
      records.map(({ requestId, labels, predictions }) => [requestId, labels, predictions]),
    ).toEqual([
      ["right", ["third"], ["third"]],
      ["wrong", ["second"], ["first"]],
      ["never-asked", ["second"], undefined],
    ]);
    expect(metrics).toContain('model_feedback_total{model_name="toy",result="joined"} 2');
    expect(metrics).toContain('model_feedback_total{model_name="",result="unknown-request"} 1');
    expect(metrics).toMatch(/model_quality_accuracy\{.*\} 0\.5\n/);
    expect(metrics).toMatch(/model_quality_answers\{.*\} 2\n/);
  });

  it("T-10 sends the same as CloudEvents, in batches that the CloudEvents SDK reads", () => {
    const events = sink.requests.flatMap(({ headers, body }) => {
      const read = HTTP.toEvent({ headers, body: body.toString() });
      return Array.isArray(read) ? read : [read];
    });
    expect(events).toHaveLength(3);
    for (const event of events) expect(new CloudEvent(event).validate()).toBe(true);
    expect(events[0]).toMatchObject({
      type: "dev.isotherm.inference.v1",
      source: "/isotherm/dev/toy/blue",
      subject: `toy@${release.slice(0, 12)}`,
      traceparent: trace,
    });
    const records = linesOf<AuditRecord>("isotherm.dev/audit-record/v1");
    expect(events.map(({ data }) => data as unknown)).toEqual(records);
  });

  it("counts inputs that training never saw", () => {
    expect(metrics).toMatch(/model_input_out_of_range_total\{.*feature="a"\} 1\n/);
    expect(metrics).not.toMatch(/model_input_out_of_range_total\{.*feature="b"/);
  });

  it("U-14 is a log that the drift job reads: every record, every count, every label", async () => {
    const options = { endpoint: s3.url, region: "us-east-1", ...credentials };
    const [result, ...others] = await measureDrift({
      objects: new ObjectStore(options),
      bucket: buckets.releases,
      environment: "dev",
      model: "toy",
      window: { from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 60_000) },
      minimumRows: 1,
      threshold: 0.1,
    });
    expect(others).toEqual([]);
    expect(result).toMatchObject({
      verdict: "no-baseline",
      release,
      records: 3,
      rows: 4,
      observed: 3,
      lost: {},
      unreadable: 0,
      redacted: ["b"],
      quality: { rows: 2, accuracy: 0.5 },
    });
  });
});

describe("a server in the slot of the shadow", () => {
  it("T-02 marks its records as those of a shadow, under the request id that the client's answer has", async () => {
    const store = await startStore();
    let shadow: ServerProcess | undefined;
    try {
      const models = [{ name: "toy", version: "4", release: (await storeToy(store)).release }];
      const config = { slot: "shadow" as const };
      shadow = await ServerProcess.start({ objects: store.url, models, config });
      await shadow.ready();
      const sent = { ...key, "x-request-id": "right" };
      const answered = await shadow.post("/predict", { features: [[1, 2, 3]] }, sent);
      expect(answered.headers.get("x-model-slot")).toBe("shadow");
      // What turned out to be true is about the answer that the client got.
      await shadow.post("/feedback", { request_id: "right", label: "third" });
      const page = await shadow.until(async () => {
        const text = await (shadow as ServerProcess).metrics();
        return text.includes('result="unknown-request"') ? text : undefined;
      });
      expect(page).toMatch(/model_predictions_total\{[^}]*slot="shadow"[^}]*\} 1\n/);
      shadow.terminate();
      await shadow.exited;
      const [record, ...others] = logOf(store).lines.filter(
        ({ schema }) => schema === "isotherm.dev/audit-record/v1",
      );
      expect(others).toEqual([]);
      expect(record).toMatchObject({ requestId: "right", slot: "shadow", isShadow: true });
    } finally {
      await shadow?.stop();
      await store.close();
    }
  });
});
