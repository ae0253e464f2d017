import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buckets } from "../../contracts/names.ts";
import { dyingFetch } from "../testing/dying-fetch.ts";
import { checkRegistry, heldBy, parseAnswers } from "./check-registry.ts";
import { restoreObjects } from "./restore-objects.ts";
import { TwoStores } from "./testing/two-stores.ts";

/** P-02 A backup's objects back in a registry, against fakes of two object stores. */
let stores: TwoStores;
beforeEach(async () => {
  stores = new TwoStores();
  for (const key of ["a.json", "b/c & d.json", "e"]) stores.put(key, `content of ${key}`);
  stores.put("1/run/artifacts/model/MLmodel", "flavors: {}", buckets.artifacts);
  await stores.backUp();
});
afterEach(() => stores.remove());

async function restore(ask?: (direct: typeof fetch) => typeof fetch): Promise<number> {
  const { source, destination } = stores.clients(ask);
  const { point } = await destination.point();
  return restoreObjects(source, destination, await destination.list(point), stores.log);
}

describe("a restore", () => {
  it("P-02 brings every object back as it was; done again it finds nothing to do", async () => {
    const before = new Map(stores.registry.objects);
    stores.registry.objects.clear();
    expect(await restore()).toBe(4);
    expect(new Map([...stores.registry.objects].sort())).toEqual(new Map([...before].sort()));
    expect(await restore()).toBe(0);
  });

  it("P-02 killed at any request and done again ends whole", async () => {
    const before = [...stores.registry.objects].sort();
    for (let deadline = 0, died = true; died; deadline++) {
      stores.registry.objects.clear();
      died = await restore((direct) => dyingFetch(deadline, "before", direct)).then(
        () => false,
        () => true,
      );
      await restore();
      expect([...stores.registry.objects].sort()).toEqual(before);
      expect(deadline).toBeLessThan(30);
    }
  });

  it("P-02 refuses a registry that holds something else, names it, and writes nothing", async () => {
    stores.registry.objects.clear();
    stores.put("blobs/of/another", "model");
    stores.put("a.json", "other content");
    await expect(restore()).rejects.toThrow(
      "the registry is not empty: its store holds isotherm/a.json, isotherm/blobs/of/another,",
    );
    expect(stores.registry.objects.size).toBe(2);
  });

  it("P-02 writes nothing over what somebody else puts there meanwhile", async () => {
    stores.registry.objects.clear();
    const racing = restore((direct) => (resource, init) => {
      const { method } = resource as Request;
      if (method === "PUT") stores.put("e", "another's");
      return direct(resource, init);
    });
    await expect(racing).rejects.toThrow("its store holds isotherm/e,");
    expect(stores.registry.objects.get("isotherm/e")?.toString()).toBe("another's");
  });

  it("P-02 ends at a content that was altered", async () => {
    stores.away.objects.set(stores.contentKey("e"), Buffer.from("altered"));
    stores.registry.objects.clear();
    await expect(restore()).rejects.toThrow("was altered");
    expect(stores.registry.objects.has("isotherm/e")).toBe(false);
  });
});

describe("what the restored database answers", () => {
  const registry = '{"schemaVersion": "abc", "experiments": 2, "runs": 3, "models": 1}';
  const release = "a".repeat(64);
  const version = (change: object = {}) =>
    JSON.stringify({
      model: "wine",
      version: 1,
      source: "mlflow-artifacts:/1/run/artifacts/model",
      release,
      ...change,
    });
  const check = (...lines: string[]) => {
    const answers = parseAnswers([registry, ...lines, ""].join("\n"));
    return checkRegistry(
      answers,
      heldBy({
        schema: "isotherm.dev/backup-list/v1",
        objects: [
          { bucket: buckets.releases, key: `releases/${release}.json` },
          { bucket: buckets.artifacts, key: "1/run/artifacts/model/MLmodel" },
        ].map((place) => ({ ...place, sha256: release, size: 1 })),
      }),
    );
  };

  it("P-02 is sound where each version finds its release and its model", () => {
    expect(check(version(), version({ release: null, source: "s3://elsewhere/model" }))).toEqual(
      [],
    );
  });

  it("P-02 is not where one finds neither", () => {
    const lost = version({ release: "b".repeat(64), source: "mlflow-artifacts:/1/gone/model" });
    expect(check(version(), lost)).toEqual([
      "version 1 of wine: release bbbbbbbbbbbb is missing",
      "version 1 of wine: 1/gone/model/MLmodel is missing",
    ]);
  });

  it.each(["", "{}", '{"schemaVersion": null, "experiments": 0, "runs": 0, "models": 0}'])(
    "P-02 is refused where MLflow's tables do not answer: %j",
    (text) => expect(() => parseAnswers(text)).toThrow("do not answer as they should"),
  );
});
