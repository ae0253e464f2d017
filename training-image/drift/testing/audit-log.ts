import { gzipSync } from "node:zlib";
import {
  type AuditCounts,
  type AuditLine,
  auditPrefix,
  type AuditRecord,
  type FeedbackRecord,
} from "../../../contracts/audit-record.ts";
import type { FakeS3 } from "../../../contracts/testing/fake-s3.ts";
import { buckets } from "../../../contracts/names.ts";

const place = { environment: "prod", model: "wine" };
const server = "server-1";

/** An audit log as servers write it, in a fake store. */
export class TestLog {
  readonly #s3: FakeS3;
  #objects = 0;

  constructor(s3: FakeS3) {
    this.#s3 = s3;
  }

  /** One object of records, with its counts. */
  write(records: readonly AuditRecord[], time: Date, lost: Record<string, number> = {}): void {
    const losses = Object.values(lost).reduce((sum, count) => sum + count, 0);
    const counts: AuditCounts = {
      schema: "isotherm.dev/audit-counts/v1",
      ...place,
      server,
      sequence: this.#objects,
      from: time.toISOString(),
      to: new Date(time.getTime() + 10_000).toISOString(),
      observed: records.length + losses,
      written: records.length,
      lost,
    };
    this.#put("audit", time, [...records, counts]);
  }

  label(records: readonly FeedbackRecord[], time: Date): void {
    this.#put("feedback", time, records);
  }

  #put(log: "audit" | "feedback", time: Date, lines: readonly AuditLine[]): void {
    const key = `${auditPrefix(log, place, time)}${server}-${this.#objects++}.jsonl.gz`;
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    this.#s3.objects.set(`${buckets.releases}/${key}`, gzipSync(text));
  }
}

export function recordOf(
  release: string,
  requestId: string,
  time: Date,
  row: readonly unknown[],
  label: number,
): AuditRecord {
  return {
    schema: "isotherm.dev/audit-record/v1",
    requestId,
    time: time.toISOString(),
    ...place,
    version: "1",
    release,
    dataVersion: "1",
    slot: "blue",
    isShadow: false,
    route: "/predict",
    durationMs: 1,
    rows: 1,
    inputs: [[...row]],
    outputs: { label: [label] },
  };
}

export function labelOf(requestId: string, time: Date, label: string): FeedbackRecord {
  return {
    schema: "isotherm.dev/feedback-record/v1",
    requestId,
    time: time.toISOString(),
    environment: place.environment,
    model: place.model,
    labels: [label],
  };
}
