import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { buckets } from "../../contracts/names.ts";
import { manifestWith, stored } from "../../test/releases.ts";
import { dyingFetch } from "../testing/dying-fetch.ts";
import { checkContents } from "./check-contents.ts";
import { BackupDestination } from "./destination.ts";
import { fetchDump, putDump } from "./dump.ts";
import { TwoStores } from "./testing/two-stores.ts";

/**
 * P-02 Backups against fakes of two object stores, with any bytes for a dump. PostgreSQL's tools and a real store are in
 * `backup.soak.test.ts`.
 */
let stores: TwoStores;
let release: string;
const model = "the graph of a model";
const modelKey = `blobs/sha256/${sha256Hex(model)}`;

beforeEach(() => {
  stores = new TwoStores();
  const contract = "a contract";
  const [graph, other] = [model, contract].map((text) =>
    stores.put(`blobs/sha256/${sha256Hex(text)}`, text),
  ) as [string, string];
  const sound = manifestWith({ accuracy: 0.9 });
  const { digest, text } = stored({
    ...sound,
    files: sound.files.map((file) =>
      file.role === "model"
        ? { ...file, sha256: graph, size: model.length }
        : { ...file, sha256: other, size: contract.length },
    ),
  });
  release = digest;
  stores.put(`releases/${digest}.json`, text);
  stores.put("datasets/wine/2026-01.json", "{}");
  stores.put("ledger/entries/000000000001.json", "first");
  stores.put("ledger/head.json", "head 1");
  stores.put("checkpoints/wine/job-1.a", "half trained");
  stores.put("1/run-1/artifacts/model/MLmodel", "flavors: {}", buckets.artifacts);
  stores.put("1/run-1/artifacts/model/model.onnx", model, buckets.artifacts);
});
afterEach(() => stores.remove());

const keysOf = async () => {
  const { destination } = stores.clients();
  const { point } = await destination.point();
  return (await destination.list(point)).objects.map(({ key }) => key);
};
const problems = async () => {
  const { destination } = stores.clients();
  const { point } = await destination.point();
  return (await checkContents(destination, await destination.list(point))).problems;
};

/** Asks the fakes, and notes every request. */
function noting(requests: string[]): (direct: typeof fetch) => typeof fetch {
  return (direct) => (resource, init) => {
    const { method, url } = resource as Request;
    requests.push(`${method} ${new URL(url).host}${decodeURIComponent(new URL(url).pathname)}`);
    return direct(resource, init);
  };
}

describe("a backup", () => {
  it("P-02 names every object of the registry but checkpoints, each content once, the manifest written last", async () => {
    const requests: string[] = [];
    const { name, point } = await stores.backUp(stores.clients(noting(requests)));
    expect(await keysOf()).toEqual([
      ...[modelKey, `blobs/sha256/${sha256Hex("a contract")}`].sort(),
      "datasets/wine/2026-01.json",
      "ledger/entries/000000000001.json",
      "ledger/head.json",
      `releases/${release}.json`,
      "1/run-1/artifacts/model/MLmodel",
      "1/run-1/artifacts/model/model.onnx",
    ]);
    expect(point).toMatchObject({ environment: "prod", at: "2026-11-01T02:00:00.000Z" });
    expect(name).toMatch(/^20261101T020000Z-[0-9a-f]{12}$/);
    const puts = requests.filter((request) => request.startsWith("PUT"));
    expect(puts.at(-1)).toBe(`PUT away/backups/isotherm/prod/points/${name}.json`);
    // The dump, the list, the manifest, and seven contents: a model's graph lies in two places.
    expect(puts).toHaveLength(10);
    expect(await problems()).toEqual([]);
  });

  it("P-02 dumps first: the ledger's head is read before its entries are listed, and names none that is missing", async () => {
    const requests: string[] = [];
    await stores.backUp(stores.clients(noting(requests)));
    const head = requests.indexOf("GET registry/isotherm/ledger/head.json");
    const listing = requests.indexOf("GET registry/isotherm");
    expect(head).toBeGreaterThan(requests.findIndex((request) => request.startsWith("PUT")));
    expect(listing).toBeGreaterThan(head);
  });

  it("P-02 reads and sends only what is new since the backup before", async () => {
    await stores.backUp();
    stores.put("1/run-2/artifacts/log.jsonl", "{}", buckets.artifacts);
    stores.put("ledger/head.json", "head 2");
    writeFileSync(stores.dump, "another dump");
    const requests: string[] = [];
    await stores.backUp(stores.clients(noting(requests)));
    const isObject = /^GET registry\/[^/]+\/./;
    expect(requests.filter((request) => isObject.test(request))).toEqual([
      "GET registry/isotherm/ledger/head.json",
      "GET registry/mlflow-artifacts/1/run-2/artifacts/log.jsonl",
    ]);
    // Dump, head, list, manifest; the log's bytes are a data set's, and lie there already.
    expect(requests.filter((request) => request.startsWith("PUT"))).toHaveLength(4);
    expect(stores.stored("points")).toHaveLength(2);
    expect(await problems()).toEqual([]);
  });

  it("P-02 killed at any request leaves no backup, or a whole one; done again it ends whole", async () => {
    for (let deadline = 0, died = true; died; deadline++) {
      stores.away.objects.clear();
      const dying = stores.clients((direct) => dyingFetch(deadline, "before", direct));
      died = await stores.backUp({ ...dying, keep: 2 }).then(
        () => false,
        () => true,
      );
      if (stores.stored("points").length > 0) expect(await problems()).toEqual([]);
      await stores.backUp({ keep: 2 });
      expect(await problems()).toEqual([]);
      expect(deadline).toBeLessThan(60);
    }
  });

  it("stores again what somebody took from the destination, and what was altered in the registry", async () => {
    await stores.backUp();
    stores.away.objects.delete(stores.contentKey(modelKey));
    stores.put("datasets/wine/2026-01.json", "[]");
    expect(await problems()).toHaveLength(3);
    await stores.backUp();
    expect(await problems()).toEqual([]);
    expect(stores.away.objects.get(stores.contentKey("datasets/wine/2026-01.json"))).toEqual(
      Buffer.from("[]"),
    );
  });

  it("is none where somebody deletes at the destination meanwhile", async () => {
    const taking = stores.clients((direct) => async (resource, init) => {
      const answer = await direct(resource, init);
      if ((resource as Request).url.endsWith("log.jsonl")) {
        stores.away.objects.delete(stores.contentKey(modelKey));
      }
      return answer;
    });
    stores.put("1/run-2/artifacts/log.jsonl", "{}", buckets.artifacts);
    await expect(stores.backUp(taking)).rejects.toThrow("somebody deleted 1 contents");
    expect(stores.stored("points")).toEqual([]);
  });

  it("leaves out what is gone by the time it is read", async () => {
    const vanishing = stores.clients((direct) => (resource, init) => {
      const { method, url } = resource as Request;
      if (method === "GET" && url.endsWith("2026-01.json")) {
        stores.registry.objects.delete("isotherm/datasets/wine/2026-01.json");
      }
      return direct(resource, init);
    });
    await stores.backUp(vanishing);
    expect(await keysOf()).not.toContain("datasets/wine/2026-01.json");
    expect(stores.lines.join()).toContain("isotherm/datasets/wine/2026-01.json is gone");
  });

  it("refuses a place that holds another environment's backups", async () => {
    await stores.backUp();
    await expect(stores.backUp({ environment: "staging" })).rejects.toThrow(
      "holds backups of prod: give staging a prefix of its own",
    );
  });
});

describe("a check of a backup", () => {
  it("P-02 finds a content that was altered or is missing, and names each object and release that is hit", async () => {
    await stores.backUp();
    stores.away.objects.set(stores.contentKey(modelKey), Buffer.from("the graph of another"));
    stores.away.objects.delete(stores.contentKey("datasets/wine/2026-01.json"));
    const digest = sha256Hex(model).slice(0, 12);
    const altered = `its content ${digest} was altered: its digest is ${sha256Hex("the graph of another").slice(0, 12)}`;
    expect((await problems()).sort()).toEqual(
      [
        `isotherm/${modelKey}: ${altered}`,
        `mlflow-artifacts/1/run-1/artifacts/model/model.onnx: ${altered}`,
        `isotherm/datasets/wine/2026-01.json: its content ${sha256Hex("{}").slice(0, 12)} is missing`,
        `release ${release.slice(0, 12)}: its file model.onnx is missing or damaged`,
      ].sort(),
    );
  });

  it("P-02 tells that the registry itself was damaged when it was backed up", async () => {
    stores.put(modelKey, "not what its key says");
    await stores.backUp();
    expect(stores.lines.join()).toContain("is damaged in the registry");
    expect(await problems()).toEqual([
      `isotherm/${modelKey}: was damaged when it was backed up`,
      `release ${release.slice(0, 12)}: its file model.onnx is missing or damaged`,
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

describe("a dump", () => {
  it("is stored in parts and laid out again; a part that is missing or altered is found", async () => {
    const { destination } = stores.clients();
    const text = "0123456789".repeat(10);
    writeFileSync(stores.dump, text);
    const database = { ...(await putDump(destination, stores.dump, 32)), program: "" };
    expect(database.parts.map(({ size }) => size)).toEqual([32, 32, 32, 4]);
    expect(database).toMatchObject({ size: 100, sha256: sha256Hex(text) });
    const copy = join(stores.folder, "copy");
    await fetchDump(destination, { database }, copy);
    expect(readFileSync(copy, "utf8")).toBe(text);
    const swapped = { ...database, parts: database.parts.toReversed() };
    await expect(fetchDump(destination, { database: swapped }, copy)).rejects.toThrow(
      "its parts are not the whole",
    );
    stores.away.objects.delete(`backups/isotherm/prod/objects/${database.parts.at(-1)!.sha256}`);
    await expect(fetchDump(destination, { database }, copy)).rejects.toThrow("is missing");
  });

  it("that is empty is refused", async () => {
    writeFileSync(stores.dump, "");
    await expect(stores.backUp()).rejects.toThrow("is empty: it is no dump");
    expect(stores.stored("points")).toEqual([]);
  });
});

describe("retention", () => {
  const long = new Date("2026-10-01T00:00:00Z");
  const age = () => {
    for (const path of stores.away.objects.keys()) stores.away.modified.set(path, long);
  };
  const now = () => new Date("2026-11-02T00:00:00Z");

  it("P-02 keeps the newest points, and deletes what no kept one names once it is old enough", async () => {
    const names: string[] = [];
    for (const version of ["1", "2", "3"]) {
      stores.put("drift/latest.json", `result ${version}`);
      writeFileSync(stores.dump, `dump ${version}`);
      names.push((await stores.backUp({ keep: 2, now })).name);
      if (version === "1") age();
    }
    const contents = stores.stored("objects");
    expect(stores.stored("points").map((key) => key.split("/").at(-1))).toEqual(
      names.slice(1).map((name) => `${name}.json`),
    );
    const key = (text: string) => `backups/isotherm/prod/objects/${sha256Hex(text)}`;
    expect(contents).not.toContain(key("result 1"));
    expect(contents).not.toContain(key("dump 1"));
    expect(contents).toContain(key("result 2"));
    // Not so what was stored lately: a backup that is under way may count on it.
    stores.put("drift/latest.json", "result 4");
    await stores.backUp({ keep: 2, now });
    expect(stores.stored("objects")).toContain(key("result 2"));
    expect(await problems()).toEqual([]);
  });

  it("P-02 sends what it does not count on again, though it lies there: it could be swept meanwhile", async () => {
    await stores.backUp({ now });
    age();
    stores.away.objects.delete(stores.stored("points")[0]!);
    const requests: string[] = [];
    await stores.backUp({ ...stores.clients(noting(requests)), now });
    expect(requests).toContain(`PUT away/${stores.contentKey(modelKey)}`);
  });

  it("P-02 deletes no content where a kept backup cannot be read", async () => {
    await stores.backUp({ now });
    stores.away.objects.set("backups/isotherm/prod/objects/nobody's", Buffer.from("x"));
    const { point } = await stores.backUp({ now });
    age();
    stores.put("drift/latest.json", "result");
    stores.away.objects.set(
      `backups/isotherm/prod/objects/${point.objects.list.sha256}`,
      Buffer.from("{}"),
    );
    await stores.backUp({ now });
    expect(stores.lines.join()).toContain("no content is deleted");
    expect(stores.stored("objects")).toContain("backups/isotherm/prod/objects/nobody's");
  });
});

test("a destination without a prefix begins at the bucket's root", async () => {
  const asked: string[] = [];
  const store = { listEntries: (_: string, prefix: string) => (asked.push(prefix), []) };
  await new BackupDestination(store as never, "b", "").points();
  expect(asked).toEqual(["points/"]);
});
