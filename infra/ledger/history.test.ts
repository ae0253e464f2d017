import { expect, test } from "vitest";
import type { ChangedObject, LedgerEntry } from "../../contracts/ledger.ts";
import { release } from "../../contracts/testing/ledgers.ts";
import { servedAt } from "./history.ts";
import { parseMoment } from "./moment.ts";
import { renderChanges, renderServed } from "./print.ts";
import { describeAuthor, describeChange, shortCommit } from "./words.ts";

/** A promotion in October: b is admitted, goes into green, gets 10 % and then everything, and a is put on hold. */
const kinds = {
  admission: "ConfigMap",
  hold: "ConfigMap",
  slot: "Deployment",
  traffic: "HTTPRoute",
  training: "Job",
} as const;

let sequence = 0;
function entry(
  at: string,
  name: string,
  change: LedgerEntry["change"],
  by: LedgerEntry["by"] = { manager: "pulumi-kubernetes-0a1b2c3d", deployer: "ada", commit: "c1" },
): LedgerEntry {
  sequence++;
  const object: ChangedObject = {
    kind: kinds[change.kind],
    name,
    uid: name,
    createdAt: at,
    resourceVersion: String(sequence),
  };
  const common = { environment: "prod", previous: null, model: "wine", seen: "live" as const };
  return { ...common, sequence, at, recordedAt: at, object, by, change };
}

const [a, b] = [release("a"), release("b")];
const servers = (digest: string | null) =>
  digest === null ? null : { release: digest, image: "r/serving:1", config: "c" };
const evidence = {
  verdict: { passed: true, findings: [{ text: "accuracy 0.97 is >= 0.85", passed: true }] },
  evidence: {
    run: { id: "run-9", experiment: "wine" },
    lineage: { gitCommit: "f".repeat(40), dataSet: { name: "uci", version: "109" } },
  },
};
const admitted = (digest: string) => ({
  kind: "admission" as const,
  from: null,
  to: { release: digest, version: "1", record: release("0") },
  evidence,
});
const traffic = (
  from: Record<string, number> | null,
  to: Record<string, number> | null,
  shadow?: { slot: string; percent: number },
): LedgerEntry["change"] => ({
  kind: "traffic",
  from: from === null ? null : { weights: from, rules: release("c") },
  to:
    to === null
      ? null
      : { weights: to, rules: release("c"), ...(shadow === undefined ? {} : { shadow }) },
  releases: {},
});
const slot = (name: string, from: string | null, to: string | null): LedgerEntry["change"] => ({
  kind: "slot",
  slot: name,
  from: servers(from),
  to: servers(to),
});

const kubectl = { manager: "kubectl-edit" };
const ledger = [
  entry("2026-10-01T09:00:00.000Z", "release-wine-a", admitted(a)),
  entry("2026-10-01T09:01:00.000Z", "wine-blue", slot("blue", null, a)),
  entry("2026-10-01T09:02:00.000Z", "wine", traffic(null, { blue: 100 })),
  entry("2026-10-20T09:00:00.000Z", "release-wine-b", admitted(b)),
  entry("2026-10-20T09:01:00.000Z", "wine-green", slot("green", null, b)),
  entry("2026-10-20T09:02:00.000Z", "wine", traffic({ blue: 100 }, { blue: 90, green: 10 })),
  entry(
    "2026-10-21T12:00:00.000Z",
    "wine",
    traffic({ blue: 90, green: 10 }, { blue: 0, green: 100 }),
    kubectl,
  ),
  entry("2026-10-22T00:00:00.000Z", "hold-wine-a", {
    kind: "hold",
    from: null,
    to: { release: a, reason: "drift", by: "responder", at: "2026-10-22T00:00:00Z" },
  }),
];

const at = (text: string) => servedAt(ledger, "wine", new Date(text));
const shares = (text: string) =>
  at(text).slots.map(({ slot: name, percent, release: digest }) => [name, percent, digest]);

test("what served at a time is what the ledger's last words before it were", () => {
  expect(shares("2026-10-01T09:01:30Z")).toEqual([]);
  expect(shares("2026-10-10T00:00:00Z")).toEqual([["blue", 100, a]]);
  expect(shares("2026-10-20T12:00:00Z")).toEqual([
    ["blue", 90, a],
    ["green", 10, b],
  ]);
  expect(shares("2026-11-01T00:00:00Z")).toEqual([["green", 100, b]]);
});

test("each slot says since when it had its share and its release, by whom, and by which entry", () => {
  expect(at("2026-10-10T00:00:00Z").slots[0]).toMatchObject({
    since: "2026-10-01T09:02:00.000Z",
    by: { deployer: "ada", commit: "c1" },
    sequence: 3,
  });
  expect(at("2026-11-01T00:00:00Z").slots[0]).toMatchObject({
    since: "2026-10-21T12:00:00.000Z",
    by: kubectl,
    sequence: 7,
  });
});

test("what served comes with what it was admitted by, and with what was on hold then", () => {
  const { admissions, holds } = at("2026-11-01T00:00:00Z");
  expect(admissions).toMatchObject(
    [{ release: b, sequence: 4, run: "run-9", dataSet: "uci@109", gates: /1\/1/ }].map((one) => ({
      ...one,
      gates: expect.stringMatching(one.gates) as string,
    })),
  );
  expect(holds.map(({ release: digest }) => digest)).toEqual([a]);
  expect(at("2026-10-10T00:00:00Z").holds).toEqual([]);
});

test("a shadow is told with its copies, and a route that is gone served nothing", () => {
  const more = [
    ...ledger,
    entry("2026-11-02T00:00:00.000Z", "wine-shadow", slot("shadow", null, a)),
    entry(
      "2026-11-02T00:01:00.000Z",
      "wine",
      traffic({ green: 100 }, { green: 100 }, { slot: "shadow", percent: 50 }),
    ),
    entry("2026-11-03T00:00:00.000Z", "wine", traffic({ green: 100 }, null)),
  ];
  const then = servedAt(more, "wine", new Date("2026-11-02T12:00:00Z"));
  expect(then.slots.at(-1)).toMatchObject({ slot: "shadow", percent: 0, copies: 50, release: a });
  // The shadow's coming is no news of green.
  expect(then.slots[0]).toMatchObject({ slot: "green", sequence: 7 });
  expect(servedAt(more, "wine", new Date("2026-11-04T00:00:00Z")).slots).toEqual([]);
});

test("another model's entries say nothing of this one", () => {
  expect(servedAt(ledger, "heat", new Date("2026-11-01T00:00:00Z")).slots).toEqual([]);
});

test("changes are told in words", () => {
  expect(ledger.map(describeChange)).toEqual([
    "release aaaaaaaaaaaa is admitted, gates 1/1: accuracy 0.97 is >= 0.85",
    "blue: release none -> aaaaaaaaaaaa",
    "blue 0 -> 100 %",
    "release bbbbbbbbbbbb is admitted, gates 1/1: accuracy 0.97 is >= 0.85",
    "green: release none -> bbbbbbbbbbbb",
    "blue 100 -> 90 %, green 0 -> 10 %",
    "blue 90 -> 0 %, green 10 -> 100 %",
    "release aaaaaaaaaaaa is on hold by responder: drift",
  ]);
  expect(describeChange(entry("2026-11-03T00:00:00.000Z", "wine", traffic({ a: 1 }, null)))).toBe(
    "the route is gone: nothing has requests",
  );
  expect(
    describeChange(entry("2026-11-03T00:00:00.000Z", "wine-blue", slot("blue", a, null))),
  ).toBe("blue is gone, with release aaaaaaaaaaaa");
});

test("authors are people where they are known, and programs without their random digits", () => {
  expect(describeAuthor({ manager: "pulumi-kubernetes-0a1b2c3d", deployer: "ada" })).toBe(
    "ada (pulumi-kubernetes)",
  );
  expect(describeAuthor({ manager: "kubectl-edit" })).toBe("kubectl-edit");
  expect(describeAuthor({ manager: null })).toBe("unknown");
  expect(shortCommit(`${"c".repeat(40)}-dirty`)).toBe("cccccccccccc-dirty");
});

test("tables hold what people ask: who, when, commit, and the entry that says it", () => {
  const served = renderServed(at("2026-10-20T12:00:00Z"));
  for (const text of [
    "blue",
    "90 %",
    "aaaaaaaaaaaa",
    "2026-10-20T09:02:00Z",
    "ada",
    "c1",
    "run-9",
  ]) {
    expect(served).toContain(text);
  }
  const [first, ...others] = ledger;
  const changes = renderChanges(
    first === undefined ? [] : [{ ...first, seen: "found" }, ...others],
  );
  expect(changes).toContain("2026-10-01T09:00:00Z or before");
  expect(changes).toContain("kubectl-edit");
  const training = { kind: "training", from: null, to: { phase: "running" } } as const;
  const trained = entry(
    "2026-10-20T12:00:00Z",
    "train-wine-1",
    { ...training, commit: "c0ffee" },
    { manager: "kube-controller-manager" },
  );
  expect(renderChanges([trained])).toContain("c0ffee");
  expect(renderServed({ slots: [], admissions: [], holds: [] })).toBe("nothing had requests");
});

test.each([
  ["2026-11-01", "2026-11-01T00:00:00.000Z", "2026-11-01T23:59:59.999Z"],
  ["2026-11-01T10:00:00Z", "2026-11-01T10:00:00.000Z", undefined],
  ["2026-11-01T12:00:00+02:00", "2026-11-01T10:00:00.000Z", undefined],
])("%s is a day, or a time", (text, from, until) => {
  const moment = parseMoment(text);
  expect([moment?.from.toISOString(), moment?.until?.toISOString()]).toEqual([from, until]);
});

test.each(["yesterday", "2026-13-01", "2026-11-01T10:00:00", ""])("%j is no time", (text) => {
  expect(parseMoment(text)).toBeUndefined();
});
