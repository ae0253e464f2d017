import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { fillRegistry, type Filled } from "./testing/filled-registry.ts";
import { TwoStores } from "./testing/two-stores.ts";

/**
 * P-02 What a check finds of what somebody did to a backup, or to the registry before it.
 */
let stores: TwoStores;
let filled: Filled;
beforeEach(() => {
  stores = new TwoStores();
  filled = fillRegistry(stores);
});
afterEach(() => stores.remove());

describe("a check of a backup", () => {
  it("P-02 finds a content that was altered or is missing, and names each object and release that is hit", async () => {
    await stores.backUp();
    stores.away.objects.set(
      stores.contentKey(filled.modelKey),
      Buffer.from("the graph of another"),
    );
    stores.away.objects.delete(stores.contentKey("datasets/wine/2026-01.json"));
    const digest = sha256Hex(filled.model).slice(0, 12);
    const altered = `its content ${digest} was altered: its digest is ${sha256Hex("the graph of another").slice(0, 12)}`;
    expect((await stores.problems()).sort()).toEqual(
      [
        `isotherm/${filled.modelKey}: ${altered}`,
        `mlflow-artifacts/1/run-1/artifacts/model/model.onnx: ${altered}`,
        `isotherm/datasets/wine/2026-01.json: its content ${sha256Hex("{}").slice(0, 12)} is missing`,
        `release ${filled.release.slice(0, 12)}: its file model.onnx is missing or damaged`,
      ].sort(),
    );
  });

  it("P-02 tells that the registry itself was damaged when it was backed up", async () => {
    stores.put(filled.modelKey, "not what its key says");
    await stores.backUp();
    expect(stores.lines.join()).toContain("is damaged in the registry");
    expect(await stores.problems()).toEqual([
      `isotherm/${filled.modelKey}: was damaged when it was backed up`,
      `release ${filled.release.slice(0, 12)}: its file model.onnx is missing or damaged`,
    ]);
  });

  it("P-02 refuses a manifest and a list that were altered", async () => {
    const { name, point } = await stores.backUp();
    const { destination } = stores.clients();
    const key = `backups/isotherm/prod/points/${name}.json`;
    const text = stores.away.objects.get(key)!.toString();
    stores.away.objects.set(key, Buffer.from(text.replace('"prod"', '"dev"')));
    await expect(destination.point(name)).rejects.toThrow("its manifest was altered");
    const list = `backups/isotherm/prod/objects/${point.objects.list.sha256}`;
    stores.away.objects.set(list, Buffer.from("{}"));
    await expect(destination.list(point)).rejects.toThrow("was altered");
  });

  it("says which backups there are where it is asked for another", async () => {
    const { destination } = stores.clients();
    await expect(destination.point()).rejects.toThrow("there is none");
    const { name } = await stores.backUp();
    await expect(destination.point("20200101T000000Z-000000000000")).rejects.toThrow(
      `there is ${name}`,
    );
  });
});
