import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { FilledPerTest } from "./testing/filled-registry.ts";

/**
 * P-02 What a check finds of what somebody did to a backup, or to the registry before it.
 */
const at = new FilledPerTest();

describe("a check of a backup", () => {
  it("P-02 finds a content that was altered or is missing, and names each object and release that is hit", async () => {
    await at.stores.backUp();
    at.stores.away.objects.set(
      at.stores.contentKey(at.filled.modelKey),
      Buffer.from("the graph of another"),
    );
    at.stores.away.objects.delete(at.stores.contentKey("datasets/wine/2026-01.json"));
    const digest = sha256Hex(at.filled.model).slice(0, 12);
    const altered = `its content ${digest} was altered: its digest is ${sha256Hex("the graph of another").slice(0, 12)}`;
    expect((await at.stores.problems()).sort()).toEqual(
      [
        `isotherm/${at.filled.modelKey}: ${altered}`,
        `mlflow-artifacts/1/run-1/artifacts/model/model.onnx: ${altered}`,
        `isotherm/datasets/wine/2026-01.json: its content ${sha256Hex("{}").slice(0, 12)} is missing`,
        `release ${at.filled.release.slice(0, 12)}: its file model.onnx is missing or damaged`,
      ].sort(),
    );
  });

  it("P-02 tells that the registry itself was damaged when it was backed up", async () => {
    at.stores.put(at.filled.modelKey, "not what its key says");
    await at.stores.backUp();
    expect(at.stores.lines.join()).toContain("is damaged in the registry");
    expect(await at.stores.problems()).toEqual([
      `isotherm/${at.filled.modelKey}: was damaged when it was backed up`,
      `release ${at.filled.release.slice(0, 12)}: its file model.onnx is missing or damaged`,
    ]);
  });

  it("P-02 refuses a manifest and a list that were altered", async () => {
    const { name, point } = await at.stores.backUp();
    const { destination } = at.stores.clients();
    const key = `backups/isotherm/prod/points/${name}.json`;
    const text = at.stores.away.objects.get(key)!.toString();
    at.stores.away.objects.set(key, Buffer.from(text.replace('"prod"', '"dev"')));
    await expect(destination.point(name)).rejects.toThrow("its manifest was altered");
    const list = `backups/isotherm/prod/objects/${point.objects.list.sha256}`;
    at.stores.away.objects.set(list, Buffer.from("{}"));
    await expect(destination.list(point)).rejects.toThrow("was altered");
  });

  it("says which backups there are where it is asked for another", async () => {
    const { destination } = at.stores.clients();
    await expect(destination.point()).rejects.toThrow("there is none");
    const { name } = await at.stores.backUp();
    await expect(destination.point("20200101T000000Z-000000000000")).rejects.toThrow(
      `there is ${name}`,
    );
  });
});
