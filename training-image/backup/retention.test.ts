import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { FilledPerTest, notingRequests } from "./testing/filled-registry.ts";

/**
 * P-02 What stays at the destination, and what is deleted there.
 */
const at = new FilledPerTest();

describe("retention", () => {
  const long = new Date("2026-10-01T00:00:00Z");
  const age = () => {
    for (const path of at.stores.away.objects.keys()) at.stores.away.modified.set(path, long);
  };
  const now = () => new Date("2026-11-02T00:00:00Z");

  it("P-02 keeps the newest points, and deletes what no kept one names once it is old enough", async () => {
    const names: string[] = [];
    for (const version of ["1", "2", "3"]) {
      at.stores.put("drift/latest.json", `result ${version}`);
      writeFileSync(at.stores.dump, `dump ${version}`);
      names.push((await at.stores.backUp({ keep: 2, now })).name);
      if (version === "1") age();
    }
    const contents = at.stores.stored("objects");
    expect(at.stores.stored("points").map((key) => key.split("/").at(-1))).toEqual(
      names.slice(1).map((name) => `${name}.json`),
    );
    const key = (text: string) => `backups/isotherm/prod/objects/${sha256Hex(text)}`;
    expect(contents).not.toContain(key("result 1"));
    expect(contents).not.toContain(key("dump 1"));
    expect(contents).toContain(key("result 2"));
    // Not so what was stored lately: a backup that is under way may count on it.
    at.stores.put("drift/latest.json", "result 4");
    await at.stores.backUp({ keep: 2, now });
    expect(at.stores.stored("objects")).toContain(key("result 2"));
    expect(await at.stores.problems()).toEqual([]);
  });

  it("P-02 sends what it does not count on again, though it lies there: it could be swept meanwhile", async () => {
    await at.stores.backUp({ now });
    age();
    at.stores.away.objects.delete(at.stores.stored("points")[0]!);
    const requests: string[] = [];
    await at.stores.backUp({ ...at.stores.clients(notingRequests(requests)), now });
    expect(requests).toContain(`PUT away/${at.stores.contentKey(at.filled.modelKey)}`);
  });

  it("P-02 deletes no content where a kept backup cannot be read", async () => {
    await at.stores.backUp({ now });
    at.stores.away.objects.set("backups/isotherm/prod/objects/nobody's", Buffer.from("x"));
    const { point } = await at.stores.backUp({ now });
    age();
    at.stores.put("drift/latest.json", "result");
    at.stores.away.objects.set(
      `backups/isotherm/prod/objects/${point.objects.list.sha256}`,
      Buffer.from("{}"),
    );
    await at.stores.backUp({ now });
    expect(at.stores.lines.join()).toContain("no content is deleted");
    expect(at.stores.stored("objects")).toContain("backups/isotherm/prod/objects/nobody's");
  });
});
