import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { fillRegistry, type Filled, notingRequests } from "./testing/filled-registry.ts";
import { TwoStores } from "./testing/two-stores.ts";

/**
 * P-02 What stays at the destination, and what is deleted there.
 */
let stores: TwoStores;
let filled: Filled;
beforeEach(() => {
  stores = new TwoStores();
  filled = fillRegistry(stores);
});
afterEach(() => stores.remove());

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
    expect(await stores.problems()).toEqual([]);
  });

  it("P-02 sends what it does not count on again, though it lies there: it could be swept meanwhile", async () => {
    await stores.backUp({ now });
    age();
    stores.away.objects.delete(stores.stored("points")[0]!);
    const requests: string[] = [];
    await stores.backUp({ ...stores.clients(notingRequests(requests)), now });
    expect(requests).toContain(`PUT away/${stores.contentKey(filled.modelKey)}`);
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
