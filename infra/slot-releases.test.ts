import { expect, test } from "vitest";
import type { Slot } from "../contracts/serving-config.ts";
import { programmedGateway } from "../test/mock-target.ts";
import { declare, declareFailing, only } from "../test/mocks.ts";
import { nothingLive, type Live } from "./live.ts";
import { canary, one, recordsOf, releases, short, three, two, useProd } from "./testing/prod.ts";

// Which releases an environment takes into its slots.
const { said, declareProd, declareWrong } = useProd();

/** The name that a release's record has in the cluster, and what it says of its admission. */
async function recordOf(digest: string, wine: Record<string, unknown>, live: Live) {
  const { resources } = await declare(() => declareProd(wine, live), programmedGateway);
  const name = `wine-release-${short(digest)}`;
  const { metadata, data } = only(resources, "kubernetes:core/v1:ConfigMap", name).inputs as {
    metadata: { name: string };
    data: Record<string, string>;
  };
  return {
    name: metadata.name,
    data,
    admission: JSON.parse(data["admission.json"] ?? "") as unknown,
  };
}

test("T-02 C-01 a shadow need not be as good as what serves, and is compared before it gets requests", async () => {
  const slots = new Map([
    ["wine", new Map([["blue" as Slot, { release: one, weight: 100, ready: 1 }]])],
  ]);
  const kept = { digest: one, "manifest.json": releases[0]?.text ?? "", version: "1" };
  const live: Live = { ...nothingLive, slots, records: [kept] };
  const blue = { release: one, weight: 100 };
  const shadowed = await recordOf(three, { blue, shadow: { release: three } }, live);
  expect(shadowed.name).toBe(`release-shadow-wine-${short(three)}`);
  expect(shadowed.admission).toMatchObject({ comparison: { kind: "shadow" } });
  // An `up` later its record is what it was.
  const after: Live = { ...live, records: [kept, shadowed.data] };
  expect((await recordOf(three, { blue, shadow: { release: three } }, after)).data).toEqual(
    shadowed.data,
  );
  const green = { release: three, weight: 0 };
  const { messages } = await declareFailing(
    () => declareProd({ blue, green }, after),
    programmedGateway,
  );
  expect(messages.join("\n")).toContain(`was not compared with ${short(one)}`);
  // One that was compared gets a record of its own, and the age that counts is the one that it had as a shadow.
  const other = await recordOf(two, { blue, shadow: { release: two } }, live);
  const promoted = { blue, green: { release: two, weight: 0 }, maxAge: "1s" };
  const admitted = await recordOf(two, promoted, { ...live, records: [kept, other.data] });
  expect(admitted.name).toBe(`release-wine-${short(two)}`);
  expect(admitted.admission).toMatchObject({
    shadowSince: (other.admission as { admittedAt: string }).admittedAt,
    comparison: { kind: "made", incumbent: one },
  });
});

test("a release that fails its gates is refused in every slot, the shadow too", async () => {
  const strict = { ...canary, gates: [{ metric: "accuracy", atLeast: 0.955 }] };
  const { messages, resources } = await declareFailing(
    () => declareProd(strict),
    programmedGateway,
  );
  expect(messages.join("\n")).toMatch(/accuracy 0\.95 is not >= 0\.955/);
  expect(recordsOf(resources)).not.toContain(`wine-release-${short(one)}`);
});

test("a slot with requests keeps its release: nothing is declared, and the mistake has its path", async () => {
  const blue = { weight: 100, release: two, ready: 1 };
  const live: Live = { ...nothingLive, slots: new Map([["wine", new Map([["blue", blue]])]]) };
  const { result, resources } = await declareWrong(canary, live);
  expect(result).toContain("isotherm:models.wine.blue.release: blue has 100 % of the requests");
  expect(resources).toEqual([]);
});

test("what the environment kept of a release when it admitted it is kept as it was", async () => {
  const kept = { digest: one, "manifest.json": releases[0]?.text ?? "", version: "7" };
  const live: Live = { ...nothingLive, records: [kept] };
  const wine = { blue: { release: one }, maxAge: "1s" };
  const { resources } = await declare(() => declareProd(wine, live), programmedGateway);
  const name = `wine-release-${short(one)}`;
  expect(only(resources, "kubernetes:core/v1:ConfigMap", name).inputs["data"]).toEqual(kept);
});

test("U-07 a release that is too old for an environment that never admitted it is refused", async () => {
  const wine = { blue: { release: one }, maxAge: "1s" };
  const { messages } = await declareFailing(() => declareProd(wine), programmedGateway);
  expect(messages).toEqual([
    expect.stringMatching(/was trained \d+ s ago; this environment admits nothing older than 1 s/),
  ]);
});

test("C-01 beside a release with requests, one that was not compared with it is refused, with what compares them", async () => {
  const slots = new Map([
    ["wine", new Map([["blue" as Slot, { release: two, weight: 100, ready: 1 }]])],
  ]);
  const live = { ...nothingLive, slots };
  const wine = { blue: { release: two }, green: { release: three } };
  const { messages, resources } = await declareFailing(
    () => declareProd(wine, live),
    programmedGateway,
  );
  expect(messages.join()).toContain(
    `was not compared with ${short(two)}, which has most of the requests: \`npm run releases -- sync --stack prod\` compares them`,
  );
  expect(recordsOf(resources)).not.toContain(`wine-release-${short(three)}`);
  await declare(() => declareProd({ ...wine, compare: "off" }, live), programmedGateway);
  expect(said).toContain(
    `wine: green stays at 0 %, release ${short(three)} from dev, gates 1/1, not compared with ${short(two)}`,
  );
});

test("a release that fails its gates is on no list, and no servers are made for it", async () => {
  const wine = { blue: { release: one }, gates: [{ metric: "accuracy", atLeast: 0.99 }] };
  const { resources } = await declareFailing(() => declareProd(wine), programmedGateway);
  const made = resources.filter(({ type }) => type.startsWith("kubernetes:"));
  const names = made.map(({ name }) => name);
  expect(names).not.toContain("approved-releases");
  expect(names.filter((name) => name.startsWith("wine-blue"))).toEqual([]);
});

test("a release on hold that has requests by the stack file is refused before anything is declared", async () => {
  const hold = { model: "wine", release: two, reason: "r", by: "b", at: "2026-01-02T03:04:05Z" };
  const live: Live = { ...nothingLive, holds: [hold] };
  const { result, resources } = await declareWrong(canary, live);
  expect(result).toContain(`isotherm:models.wine.green: release "${short(two)}" is on hold since`);
  expect(resources).toEqual([]);
});
