import { createPublicKey } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256Hex } from "./canonical.ts";
import { entryKey } from "./ledger.ts";
import { sealEntry, sealHead } from "./ledger-statement.ts";
import { readLedger } from "./ledger-store.ts";
import { verifyLedger, type SeenEnd } from "./ledger-verify.ts";
import type { ObjectStore } from "./object-store.ts";
import type { FakeS3 } from "./testing/fake-s3.ts";
import {
  ledgerBucket,
  startLedgerStore,
  testKey,
  trafficEntry,
  writeLedger,
} from "./testing/ledgers.ts";

/** A ledger of five entries in a store whose objects a test may change as its owner could. */
let s3: FakeS3;
let store: ObjectStore;
beforeEach(async () => {
  ({ s3, store } = await startLedgerStore());
  await writeLedger(store, 5);
});
afterEach(() => s3.close());

const path = (sequence: number) => `${ledgerBucket}/${entryKey(sequence)}`;
const head = `${ledgerBucket}/ledger/head.json`;

async function findings(seen: SeenEnd[] = [], key = testKey()): Promise<string[]> {
  const stored = await readLedger(store, ledgerBucket);
  const publicKey = createPublicKey(key);
  return verifyLedger(stored, { environment: "prod", publicKey, seen }).findings.map(
    ({ text }) => text,
  );
}

function take(from: string): Buffer {
  const bytes = s3.objects.get(from);
  if (bytes === undefined) throw new Error(`nothing at ${from}`);
  return bytes;
}

function edit(from: string, change: (envelope: Record<string, unknown>) => unknown): void {
  const envelope = JSON.parse(take(from).toString()) as Record<string, unknown>;
  s3.objects.set(from, Buffer.from(JSON.stringify(change(envelope))));
}

test("a ledger as it was written has no findings, and all its entries in order", async () => {
  const stored = await readLedger(store, ledgerBucket);
  const verdict = verifyLedger(stored, {
    environment: "prod",
    publicKey: createPublicKey(testKey()),
  });
  expect(verdict.findings).toEqual([]);
  expect(verdict.entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
});

test("an empty ledger has no findings", async () => {
  s3.objects.clear();
  expect(await findings()).toEqual([]);
});

test("a changed entry is named, and not the ones after it", async () => {
  edit(path(3), (envelope) => {
    const payload = Buffer.from(envelope["payload"] as string, "base64").toString();
    const forged = payload.replace('"blue":3', '"blue":4');
    expect(forged).not.toBe(payload);
    return { ...envelope, payload: Buffer.from(forged).toString("base64") };
  });
  expect(await findings()).toEqual([
    "entry 3 was changed: its signature does not fit what it says",
  ]);
});

test("an entry that somebody signed with a key of their own is named", async () => {
  const { previous, ...entry } = trafficEntry(99, { sequence: 3, previous: null });
  const before = sha256Hex(take(path(2)));
  const forged = sealEntry({ ...entry, previous: before }, testKey(8));
  s3.objects.set(path(3), Buffer.from(forged));
  expect(previous).toBeNull();
  expect(await findings()).toEqual([
    "entry 3 was changed: it is not signed with this ledger's key",
  ]);
});

test("a ledger of another key has no entry that counts", async () => {
  expect(await findings([], testKey(8))).toHaveLength(6);
});

test("a removed entry is named", async () => {
  s3.objects.delete(path(3));
  expect(await findings()).toEqual(["entry 3 is missing"]);
});

test("a first entry that is removed is named", async () => {
  s3.objects.delete(path(1));
  expect(await findings()).toEqual(["entry 1 is missing"]);
});

test("entries that are taken off the end are named, by the head", async () => {
  s3.objects.delete(path(5));
  s3.objects.delete(path(4));
  expect(await findings()).toEqual([
    "entry 4 was taken off the end: the head goes on to entry 5",
    "entry 5 was taken off the end: the head goes on to entry 5",
  ]);
});

test("all entries that are taken away are named, by the head", async () => {
  for (let sequence = 1; sequence <= 5; sequence++) s3.objects.delete(path(sequence));
  expect(await findings()).toHaveLength(5);
});

test("entries that are taken off the end together with the head are named by who remembers more", async () => {
  const recorder = { sequence: 5, sha256: sha256Hex(take(path(5))), who: "the recorder" };
  const headOfFour = { schema: "isotherm.dev/ledger-head/v1" as const, environment: "prod" };
  const sha256 = sha256Hex(take(path(4)));
  s3.objects.delete(path(5));
  s3.objects.set(head, Buffer.from(sealHead({ ...headOfFour, sequence: 4, sha256 }, testKey())));
  expect(await findings()).toEqual([]);
  expect(await findings([recorder])).toEqual([
    "entry 5 was taken off the end: the recorder goes on to entry 5",
  ]);
});

test("a head that is taken away, or changed, is a finding", async () => {
  edit(head, (envelope) => ({ ...envelope, payload: "e30=" }));
  expect(await findings()).toEqual([
    "the head was changed: its signature does not fit what it says",
  ]);
  s3.objects.delete(head);
  expect(await findings()).toEqual(["the head is missing, so entries may be missing at the end"]);
});

test("entries that change places are both named", async () => {
  const [two, four] = [take(path(2)), take(path(4))];
  s3.objects.set(path(2), four);
  s3.objects.set(path(4), two);
  expect(await findings()).toEqual([
    "entry 2 was reordered: it holds entry 4",
    "entry 4 was reordered: it holds entry 2",
  ]);
});

test("a copy of an entry at the end is named", async () => {
  s3.objects.set(path(6), take(path(5)));
  expect(await findings()).toEqual(["entry 6 was reordered: it holds entry 5"]);
});

test("an entry of another environment's ledger is named", async () => {
  const entry = trafficEntry(1, { sequence: 6, previous: sha256Hex(take(path(5))) });
  const text = sealEntry({ ...entry, environment: "dev" }, testKey());
  s3.objects.set(path(6), Buffer.from(text));
  expect(await findings()).toEqual(["entry 6 is of the ledger of dev"]);
});

test("an entry whose bytes are others than those the next one saw is found, though its signature is right", async () => {
  s3.objects.set(path(3), Buffer.from(` ${take(path(3)).toString()}`));
  expect(await findings()).toEqual(["entry 4 was not written after the entry 3 that is there"]);
});

test("whoever has the key and writes the end anew is found by who remembers it", async () => {
  const recorder = { sequence: 5, sha256: sha256Hex(take(path(5))), who: "the recorder" };
  const before = sha256Hex(take(path(4)));
  const forged = sealEntry(trafficEntry(50, { sequence: 5, previous: before }), testKey());
  s3.objects.set(path(5), Buffer.from(forged));
  expect(await findings([recorder])).toEqual([
    "entry 5 was replaced: the recorder remembers another",
    "entry 5 was replaced: the head remembers another",
  ]);
});

test.each([
  ["no JSON", "it is no JSON"],
  ["{}", "it is no signed envelope"],
])("an entry that holds %j is named", async (text, reason) => {
  s3.objects.set(path(2), Buffer.from(text));
  expect(await findings()).toEqual([`entry 2 was changed: ${reason}`]);
});

test("what lies among the entries and is none is named by its key", async () => {
  s3.objects.set(`${ledgerBucket}/ledger/entries/notes.txt`, Buffer.from("hello"));
  expect(await findings()).toEqual(["ledger/entries/notes.txt is no entry of a ledger"]);
});
