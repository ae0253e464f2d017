import { createPrivateKey, type KeyObject } from "node:crypto";
import { signingKeyPem } from "../envelope.ts";
import type { LedgerEntry } from "../ledger.ts";
import { LedgerWriter } from "../ledger-store.ts";
import { ObjectStore } from "../object-store.ts";
import { FakeS3 } from "./fake-s3.ts";

/** The key of a test's ledger; another number is another key. */
export function testKey(number = 7): KeyObject {
  return createPrivateKey(signingKeyPem(new Uint8Array(32).fill(number)));
}

export const ledgerBucket = "isotherm";

/** An object store of a test, with the bucket. */
export async function startLedgerStore(): Promise<{ s3: FakeS3; store: ObjectStore }> {
  const s3 = await new FakeS3("test").listen();
  s3.buckets.add(ledgerBucket);
  const store = new ObjectStore({
    endpoint: s3.url,
    region: "us-east-1",
    accessKeyId: "test",
    secretAccessKey: "test",
    retryDelayMs: 1,
    retries: 2,
  });
  return { s3, store };
}

export const release = (digit: string) => digit.repeat(64);

/** An entry of a route that gives blue so many percent of the requests, and green the others. */
export function trafficEntry(
  blue: number,
  next: { sequence: number; previous: string | null },
  change: Partial<LedgerEntry> = {},
): LedgerEntry {
  return {
    environment: "prod",
    sequence: next.sequence,
    previous: next.previous,
    model: "wine",
    at: "2026-11-01T10:00:00.000Z",
    recordedAt: "2026-11-01T10:00:01.000Z",
    seen: "live",
    object: {
      kind: "HTTPRoute",
      name: "wine",
      uid: "u1",
      createdAt: "2026-10-01T00:00:00.000Z",
      resourceVersion: String(next.sequence),
    },
    by: { manager: "kubectl-edit" },
    change: {
      kind: "traffic",
      from: null,
      to: { weights: { blue, green: 100 - blue }, rules: release("c") },
      releases: {
        blue: { release: release("a"), admittedIn: null },
        green: { release: release("b"), admittedIn: null },
      },
    },
    ...change,
  };
}

/** A ledger of so many entries, each another weight. */
export async function writeLedger(
  store: ObjectStore,
  count: number,
  key = testKey(),
): Promise<LedgerWriter> {
  const writer = await LedgerWriter.open({ store, bucket: ledgerBucket, environment: "prod", key });
  for (let number = 1; number <= count; number++) {
    await writer.append((next) => trafficEntry(number, next));
  }
  return writer;
}
