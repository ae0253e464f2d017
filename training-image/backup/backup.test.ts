import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { buckets } from "../../contracts/names.ts";
import { dyingFetch } from "../testing/dying-fetch.ts";
import { FilledPerTest, notingRequests } from "./testing/filled-registry.ts";

/**
 * P-02 Backups against fakes of two object stores, with any bytes for a dump. PostgreSQL's tools and a real store are in
 * `backup.soak.test.ts`.
 */
const at = new FilledPerTest();

describe("a backup", () => {
  it("P-02 names every object of the registry but checkpoints, each content once, the manifest written last", async () => {
    const requests: string[] = [];
    const { name, point } = await at.stores.backUp(at.stores.clients(notingRequests(requests)));
    expect(await at.stores.keysOf()).toEqual([
      ...[at.filled.modelKey, `blobs/sha256/${sha256Hex(at.filled.contract)}`].sort(),
      "datasets/wine/2026-01.json",
      "ledger/entries/000000000001.json",
      "ledger/head.json",
      `releases/${at.filled.release}.json`,
      "1/run-1/artifacts/model/MLmodel",
      "1/run-1/artifacts/model/model.onnx",
    ]);
    expect(point).toMatchObject({ environment: "prod", at: "2026-11-01T02:00:00.000Z" });
    expect(name).toMatch(/^20261101T020000Z-[0-9a-f]{12}$/);
    const puts = requests.filter((request) => request.startsWith("PUT"));
    expect(puts.at(-1)).toBe(`PUT away/backups/isotherm/prod/points/${name}.json`);
    // The dump, the list, the manifest, and seven contents: a model's graph lies in two places.
    expect(puts).toHaveLength(10);
    expect(await at.stores.problems()).toEqual([]);
  });

  it("P-02 dumps first: the ledger's head is read before its entries are listed, and names none that is missing", async () => {
    const requests: string[] = [];
    await at.stores.backUp(at.stores.clients(notingRequests(requests)));
    const head = requests.indexOf("GET registry/isotherm/ledger/head.json");
    const listing = requests.indexOf("GET registry/isotherm");
    expect(head).toBeGreaterThan(requests.findIndex((request) => request.startsWith("PUT")));
    expect(listing).toBeGreaterThan(head);
  });

  it("P-02 reads and sends only what is new since the backup before", async () => {
    await at.stores.backUp();
    at.stores.put("1/run-2/artifacts/log.jsonl", "{}", buckets.artifacts);
    at.stores.put("ledger/head.json", "head 2");
    writeFileSync(at.stores.dump, "another dump");
    const requests: string[] = [];
    await at.stores.backUp(at.stores.clients(notingRequests(requests)));
    const isObject = /^GET registry\/[^/]+\/./;
    expect(requests.filter((request) => isObject.test(request))).toEqual([
      "GET registry/isotherm/ledger/head.json",
      "GET registry/mlflow-artifacts/1/run-2/artifacts/log.jsonl",
    ]);
    // Dump, head, list, manifest; the log's bytes are a data set's, and lie there already.
    expect(requests.filter((request) => request.startsWith("PUT"))).toHaveLength(4);
    expect(at.stores.stored("points")).toHaveLength(2);
    expect(await at.stores.problems()).toEqual([]);
  });

  it("P-02 killed at any request leaves no backup, or a whole one; done again it ends whole", async () => {
    for (let deadline = 0, died = true; died; deadline++) {
      at.stores.away.objects.clear();
      const dying = at.stores.clients((direct) => dyingFetch(deadline, "before", direct));
      died = await at.stores.backUp({ ...dying, keep: 2 }).then(
        () => false,
        () => true,
      );
      if (at.stores.stored("points").length > 0) expect(await at.stores.problems()).toEqual([]);
      await at.stores.backUp({ keep: 2 });
      expect(await at.stores.problems()).toEqual([]);
      expect(deadline).toBeLessThan(60);
    }
  });

  it("stores again what somebody took from the destination, and what was altered in the registry", async () => {
    await at.stores.backUp();
    at.stores.away.objects.delete(at.stores.contentKey(at.filled.modelKey));
    at.stores.put("datasets/wine/2026-01.json", "[]");
    expect(await at.stores.problems()).toHaveLength(3);
    await at.stores.backUp();
    expect(await at.stores.problems()).toEqual([]);
    expect(at.stores.away.objects.get(at.stores.contentKey("datasets/wine/2026-01.json"))).toEqual(
      Buffer.from("[]"),
    );
  });

  it("is none where somebody deletes at the destination meanwhile", async () => {
    const taking = at.stores.clients((direct) => async (resource, init) => {
      const answer = await direct(resource, init);
      if ((resource as Request).url.endsWith("log.jsonl")) {
        at.stores.away.objects.delete(at.stores.contentKey(at.filled.modelKey));
      }
      return answer;
    });
    at.stores.put("1/run-2/artifacts/log.jsonl", "{}", buckets.artifacts);
    await expect(at.stores.backUp(taking)).rejects.toThrow("somebody deleted 1 contents");
    expect(at.stores.stored("points")).toEqual([]);
  });

  it("leaves out what is gone by the time it is read", async () => {
    const vanishing = at.stores.clients((direct) => (resource, init) => {
      const { method, url } = resource as Request;
      if (method === "GET" && url.endsWith("2026-01.json")) {
        at.stores.registry.objects.delete("isotherm/datasets/wine/2026-01.json");
      }
      return direct(resource, init);
    });
    await at.stores.backUp(vanishing);
    expect(await at.stores.keysOf()).not.toContain("datasets/wine/2026-01.json");
    expect(at.stores.lines.join()).toContain("isotherm/datasets/wine/2026-01.json is gone");
  });

  it("refuses a place that holds another environment's backups", async () => {
    await at.stores.backUp();
    await expect(at.stores.backUp({ environment: "staging" })).rejects.toThrow(
      "holds backups of prod: give staging a prefix of its own",
    );
  });
});
