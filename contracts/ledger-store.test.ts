import { createPublicKey } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { entryKey, type LedgerEntry } from "./ledger.ts";
import { LedgerWriter, readLedger, type Next } from "./ledger-store.ts";
import { verifyLedger } from "./ledger-verify.ts";
import type { ObjectStore } from "./object-store.ts";
import type { FakeS3 } from "./testing/fake-s3.ts";
import {
  ledgerBucket,
  startLedgerStore,
  testKey,
  trafficEntry,
  writeLedger,
} from "./testing/ledgers.ts";

let s3: FakeS3;
let store: ObjectStore;
beforeEach(async () => {
  ({ s3, store } = await startLedgerStore());
});
afterEach(() => s3.close());

const open = () =>
  LedgerWriter.open({ store, bucket: ledgerBucket, environment: "prod", key: testKey() });

async function verdict() {
  const stored = await readLedger(store, ledgerBucket);
  return verifyLedger(stored, { environment: "prod", publicKey: createPublicKey(testKey()) });
}

/** Says a weight, unless the ledger says it already. */
const say =
  (blue: number) =>
  (next: Next): LedgerEntry | undefined => {
    const entry = trafficEntry(blue, next);
    const change = next.state.lastOf(entry.object)?.change;
    const isSaid = change?.kind === "traffic" && change.to?.weights["blue"] === blue;
    return isSaid ? undefined : entry;
  };

test("a writer that starts again goes on where the ledger ends, and knows what it says", async () => {
  await writeLedger(store, 3);
  const writer = await open();
  expect(writer.end?.sequence).toBe(3);
  expect(await writer.append(say(3))).toBeUndefined();
  expect((await writer.append(say(80)))?.sequence).toBe(4);
  expect((await verdict()).findings).toEqual([]);
});

test("two writers at once never fork the chain, and the slower one hears what the other said", async () => {
  const writers = await Promise.all([open(), open()]);
  await Promise.all(
    writers.map(async (writer, index) => {
      for (let number = 0; number < 15; number++) {
        await writer.append((next) => trafficEntry(index * 50 + number, next));
      }
    }),
  );
  const { entries, findings } = await verdict();
  expect(findings).toEqual([]);
  expect(entries).toHaveLength(30);
  // The end of both is the same once each has read it.
  const [one, other] = writers;
  await one?.append(() => undefined);
  await one?.append((next) => trafficEntry(99, next));
  await other?.append(say(99));
  expect(other?.end).toEqual(one?.end);
});

test("two writers that see the same change write it once", async () => {
  const [one, other] = await Promise.all([open(), open()]);
  await Promise.all([one.append(say(70)), other.append(say(70))]);
  expect((await verdict()).entries).toHaveLength(1);
});

test("an answer that is lost after the entry was written is no second entry", async () => {
  const writer = await open();
  let isLost = false;
  s3.weather = {
    strike: ({ method, path, body }) => {
      if (isLost || method !== "PUT" || !path.includes("/entries/")) return undefined;
      isLost = true;
      s3.objects.set(path, body);
      return "drop";
    },
  };
  await writer.append(say(70));
  expect(isLost).toBe(true);
  const { entries, findings } = await verdict();
  expect(findings).toEqual([]);
  expect(entries).toHaveLength(1);
});

test("a writer that is stopped between entry and head leaves a sound ledger, and the next one mends the head", async () => {
  const writer = await writeLedger(store, 2);
  s3.weather = { strike: ({ path }) => (path.endsWith("head.json") ? { status: 403 } : undefined) };
  await expect(writer.append(say(70))).rejects.toThrow("403");
  s3.weather = {};
  expect((await verdict()).findings).toEqual([]);
  await open();
  s3.objects.delete(`${ledgerBucket}/${entryKey(3)}`);
  expect((await verdict()).findings.map(({ text }) => text)).toEqual([
    "entry 3 was taken off the end: the head goes on to entry 3",
  ]);
});

test("numbers that were taken off the end are never given again, so that the gap stays to be seen", async () => {
  await writeLedger(store, 5);
  s3.objects.delete(`${ledgerBucket}/${entryKey(5)}`);
  s3.objects.delete(`${ledgerBucket}/${entryKey(4)}`);
  const writer = await open();
  expect(writer.findings).toHaveLength(2);
  await writer.append(say(70));
  expect((await verdict()).findings.map(({ text }) => text)).toEqual([
    "entry 4 is missing",
    "entry 5 is missing",
  ]);
});

test("a number that somebody took with something else is passed over, and found", async () => {
  const writer = await writeLedger(store, 1);
  s3.objects.set(`${ledgerBucket}/${entryKey(2)}`, Buffer.from("squatter"));
  expect((await writer.append(say(70)))?.sequence).toBe(3);
  expect((await verdict()).findings.map(({ text }) => text)).toEqual([
    "entry 2 was changed: it is no JSON",
  ]);
});

test("a store that refuses is an error, and asking again writes the entry once", async () => {
  const writer = await open();
  s3.weather = { strike: () => ({ status: 503 }) };
  await expect(writer.append(say(70))).rejects.toThrow("503");
  s3.weather = {};
  await writer.append(say(70));
  await writer.append(say(70));
  expect((await verdict()).entries).toHaveLength(1);
});

test("a ledger longer than a listing's page, and than what is read at once, is read whole", async () => {
  await writeLedger(store, 40);
  expect((await verdict()).entries).toHaveLength(40);
});
