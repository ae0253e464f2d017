import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseStack } from "./stacks.ts";
import { type NamedSlot, namedSlots, syncReleases } from "./sync.ts";
import { registerSample, TwoPlaces } from "./testing/two-places.ts";

/** `releases sync` between fakes of two environments. Does not prove that a tunnel leads there. */
let places: TwoPlaces;
beforeAll(async () => void (places = await new TwoPlaces().start()));
afterAll(() => places.stop());
beforeEach(() => places.clear());

const opened: string[] = [];
beforeEach(() => void opened.splice(0));
const sync = (...wanted: NamedSlot[]) =>
  syncReleases(wanted, places.place("staging"), async (environment) => {
    opened.push(environment);
    if (environment !== "dev") throw new Error(`there is no ${environment}`);
    return places.place("dev");
  });
const slot = (changes: Partial<NamedSlot> & { release: string }): NamedSlot => ({
  model: "wine",
  slot: "green",
  from: "dev",
  ...changes,
});

describe("releases sync", () => {
  it("copies each release that the stack file names, by its short name too, and says what it did", async () => {
    const first = await registerSample(places.place("dev"));
    const second = await registerSample(places.place("dev"), { weights: "2" });
    const done = await sync(
      slot({ slot: "blue", release: first.digest }),
      slot({ release: second.digest.slice(0, 12) }),
    );
    expect(done.map(({ slot: name, outcome, version }) => [name, outcome, version])).toEqual([
      ["blue", "copied", "1"],
      ["green", "copied", "2"],
    ]);
    const again = await sync(slot({ release: second.digest.slice(0, 12) }));
    expect(again).toMatchObject([{ outcome: "there", version: "2" }]);
  });

  it("does not ask the environment it came from for what is there and whole", async () => {
    const { digest } = await registerSample(places.place("staging"));
    expect(await sync(slot({ release: digest, from: undefined }))).toMatchObject([
      { outcome: "there" },
    ]);
    expect(await sync(slot({ release: digest, from: "gone" }))).toMatchObject([
      { outcome: "there" },
    ]);
    expect(opened).toEqual([]);
  });

  it("goes on after one that cannot be copied, and says why it could not", async () => {
    const { digest } = await registerSample(places.place("dev"));
    const done = await sync(
      slot({ slot: "shadow", release: "0".repeat(12) }),
      slot({ slot: "blue", release: "0".repeat(12), from: undefined }),
      slot({ slot: "blue", release: "0".repeat(12), from: "staging" }),
      slot({ slot: "blue", release: "0".repeat(12), from: "qa" }),
      slot({ release: digest }),
    );
    expect(done.map(({ outcome, reason }) => reason ?? outcome)).toEqual([
      "wine@000000000000 is not in the registry of dev",
      "wine@000000000000 is not in the registry of staging, and the slot does not say which environment it comes `from`",
      "wine@000000000000 says that it comes `from` staging, which is this environment",
      "there is no qa",
      "copied",
    ]);
  });

  it("copies no release that was stored and never registered", async () => {
    const { digest, manifest } = await registerSample(places.place("dev"));
    places.dev.mlflow.models.get("wine")!.versions.splice(0);
    expect(manifest.model).toBe("wine");
    expect(await sync(slot({ release: digest }))).toMatchObject([
      { outcome: "failed", reason: expect.stringContaining("is not in the registry of dev") },
    ]);
  });

  it("refuses a short name that two releases have", async () => {
    const { digest } = await registerSample(places.place("dev"));
    const versions = places.dev.mlflow.models.get("wine")!.versions;
    const twin = structuredClone(versions[0]!);
    twin.version = "2";
    for (const tag of twin.tags) tag.value = tag.value.replace(digest, `${digest.slice(0, 63)}x`);
    versions.push(twin);
    expect(await sync(slot({ release: digest.slice(0, 12) }))).toMatchObject([
      { reason: expect.stringContaining("2 releases of wine start with") },
    ]);
  });

  it("takes blue, green and shadow from the stack file, and no slot that follows a training", () => {
    const stack = parseStack(
      "prod",
      `config:
  isotherm:role: environment
  isotherm:models:
    heat:
      blue: { release: "2f9c0b71d4aa" }
      green: { release: "81aa52c09e13", from: staging, weight: 10 }
      shadow: { release: "c0de77a1b2c3", from: dev, percent: 100 }
      gates: [{ metric: pde_loss, below: 1e-3 }]
    wine:
      blue: { follow: wine }
      gates: [{ metric: accuracy, atLeast: 0.85 }]
`,
    );
    expect(namedSlots(stack)).toEqual([
      { model: "heat", slot: "blue", release: "2f9c0b71d4aa", from: undefined },
      { model: "heat", slot: "green", release: "81aa52c09e13", from: "staging" },
      { model: "heat", slot: "shadow", release: "c0de77a1b2c3", from: "dev" },
    ]);
  });
});
